//! Whether machine images can be shared with everybody. Source: EC2 API reference, `GetImageBlockPublicAccessState`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Field, Properties, Reach, Switch, reported, restored};

const FIELDS: &[Field] =
    &[Field::new("state", "block of public images", "Block").severity(Severity::High)];

/// Whether machine images can be shared with everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageBlock {
    /// `block-new-sharing` or `unblocked`.
    pub state: String,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Switch for ImageBlock {
    const NAME: &'static str = "image-block";
    const TITLE: &'static str = "public sharing of images";
    const NUMBER: u32 = 105;
    const CHECKED: &'static str = "block of public images";
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetImageBlockPublicAccessState";
    const WRITES: &'static [&'static str] = &["ec2:EnableImageBlockPublicAccess"];
    const WATCHED: Properties = Properties {
        resource: "Block of public images",
        kind: Self::NAME,
        shape: "ec2 GetImageBlockPublicAccessStateOutput",
        watched: &[
            restored("image_block_public_access_state", "state"),
            reported("managed_by", "state"),
        ],
        identity: &[],
        unwatched: &[],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"state": "unblocked"}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            state: "block-new-sharing".into(),
            managed_by: None,
        })
    }

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
