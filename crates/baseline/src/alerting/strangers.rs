//! Subscriptions that others made to our topics: reported, and never touched.

use tenancy::{ComponentName, Severity, control::RepairedBy};

use super::{Subscription, Topic};
use crate::{
    control::{Control, Verdict, listing},
    covers::Covers,
    declared::{Observation, owned},
    desired::Desired,
};

pub(super) const CONTROLS: &[Control<Observation>] = &[Control {
    id: "TNT.ALERTING.1",
    title: "subscriptions of others to the topics for alerts",
    resource: "subscriptions",
    wanted: "none",
    severity: Severity::High,
    reads: "sns ListSubscriptionsByTopic",
    remedy: "Ask the tenant whose it is: it is told of everything that alarms tell. End it as the bootstrap role, from the management \
             account, or name its address as a contact in the spec.",
    repaired_by: RepairedBy::Tenant,
    covers: Covers::NONE,
    evaluate: |desired, seen| {
        listing(strangers(desired, seen)).map_or(Verdict::Passed, Verdict::Failed)
    },
}];

/// Those to topics of ours: whoever made a topic of our name has its subscriptions.
fn strangers(desired: &Desired, seen: &Observation) -> impl Iterator<Item = String> {
    seen.0.keys().filter_map(|key| {
        let one = seen.present::<Subscription>(key)?;
        let region = key.region()?;
        let topic = Topic::key(region);
        owned::<Topic>(ComponentName::ALERTING, desired, seen, &topic)?;
        one.stranger
            .then(|| format!("`{}` in `{region}`", one.email))
    })
}
