//! An IAM role.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Failure, Severity};

use crate::{
    declared::{Compare, Field, Key, Kind, Resource, name_taken, name_taken_in_other_case},
    desired::Desired,
};

/// An IAM role. Its name is the key's, unique in the account whatever its path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// Its path. Cannot be changed.
    pub path: String,
    /// What it is for. Written at creation, not watched: it decides nothing.
    pub description: String,
    /// Who may assume it.
    pub trust: Value,
    /// Inline policies by name; others are removed.
    pub inline: BTreeMap<String, Value>,
    /// ARNs of managed policies; others are detached.
    pub attached: BTreeSet<String>,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// How long a session may last, in seconds; left alone where absent.
    pub session: Option<i32>,
    /// The id that AWS gave it; another one of the same name has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What holds it, and is not ours: an instance profile, which AWS deletes no role out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Its own name, where that is the key's but for upper and lower case: IAM makes no second one beside it, and it is none of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_case: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("trust", "trust policy", "Restore the trust policy of").severity(Severity::High),
    Field::new("inline", "inline policy", "Set the inline policies of")
        .compare(Compare::Entries)
        .severity(Severity::High)
        .strip(),
    Field::new("attached", "managed policy", "Set the managed policies of")
        .compare(Compare::Entries)
        .severity(Severity::High)
        .strip(),
    // Without its boundary a role, and whatever it makes, can reach everything in the account.
    Field::new(
        "boundary",
        "permissions boundary",
        "Set the permissions boundary of",
    )
    .severity(Severity::Critical),
    Field::TAGS,
    Field::new("session", "longest session", "Set the session length of")
        .compare(Compare::IfWanted)
        .severity(Severity::Low)
        .unit("seconds"),
];

impl Role {
    /// The key of the role of this name.
    pub fn key(name: &str) -> Key {
        Key::in_account(Self::KIND.name, name.to_owned())
    }
}

impl Resource for Role {
    const KIND: Kind = Kind::of::<Self>("role", "role", FIELDS);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::role;

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

    /// Its policies follow, each by a call of its own.
    fn created(&self) -> Self {
        Self {
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            ..self.clone()
        }
    }
}
