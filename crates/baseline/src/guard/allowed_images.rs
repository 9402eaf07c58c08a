//! From whose machine images instances are started. Source: EC2 API reference, `GetAllowedImagesSettings`; EC2 User Guide, "Control the
//! discovery and use of AMIs in Amazon EC2 with Allowed AMIs": images of the account itself are always allowed.

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Field, Properties, Reach, Switch, reported, restored};

/// Both are set together.
const FIELDS: &[Field] = &[
    Field::new("state", "limit of allowed images", "Set")
        .severity(Severity::Medium)
        .call("settings"),
    Field::new("providers", "providers of allowed images", "Set")
        .severity(Severity::Medium)
        .call("settings"),
];

/// From whose machine images instances are started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedImages {
    /// `disabled`, `audit-mode` or `enabled`.
    pub state: String,
    /// Providers, in order; a criterion that asks for more is shown whole.
    pub providers: Vec<String>,
    /// Who sets it: the account, or a declarative policy of the organization.
    #[serde(default)]
    pub managed_by: Option<String>,
}

impl Switch for AllowedImages {
    const NAME: &'static str = "allowed-images";
    const TITLE: &'static str = "allowed images";
    const NUMBER: u32 = 108;
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetAllowedImagesSettings";
    const WRITES: &'static [&'static str] = &[
        "ec2:EnableAllowedImagesSettings",
        "ec2:ReplaceImageCriteriaInAllowedImagesSettings",
    ];
    const BY_BLUEPRINT: bool = true;
    const WATCHED: Properties = Properties {
        resource: "Allowed images, where the blueprint sets them",
        kind: Self::NAME,
        shape: "ec2 GetAllowedImagesSettingsOutput",
        watched: &[
            restored("state", "state"),
            restored("image_criteria", "providers"),
            reported("managed_by", "state"),
        ],
        identity: &[],
        unwatched: &[],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"state": "disabled", "providers": []}"#;

    fn wanted(spec: &EffectiveSpec) -> Option<Self> {
        let mut providers = spec.allowed_images.clone()?;
        providers.sort();
        providers.dedup();
        Some(Self {
            state: "enabled".to_owned(),
            providers,
            managed_by: None,
        })
    }

    fn managed_by(&self) -> Option<&str> {
        self.managed_by.as_deref()
    }
}
