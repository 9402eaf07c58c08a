//! A blueprint that was published: what it says for ever, who published it, and whether it still takes tenants.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Blueprint, BlueprintRef};

/// A published blueprint. What it says never changes; it can only be retired.
// Read leniently, for a ledger may hold what another release wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedBlueprint {
    /// What it says, with everything that it took over filled in.
    pub blueprint: Blueprint,
    /// The blueprint that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<BlueprintRef>,
    /// The ARN of who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
    /// When and by whom it was retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retirement>,
}

impl PublishedBlueprint {
    /// Whether it says the same as another.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.blueprint, &self.extends) == (&other.blueprint, &other.extends)
    }
}

/// The end of a blueprint's time on offer: it keeps its tenants and takes no new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retirement {
    /// The ARN of who retired it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
