//! A key of KMS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Region, Severity, names};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// A symmetric key of KMS in one Region, by which data of the tenant is encrypted. The name of its key is its alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KmsKey {
    /// The alias, where it names this key.
    pub alias: Option<String>,
    /// Whether it can be used.
    pub enabled: bool,
    /// When it will be deleted, where somebody scheduled that.
    pub deletion: Option<String>,
    /// After how many days new material is made; none where it is not.
    pub rotation: Option<i32>,
    /// Its policy.
    pub policy: Option<Value>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its id, which no other key ever has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("alias", "alias", "Point the alias at").severity(Severity::High),
    Field::new("enabled", "use", "Enable")
        .severity(Severity::Critical)
        .call("state"),
    Field::new("deletion", "scheduled deletion", "Cancel the deletion of")
        .severity(Severity::Critical)
        .call("state"),
    Field::new("rotation", "rotation", "Turn on the rotation of")
        .unit("days")
        .absent("off"),
    Field::new("policy", "policy", "Write the policy of").severity(Severity::High),
    Field::TAGS,
];

impl KmsKey {
    /// After how many days the material of a key is replaced. Source: KMS Developer Guide, "Rotate AWS KMS keys".
    pub const ROTATION_DAYS: i32 = 365;

    /// The key of the one we make in a Region.
    pub fn key(region: &Region) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), names::KEY_ALIAS.to_owned())
    }

    /// A key of this policy: enabled, rotated, known by our alias.
    pub fn wanted(tags: BTreeMap<String, String>, policy: Value) -> Self {
        Self {
            alias: Some(names::KEY_ALIAS.to_owned()),
            enabled: true,
            deletion: None,
            rotation: Some(Self::ROTATION_DAYS),
            policy: Some(policy),
            tags,
            id: None,
        }
    }
}

impl Resource for KmsKey {
    const KIND: Kind = Kind::of::<Self>("kms-key", "KMS key", FIELDS)
        .missing(Severity::Critical)
        .noted();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::kms_key;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    /// Its alias and its rotation follow.
    fn created(&self) -> Self {
        Self {
            alias: None,
            rotation: None,
            ..self.clone()
        }
    }
}
