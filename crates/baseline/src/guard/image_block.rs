//! Whether machine images can be shared with everybody. Source: EC2 API reference, `GetImageBlockPublicAccessState`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{DECLARATIVE_POLICY, Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

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

impl Resource for ImageBlock {
    const KIND: Kind =
        Kind::of::<Self>("image-block", "public sharing of images", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }

    fn locked(&self) -> Option<String> {
        (self.managed_by.as_deref() == Some(DECLARATIVE_POLICY))
            .then(|| "a declarative policy of the organization".to_owned())
    }
}

impl Switch for ImageBlock {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetImageBlockPublicAccessState";
    const WRITES: &'static [&'static str] = &["ec2:EnableImageBlockPublicAccess"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self {
            state: "block-new-sharing".into(),
            managed_by: None,
        })
    }
}
