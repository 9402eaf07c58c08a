//! An instance profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Failure, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource, name_taken, name_taken_in_other_case},
    desired::Desired,
};

/// An instance profile. Its name is the key's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceProfile {
    /// Its path. Cannot be changed.
    pub path: String,
    /// The role in it, by name; there can be one.
    pub role: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The id that AWS gave it; another one of the same name has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its own name, where that is the key's but for upper and lower case: IAM makes no second one beside it, and it is none of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_case: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("role", "role in it", "Set the role in")
        .severity(Severity::High)
        .strip(),
    Field::TAGS,
];

impl InstanceProfile {
    /// The key of the profile of this name.
    pub fn key(name: &str) -> Key {
        Key::in_account(Self::KIND.name, name.to_owned())
    }
}

impl Resource for InstanceProfile {
    const KIND: Kind =
        Kind::of::<Self>("instance-profile", "instance profile", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::instance_profile;

    fn ours(&self, desired: &Desired) -> bool {
        self.other_case.is_none() && desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    fn taken(&self, key: &Key) -> Failure {
        match &self.other_case {
            Some(name) => name_taken_in_other_case(Self::KIND.title, key, name),
            None => name_taken(Self::KIND.title, key),
        }
    }

    /// The role is put into it afterwards.
    fn created(&self) -> Self {
        Self {
            role: None,
            ..self.clone()
        }
    }
}
