//! How new instances hand out their credentials. Source: EC2 API reference, `GetInstanceMetadataDefaults`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Field, Properties, Reach, Switch, reported, restored};

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

impl Switch for InstanceMetadata {
    const NAME: &'static str = "instance-metadata";
    const TITLE: &'static str = "IMDSv2 by default";
    const NUMBER: u32 = 103;
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetInstanceMetadataDefaults";
    const WRITES: &'static [&'static str] = &["ec2:ModifyInstanceMetadataDefaults"];
    const WATCHED: Properties = Properties {
        resource: "Instance metadata defaults",
        kind: Self::NAME,
        shape: "ec2 InstanceMetadataDefaultsResponse",
        watched: &[
            restored("http_tokens", "httpTokens"),
            reported("managed_by", "httpTokens"),
        ],
        identity: &[],
        unwatched: &[
            "http_put_response_hop_limit, http_endpoint, instance_metadata_tags, http_tokens_enforced: it can only be stricter than what we set, or is the tenant's choice",
            "managed_exception_message: it is the policy's message to people",
        ],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            http_tokens: Some("required".into()),
            managed_by: None,
        })
    }

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
