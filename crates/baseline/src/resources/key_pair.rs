//! A key pair of EC2, of which EC2 has the public half.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Compare, Field, Key, Kind, Resource},
    desired::Desired,
};

/// A key pair of EC2. Its name is the key's, unique in its Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyPair {
    /// The fingerprint of the public half, as OpenSSH shows it. What is wanted follows from the private half, once that is known.
    pub fingerprint: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its id, which no other key pair ever has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    // Whoever has the other private half can sign in to machines that are launched with it.
    Field::new(
        "fingerprint",
        "public key",
        "Import the public half of the private key again as",
    )
    .compare(Compare::IfWanted)
    .severity(Severity::Critical)
    .call("key-pair")
    .once(),
    Field::TAGS.call("key-pair"),
];

impl KeyPair {
    /// The key of the key pair of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }
}

impl Resource for KeyPair {
    const KIND: Kind = Kind::of::<Self>("key-pair", "key pair", FIELDS);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::key_pair;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}
