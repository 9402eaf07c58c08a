//! The organization's trail, as it covers the account: observed, and never changed, for a member account cannot.

use serde::{Deserialize, Serialize};
use tenancy::{Severity, blueprint::TrailKind, control::RepairedBy};

use crate::{
    control::{Control, Verdict},
    covers::Covers,
    declared::{Key, Kind, Observation, Resource},
    desired::Desired,
};

/// The organization's trail as it covers the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationTrail {
    /// Its ARN.
    pub arn: String,
    /// Whether it records all Regions.
    pub multi_region: bool,
    /// Whether its log files can be validated.
    pub validation: bool,
    /// Since when it has not been logging, in words; absent while it is.
    pub stopped: Option<String>,
    /// What its last delivery failed with.
    pub delivery_error: Option<String>,
}

impl OrganizationTrail {
    /// The key of the one that covers the account.
    pub const KEY: Key = Key::only("organization-trail");
}

impl Resource for OrganizationTrail {
    const KIND: Kind =
        Kind::of::<Self>("organization-trail", "organization trail", &[]).observed_only();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

const fn control(
    id: &'static str,
    title: &'static str,
    wanted: &'static str,
    covers: Covers,
    evaluate: fn(&Desired, &Observation) -> Verdict,
) -> Control<Observation> {
    Control {
        id,
        title,
        resource: "organization trail",
        wanted,
        severity: Severity::High,
        reads: "cloudtrail DescribeTrails, GetTrailStatus, GetEventSelectors",
        remedy: "In the management account, make or repair the organization trail (all Regions, log file validation, logging on, \
                 a bucket it can deliver to); or choose a blueprint with a trail of the tenant's own.",
        repaired_by: RepairedBy::Organization,
        covers,
        evaluate,
    }
}

/// A verdict by what is wrong with the trail that is there, in words.
macro_rules! wrong {
    (|$trail:ident| $wrong:expr) => {
        |desired, seen| evaluate(desired, seen, |$trail| $wrong)
    };
}

/// Where the organization's trail records, these together are what the benchmarks ask of a trail.
pub(super) const CONTROLS: &[Control<Observation>] = &[
    control(
        "TNT.TRAIL.1",
        "coverage by the organization's trail",
        "a trail of the organization covers the account",
        Covers::NONE,
        |desired, seen| match (desired.spec.trail, found(seen)) {
            (TrailKind::Tenant, _) => NO_USE,
            (TrailKind::Organization, Some(_)) => Verdict::Passed,
            (TrailKind::Organization, None) => Verdict::Failed("none does".into()),
        },
    ),
    control(
        "TNT.TRAIL.2",
        "Regions of the organization's trail",
        "all Regions are recorded",
        Covers::of(&["CloudTrail.1"], &["3.1"], &["3.1"]),
        wrong!(|trail| (!trail.multi_region).then(|| "records one Region only".into())),
    ),
    control(
        "TNT.TRAIL.3",
        "log file validation of the organization's trail",
        "on",
        Covers::of(&["CloudTrail.4"], &["3.2"], &["3.2"]),
        wrong!(|trail| (!trail.validation).then(|| "has log file validation off".into())),
    ),
    control(
        "TNT.TRAIL.4",
        "logging of the organization's trail",
        "on",
        Covers::NONE,
        wrong!(|trail| Some(format!("is not logging: {}", trail.stopped.as_ref()?))),
    ),
    control(
        "TNT.TRAIL.5",
        "delivery of the organization's trail",
        "delivers",
        Covers::NONE,
        wrong!(|trail| Some(format!(
            "cannot deliver: {}",
            trail.delivery_error.as_ref()?
        ))),
    ),
    super::others::CONTROL,
];

const NO_USE: Verdict = Verdict::NotApplicable("the tenant has a trail of its own");

fn found(seen: &Observation) -> Option<OrganizationTrail> {
    seen.present(&OrganizationTrail::KEY)
}

/// Evaluates the organization's trail, where there is one, by what is wrong with it.
fn evaluate(
    desired: &Desired,
    seen: &Observation,
    wrong: fn(&OrganizationTrail) -> Option<String>,
) -> Verdict {
    let trail = match (desired.spec.trail, found(seen)) {
        (TrailKind::Tenant, _) => return NO_USE,
        (TrailKind::Organization, None) => {
            return Verdict::NotApplicable("no trail of the organization covers the account");
        }
        (TrailKind::Organization, Some(trail)) => trail,
    };
    wrong(&trail).map_or(Verdict::Passed, |wrong| {
        Verdict::Failed(format!("`{}` {wrong}", trail.arn))
    })
}
