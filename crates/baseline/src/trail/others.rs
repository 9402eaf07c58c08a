//! Trails that others made in the account: reported, and never touched.

use serde::{Deserialize, Serialize};
use tenancy::{Severity, control::RepairedBy};

use crate::{
    control::{Control, Verdict, listing},
    covers::Covers,
    declared::{Key, Kind, Observation, Resource},
    desired::Desired,
};

/// Trails beside the tenant's and the organization's, as the Regions of the spec show them: trails of all Regions, and their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTrails {
    /// Their ARNs, and the buckets they deliver to.
    pub trails: Vec<(String, String)>,
    /// Why the trails of a further Region could not be read.
    #[serde(default)]
    pub unreadable: Vec<String>,
}

impl OtherTrails {
    /// The key of the only one.
    pub const KEY: Key = Key::only("other-trails");
}

impl Resource for OtherTrails {
    const KIND: Kind = Kind::of::<Self>("other-trails", "trails of others", &[]).observed_only();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

pub(super) const CONTROL: Control<Observation> = Control {
    id: "TNT.TRAIL.6",
    title: "trails of others",
    resource: "trails",
    wanted: "none",
    severity: Severity::Medium,
    reads: "cloudtrail DescribeTrails",
    remedy: "Ask the tenant whose it is and where it delivers to: whoever reads that bucket sees what happens in the account, and \
             every further copy of management events costs money. Delete the trail, or accept it.",
    repaired_by: RepairedBy::Tenant,
    covers: Covers::NONE,
    evaluate: |_, seen| match seen.present::<OtherTrails>(&OtherTrails::KEY) {
        Some(others) => {
            let said = |(arn, bucket): &(String, String)| format!("`{arn}` into `{bucket}`");
            match listing(others.trails.iter().map(said)) {
                Some(found) => Verdict::Failed(found),
                None if others.unreadable.is_empty() => Verdict::Passed,
                None => Verdict::NotVerifiable(others.unreadable.join("; ")),
            }
        }
        None => Verdict::NotVerifiable("CloudTrail's answer does not contain it".to_owned()),
    },
};
