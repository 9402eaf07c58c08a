//! Whether volumes' snapshots can be shared with everybody. Source: EC2 API reference, `GetSnapshotBlockPublicAccessState`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Field, Properties, Reach, Switch, reported, restored};

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

impl Switch for SnapshotBlock {
    const NAME: &'static str = "snapshot-block";
    const TITLE: &'static str = "public sharing of snapshots";
    const NUMBER: u32 = 104;
    const CHECKED: &'static str = "block of public snapshots";
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetSnapshotBlockPublicAccessState";
    const WRITES: &'static [&'static str] = &["ec2:EnableSnapshotBlockPublicAccess"];
    const WATCHED: Properties = Properties {
        resource: "Block of public snapshots",
        kind: Self::NAME,
        shape: "ec2 GetSnapshotBlockPublicAccessStateOutput",
        watched: &[restored("state", "state"), reported("managed_by", "state")],
        identity: &[],
        unwatched: &[],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"state": "unblocked"}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            state: "block-all-sharing".into(),
            managed_by: None,
        })
    }

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
