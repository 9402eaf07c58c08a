//! A monthly budget for all costs of the account, which tells somebody when it is nearly, or going to be, spent.
//!
//! # Guarantees
//! Where spec or blueprint name an amount, the account has one budget of ours, which counts all its costs. At 80 and at 100 % of what was
//! spent, and at 100 % of what AWS forecasts, the billing contact of the spec gets an e-mail; without a contact, the account's own
//! address. What somebody changes in the budget or in who is told is put back, a start that is yet to come and an end among it; further
//! notifications and budgets are the tenant's.
//! # Assumptions
//! Nothing is stopped: a budget only tells. AWS updates the costs three times a day, and forecasts after some weeks of use.
//! # Caveats
//! E-mail is sent by AWS Budgets itself, without a confirmation; a topic of the account is not told yet.
//! # Cost
//! Nothing; five reads.

mod budget;
#[cfg(test)]
pub(crate) mod tests;

use tenancy::{ComponentName, EffectiveSpec, names};

pub use self::budget::{Budget, NOTIFICATIONS, Notification, WATCHED};
use crate::{
    component::Wait,
    declared::{Declared, Resources, Wanted},
    desired::Desired,
    policy::{Grant, Grants, Scope},
};

/// The tenant's budget.
pub struct Billing;

impl Declared for Billing {
    const NAME: ComponentName = ComponentName::new("billing");
    const RECORDED: bool = true;

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.budget.is_some()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let budget = desired.spec.budget.as_ref().map(|budget| {
            let tags = desired.tags(Self::NAME);
            let wanted = Budget::wanted(budget.monthly_usd, &told(desired), tags);
            (Budget::key(), Wanted::of(&wanted).called("budget"))
        });
        Ok(budget.into_iter().collect())
    }

    fn grants(scope: &Scope) -> Grants {
        let account = &scope.account;
        let budget = || {
            vec![format!(
                "arn:aws:budgets::{account}:budget/{}",
                names::BUDGET
            )]
        };
        Grants {
            reads: vec![Grant::on("ReadBudget", READS, budget())],
            writes: vec![Grant::on("KeepBudget", WRITES, budget())],
            removals: vec![Grant::on("RemoveBudget", REMOVALS, budget())],
        }
    }
}

/// Who is told, for each notification. A topic of the tenant's belongs here too, by its ARN.
fn told(desired: &Desired) -> Vec<String> {
    let contact = desired.spec.contacts.billing.as_ref();
    let email = contact.map_or(&desired.email, |contact| &contact.email);
    vec![email.to_string()]
}

const READS: &[&str] = &["budgets:ListTagsForResource", "budgets:ViewBudget"];

/// A budget that the spec no longer asks for is removed by the provisioner, with the same action.
const WRITES: &[&str] = &[
    "budgets:ModifyBudget",
    "budgets:TagResource",
    "budgets:UntagResource",
];

const REMOVALS: &[&str] = &["budgets:ModifyBudget"];
