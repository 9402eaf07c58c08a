//! What happens in a tenant's account, forwarded to the installation: a rule in each Region, whose target is its event
//! bus, and the role by which EventBridge puts events there.
//!
//! # Guarantees
//! One rule in each Region of the spec, and in that of the trail's alarms. It forwards the events of [`FORWARDED`] and nothing else: no
//! call of the tenant's people, but for changes of budgets. Pattern, state, target and tags are compared field by field; another target
//! on our rule is taken off. The role may put events on that one bus, and only our rules are let into it. The bus lets in that role of
//! accounts of the organization, with the sources of AWS that are forwarded (`infra/template.yaml`).
//! # Assumptions
//! EventBridge can deliver from each Region of the spec to that of the installation, and the guardrail leaves that Region open.
//! # Caveats
//! EventBridge tries for a day to deliver an event, and then drops it; most services send theirs at best effort. AWS Health sends what concerns
//! no Region, and CloudTrail what is done to budgets, in us-east-1: they are forwarded where the spec has it. Budgets sends no event when a
//! threshold is reached, only e-mails and messages. A tenant that leaves is forwarded nothing from once it is locked.
//! # Cost
//! One dollar for a million events; an idle tenant has some dozens a month. Three reads in each Region; the role is read with all others.

#[cfg(test)]
mod asks;
mod forwarded;
mod grants;
pub(crate) mod protected;
mod role;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use tenancy::{ComponentName, EffectiveSpec, Region, Severity, names};

pub use self::{
    forwarded::{FORWARDED, Forwarded, sources},
    rule::EventRule,
};
use crate::{
    component::Wait,
    declared::{Declared, Resources, Wanted},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    trail,
    watched::Properties,
};

/// What is forwarded of a tenant's account, and by whom.
pub struct EventForwarding;

impl Declared for EventForwarding {
    const NAME: ComponentName = ComponentName::EVENT_FORWARDING;
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[rule::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.event_forwarding
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let account = desired.account.as_ref().ok_or_else(|| Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        })?;
        let rule = |region: Region| {
            let rule = EventRule::forwarding(desired, account);
            let wanted = Wanted::of(&rule).called(format!("{region}.rule")).refers(
                "targets",
                Some(names::FORWARDING_TARGET),
                role::key(),
            );
            (EventRule::key(&region, names::FORWARDING_RULE), wanted)
        };
        let rules = regions(desired).into_iter().map(rule);
        let role = (role::key(), role::wanted(desired, account));
        Ok(rules.chain([role]).collect())
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }
}

/// The Regions of the spec, and that of the alarms on the trail, which stays where it was made.
fn regions(desired: &Desired) -> BTreeSet<Region> {
    let alarms = desired.spec.alerting && trail::is_copied(desired);
    let of_trail = trail::home(desired).filter(|_| alarms);
    desired
        .spec
        .regions
        .iter()
        .cloned()
        .chain(of_trail)
        .collect()
}

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["event-rule"],
        "rules that forward events",
        "events DescribeRule, ListTargetsByRule, ListTagsForResource",
    )
    .severity(Severity::Medium),
    DriftControl::of(
        102,
        &["role"],
        "role by which events are forwarded",
        DriftControl::ROLES,
    )
    .severity(Severity::Medium),
];
