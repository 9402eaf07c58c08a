//! Histories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::history::HistoryEntry;

/// A page of a tenant's history, with the hash that its chain must end in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryView {
    /// Entries, oldest first.
    pub items: Vec<HistoryEntry>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many entries there are in all.
    pub length: u64,
    /// Hash of the last entry.
    pub head: String,
    /// Whether entries are left out that the reader may not see: about grants, or about the identity provider. The chain cannot be verified
    /// without them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}
