//! The account's alias, by which its people sign in.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::{Failure, FailureKind, Severity};

use crate::{
    declared::{Compare, Field, Key, Kind, Resource},
    desired::Desired,
};

/// The account's alias. An account has one or none, and a new one takes the place of the one it had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountAlias {
    /// The alias as found, or the candidates as wanted, the best first.
    pub name: Value,
}

const FIELDS: &[Field] = &[Field::new("name", "alias", "Set the account's")
    .compare(Compare::OneOf)
    .severity(Severity::Low)];

impl AccountAlias {
    /// The key of the account's only one.
    pub const KEY: Key = Key::only("alias");

    /// The aliases the account may have: the slug, and where another AWS customer has that, the slug and the end of the tenant's id.
    pub fn candidates(desired: &Desired) -> [String; 2] {
        let id = desired.tenant.as_str();
        let end = id.get(id.len().saturating_sub(6)..).unwrap_or(id);
        [desired.slug.to_string(), format!("{}-{end}", desired.slug)]
    }

    /// One of the candidates.
    pub fn wanted(desired: &Desired) -> Self {
        Self {
            name: json!(Self::candidates(desired)),
        }
    }

    /// An alias as found.
    pub fn found(alias: &str) -> Self {
        Self { name: json!(alias) }
    }

    /// Every name in it: the one found, or the candidates.
    pub fn names(&self) -> Vec<&str> {
        match &self.name {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        }
    }

    /// Other AWS customers have all candidates.
    pub fn all_taken(&self) -> Failure {
        let names = self.names();
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Failure::park(
            FailureKind::Conflict,
            format!("giving the account the alias {}", quoted.join(" or ")),
            "other AWS customers have all of them",
            "alias-taken",
            "Aliases are unique among all AWS customers. Find out whether an account of yours holds one of the two and free it, then \
             retry the tenant.",
        )
    }
}

impl Resource for AccountAlias {
    const KIND: Kind = Kind::of::<Self>("alias", "alias", FIELDS).missing(Severity::Low);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::alias;

    /// A living tenant's alias is ours to set, whatever it is; of a leaving one only ours is freed.
    fn ours(&self, desired: &Desired) -> bool {
        let candidates = Self::candidates(desired);
        let ours = |name: &&str| candidates.iter().any(|one| one == name);
        !desired.leaving() || self.names().iter().any(ours)
    }

    fn created(&self) -> Self {
        self.names()
            .first()
            .map_or_else(Self::default, |name| Self::found(name))
    }
}
