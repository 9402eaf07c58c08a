//! A monthly budget for all costs of the account, which tells somebody when it is nearly, or going to be, spent; and by blueprint a
//! monitor that tells of unusual costs.
//!
//! # Guarantees
//! Where spec or blueprint name an amount, the account has one budget of ours, which counts all its costs. At 80 and at 100 % of what was
//! spent, and at 100 % of what AWS forecasts, the billing contact of the spec gets an e-mail; without a contact, the account's own
//! address. What somebody changes in the budget or in who is told is put back, a start that is yet to come and an end among it; further
//! notifications and budgets are the tenant's.
//!
//! Where the blueprint names an amount for unusual costs, a monitor of AWS Cost Anomaly Detection watches each AWS service that the account
//! uses, and a subscription tells the same recipient once a day of what is above that amount. An account has room for one such monitor: one
//! that is not ours counts as what it is, and is never changed or deleted.
//!
//! A tenant of which the spec or the blueprint says that nobody uses it (`expectIdle`) is a finding when its budget's own figure says that
//! more was spent this month than twice what it costs by itself, or than a dollar above that: decision 26.
//! # Assumptions
//! Nothing is stopped: this only tells. AWS updates the costs three times a day, and forecasts after some weeks of use; it needs ten days
//! of a service's use before it finds anything unusual in it. Cost Anomaly Detection needs Cost Explorer to be on in the management account.
//! # Caveats
//! E-mail is sent by AWS itself, without a confirmation; a topic of the account is not told yet. What was spent begins anew with the
//! month, and with it the finding about an idle tenant.
//! # Cost
//! Nothing; five reads for the budget, four for the monitor and its subscription.

mod anomalies;
#[cfg(test)]
mod asks;
mod budget;
mod grants;
mod idle;
pub(crate) mod protected;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use tenancy::{ComponentName, EffectiveSpec, Severity};

pub use self::{
    anomalies::{AnomalyMonitor, AnomalySubscription},
    budget::{Budget, NOTIFICATIONS, Notification},
};
use crate::{
    component::Wait,
    control::Control,
    declared::{Declared, Key, Observation, Resource, Resources, Wanted, resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    watched::Properties,
};

/// The tenant's budget, and what tells of unusual costs.
pub struct Billing;

impl Declared for Billing {
    const NAME: ComponentName = ComponentName::new("billing");
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[budget::WATCHED, anomalies::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.budget.is_some() || spec.anomalies.is_some()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let budget = desired.spec.budget.as_ref().map(|budget| {
            let tags = desired.tags(Self::NAME);
            let wanted = Budget::wanted(budget.monthly_usd, &told(desired), tags);
            (Budget::key(), Wanted::of(&wanted).called("budget"))
        });
        Ok(budget.into_iter().chain(anomalies_of(desired)).collect())
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }

    fn controls() -> &'static [Control<Observation>] {
        idle::CONTROLS
    }

    /// A monitor that is not ours is named as what it is.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut all = resources(<Self as Declared>::NAME, desired, seen);
        let key = AnomalyMonitor::key();
        let found: Option<AnomalyMonitor> = seen.present(&key);
        if let Some(other) = found.and_then(|found| found.other)
            && !desired.leaving()
        {
            all.insert(key.to_string(), other);
        }
        all
    }
}

/// The monitor and its subscription, where the blueprint asks for them.
fn anomalies_of(desired: &Desired) -> Vec<(Key, Wanted)> {
    let Some(anomalies) = &desired.spec.anomalies else {
        return Vec::new();
    };
    let tags = || desired.tags(<Billing as Declared>::NAME);
    let monitor = AnomalyMonitor::wanted(tags());
    let threshold = anomalies.threshold_usd;
    let subscription = AnomalySubscription::wanted(threshold, told(desired), tags());
    let subscription = Wanted::of(&subscription).after([AnomalyMonitor::key()]);
    vec![
        (
            AnomalyMonitor::key(),
            Wanted::of(&monitor).called("anomaly-monitor"),
        ),
        (
            AnomalySubscription::key(),
            subscription.called("anomaly-subscription"),
        ),
    ]
}

/// Whether our roles need the rights for what tells of unusual costs: it is asked for, or an earlier pass recorded it.
pub(crate) fn needs_anomaly_rights(desired: &Desired) -> bool {
    let kinds = [AnomalyMonitor::KIND.name, AnomalySubscription::KIND.name];
    let recorded = || desired.recorded.keys(<Billing as Declared>::NAME, &kinds);
    desired.spec.anomalies.is_some() || !recorded().is_empty()
}

/// Who is told. A topic of the tenant's belongs here too, by its ARN.
fn told(desired: &Desired) -> Vec<String> {
    let contact = desired.spec.contacts.billing.as_ref();
    let email = contact.map_or(&desired.email, |contact| &contact.email);
    vec![email.to_string()]
}

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["budget"],
        "budget",
        "budgets DescribeBudgets, DescribeNotificationsForBudget",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        102,
        &["anomaly-monitor"],
        "monitor of unusual costs",
        "ce GetAnomalyMonitors, ListTagsForResource",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        103,
        &["anomaly-subscription"],
        "who is told of unusual costs",
        "ce GetAnomalySubscriptions, ListTagsForResource",
    )
    .severity(Severity::Medium),
];
