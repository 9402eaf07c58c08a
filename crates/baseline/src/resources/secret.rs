//! A secret of Secrets Manager that holds a private key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Region, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// A secret that holds the private half of a key pair. Its name is the key's, unique in its Region. The private half itself is never
/// part of what is observed: the version that we write is named after the fingerprint, by which it is known which key it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secret {
    /// [`Secret::OURS`], or what is current instead, in words.
    pub value: String,
    /// When it will be deleted, where somebody scheduled that.
    pub deletion: Option<String>,
    /// The key of KMS it is encrypted with, where not by AWS's own.
    pub key: Option<String>,
    /// Its policy: whoever it names can read the private key.
    pub policy: Option<Value>,
    /// Whether something else replaces its value from time to time.
    pub rotation: bool,
    /// The Regions it is copied to.
    pub replicas: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The fingerprint of the key that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The version that is current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// A version that we wrote, where it is not the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// Its ARN, of which Secrets Manager chooses the end: no other secret ever has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// All are set by one change, one call after the other: what waits for its deletion takes no other.
const fn part(name: &'static str, label: &'static str, remedy: &'static str) -> Field {
    Field::new(name, label, remedy)
        .severity(Severity::Critical)
        .call("secret")
}

const FIELDS: &[Field] = &[
    part(
        "value",
        "private key",
        "Put a private key of ours back into",
    ),
    part("deletion", "scheduled deletion", "Cancel the deletion of"),
    part("key", "KMS key", "Set the KMS key of")
        .severity(Severity::High)
        .absent("AWS's own"),
    part("policy", "policy", "Delete the policy of"),
    part("rotation", "rotation", "Cancel the rotation of")
        .severity(Severity::High)
        .person(),
    part("replicas", "copies", "Remove the copies of")
        .severity(Severity::High)
        .person()
        // Secrets Manager deletes no secret that has copies (API reference, `DeleteSecret`).
        .strip(),
    Field::TAGS.call("secret"),
];

impl Secret {
    /// The current version is one that we wrote.
    pub const OURS: &str = "one that tenantry made";

    /// The key of the secret of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }

    /// A secret with a private key of ours, encrypted by this key of KMS or by AWS's own, read by nobody but whom IAM allows.
    pub fn wanted(tags: BTreeMap<String, String>, key: Option<String>) -> Self {
        Self {
            value: Self::OURS.into(),
            key,
            tags,
            ..Self::default()
        }
    }
}

impl Resource for Secret {
    const KIND: Kind = Kind::of::<Self>("secret", "secret", FIELDS).missing(Severity::Critical);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::secret;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}
