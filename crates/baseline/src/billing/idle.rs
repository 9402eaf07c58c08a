//! Whether a tenant that nobody is expected to use costs more than it does by itself. Judged by the budget's own figure.

use tenancy::{
    ComponentName, Severity,
    control::RepairedBy,
    cost::{idle_cost, most_of_idle},
};

use super::Budget;
use crate::{
    control::{Control, Verdict},
    covers::Covers,
    declared::{Observation, owned},
    desired::Desired,
};

pub(super) const CONTROLS: &[Control<Observation>] = &[Control {
    id: "TNT.BILLING.1",
    title: "costs of a tenant that is expected to be idle",
    resource: "account",
    wanted: "no more this month than twice its idle cost, or a dollar above it",
    severity: Severity::Medium,
    reads: "budgets DescribeBudget",
    remedy: "Find in the account's bill what costs, and remove it, or have the tenant remove it. If the tenant is in use, take `expectIdle` \
             off its spec.",
    repaired_by: RepairedBy::Tenant,
    covers: Covers::NONE,
    evaluate,
}];

/// What was spent since the month began, against what the whole month costs by itself: whatever day it is, more is too much.
fn evaluate(desired: &Desired, seen: &Observation) -> Verdict {
    if !desired.spec.expect_idle {
        return Verdict::NotApplicable("the tenant is not expected to be idle");
    }
    let budget = owned::<Budget>(ComponentName::new("billing"), desired, seen, &Budget::key());
    let Some(budget) = budget else {
        return unknown("there is no budget yet");
    };
    if budget.period != Budget::PERIOD || budget.counts.is_some() {
        return unknown("the budget does not count all costs of a month");
    }
    let Some(spent) = budget.spent else {
        return unknown("AWS has not said yet what was spent this month");
    };
    let idle = idle_cost(&desired.spec, &desired.deployment.prices).monthly_micro_usd;
    match spent > most_of_idle(idle) {
        true => Verdict::Failed(format!(
            "{spent} this month, of which {idle} for what tenantry made"
        )),
        false => Verdict::Passed,
    }
}

fn unknown(why: &str) -> Verdict {
    Verdict::NotVerifiable(why.to_owned())
}
