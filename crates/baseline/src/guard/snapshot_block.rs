//! Whether volumes' snapshots can be shared with everybody. Source: EC2 API reference, `GetSnapshotBlockPublicAccessState`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{DECLARATIVE_POLICY, Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

const FIELDS: &[Field] =
    &[Field::new("state", "block of public snapshots", "Block").severity(Severity::High)];

/// Whether volumes' snapshots can be shared with everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotBlock {
    /// `block-all-sharing`, `block-new-sharing` or `unblocked`.
    pub state: String,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Resource for SnapshotBlock {
    const KIND: Kind =
        Kind::of::<Self>("snapshot-block", "public sharing of snapshots", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by.as_deref() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

impl Switch for SnapshotBlock {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetSnapshotBlockPublicAccessState";
    const WRITES: &'static [&'static str] = &["ec2:EnableSnapshotBlockPublicAccess"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            state: "block-all-sharing".into(),
            managed_by: None,
        })
    }
}
