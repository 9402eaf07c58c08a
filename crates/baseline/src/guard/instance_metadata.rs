//! How new instances hand out their credentials. Source: EC2 API reference, `GetInstanceMetadataDefaults`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{DECLARATIVE_POLICY, Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

const FIELDS: &[Field] = &[Field::new(
    "httpTokens",
    "tokens of instance metadata (IMDSv2)",
    "Require",
)
.severity(Severity::High)];

/// How new instances hand out their credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceMetadata {
    /// `required` for IMDSv2 only; `optional` and absent let IMDSv1 in.
    pub http_tokens: Option<String>,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Resource for InstanceMetadata {
    const KIND: Kind = Kind::of::<Self>("instance-metadata", "IMDSv2 by default", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by.as_deref() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

impl Switch for InstanceMetadata {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetInstanceMetadataDefaults";
    const WRITES: &'static [&'static str] = &["ec2:ModifyInstanceMetadataDefaults"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            http_tokens: Some("required".into()),
            managed_by: None,
        })
    }
}
