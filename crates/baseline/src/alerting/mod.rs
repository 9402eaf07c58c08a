//! Who is told of what happens in a tenant's account: a topic in each Region that needs one, its subscriptions, and the alarms that
//! publish to it.
//!
//! # Guarantees
//! Every alarm of chapter 4 of the CIS AWS Foundations Benchmark watches the trail's log group, and the NAT gateways of ours are
//! watched in their Regions. Metric filters, alarms and the topic are compared field by field; an alarm that no longer acts on the
//! topic is a finding like a wrong threshold. Only alarms of ours may publish, and data that somebody puts to a metric hides no event. The contacts for operations
//! and security are subscribed by e-mail, to everything; one who has not confirmed is a finding for a person, and is asked once. A former contact
//! who confirms late is unsubscribed: it is looked for until AWS has given the request up. Subscriptions of others are reported.
//! # Assumptions
//! The alarms of the benchmark need the copy of the trail in a log group; without it there are those of the network only.
//! # Caveats
//! AWS gives up a subscription that nobody confirms within two days; the next repair asks again. What tenantry itself changes in the
//! account, such as a policy of its roles, raises the alarms as well. An alarm carries the two tags that say whose it is, and not those
//! of the spec. Reading them takes a call for each alarm: of those that the ledger knows they are read for who asks for an audit or a
//! repair, where something was wrong before, and by schedule once in four weeks. What somebody does to them is found then, and put back.
//! # Cost
//! 0.10 dollars a month for each alarm, 0.30 for each metric that was ever emitted; e-mails are free up to 1,000 a month.

mod alarms;
#[cfg(test)]
mod asks;
mod grants;
pub(crate) mod protected;
mod strangers;
mod subscriptions;
#[cfg(test)]
pub(crate) mod tests;
mod topic;
mod watched;

use std::collections::BTreeSet;

use tenancy::{ComponentName, EffectiveSpec, Egress, Region};

pub use self::{
    alarms::{CIS, CisAlarm, NAMESPACE as TRAIL_METRICS},
    subscriptions::Subscription,
    topic::Topic,
};
use crate::{
    component::Wait,
    control::Control,
    declared::{Declared, Observation, Resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    trail,
    watched::Properties,
};

/// Who is told of what happens in a tenant's account.
pub struct Alerting;

impl Declared for Alerting {
    const NAME: ComponentName = ComponentName::ALERTING;
    const NEEDS: &'static [ComponentName] = &[
        ComponentName::ACCESS,
        ComponentName::KEYS,
        ComponentName::NETWORK,
        ComponentName::TRAIL,
    ];
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.alerting
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let account = desired.account.as_ref().ok_or_else(|| Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        })?;
        let mut all = Resources::new();
        for region in regions(desired) {
            all.extend(topic::wanted(desired, account, &region));
            all.extend(subscriptions::wanted(desired, &region));
        }
        all.extend(alarms::of_the_trail(desired, account));
        all.extend(alarms::of_gateways(desired, account));
        Ok(all)
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }

    fn controls() -> &'static [Control<Observation>] {
        strangers::CONTROLS
    }
}

/// The Regions in which something may publish: an alarm acts on topics of its own Region only.
pub fn regions(desired: &Desired) -> BTreeSet<Region> {
    let with_gateways = desired
        .spec
        .regions
        .iter()
        .filter(|_| has_gateways(&desired.spec));
    with_gateways.cloned().chain(trail::home(desired)).collect()
}

/// Whether the tenant has NAT gateways.
pub(crate) fn has_gateways(spec: &EffectiveSpec) -> bool {
    spec.network && spec.egress != Egress::None
}
