//! A customer managed policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Failure, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource, name_taken, name_taken_in_other_case},
    desired::Desired,
};

/// A customer managed policy. Its name is the key's, unique in the account whatever its path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// Its path. Cannot be changed.
    pub path: String,
    /// What it is for. Cannot be changed, and decides nothing.
    pub description: String,
    /// The version in force.
    pub document: Value,
    /// Versions that are not in force, the oldest first. Whoever writes a new one makes room for it.
    pub old_versions: Vec<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The id that AWS gave it; another one of the same name has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who has it, or is bounded by it, and is not ours: AWS does not delete it from under them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Its own name, where that is the key's but for upper and lower case: IAM makes no second one beside it, and it is none of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_case: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("document", "document", "Set a new default version of").severity(Severity::High),
    Field::TAGS,
];

impl Policy {
    /// IAM keeps this many versions of a managed policy besides the one in force.
    /// Source: IAM User Guide, "IAM and AWS STS quotas" (five versions).
    pub const MOST_OLD_VERSIONS: usize = 4;

    /// The key of the policy of this name.
    pub fn key(name: &str) -> Key {
        Key::in_account(Self::KIND.name, name.to_owned())
    }
}

impl Resource for Policy {
    const KIND: Kind = Kind::of::<Self>("policy", "policy", FIELDS);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::policy;

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

    fn held(&self) -> Option<String> {
        self.held_by.clone()
    }
}
