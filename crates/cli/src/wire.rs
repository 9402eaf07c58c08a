//! What the API answers, as far as the command line reads it. The words are those of the `tenancy` crate.

mod limits;

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tenancy::{
    ComponentName, ComponentStatus, EffectiveSpec, Operation, Phase, Tenant, Timestamp,
    finding::Difference, history::HistoryEntry,
};

use crate::stop::Stop;

pub use self::limits::{Creations, Gate, Limits, Place, Queue, Spent};

/// A tenant with what is derived from it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantView {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// The summary.
    pub phase: Phase,
    /// The spec with everything the blueprint decides filled in.
    pub effective_spec: Option<EffectiveSpec>,
    /// Where the tenant's people sign in.
    pub sign_in_url: Option<String>,
    /// Its place in a line, while it waits there.
    pub queue: Option<Queue>,
}

/// An operation and how far the tenant's components are.
#[derive(Debug, Clone, Deserialize)]
pub struct OperationView {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// The components as last seen.
    #[serde(default)]
    pub components: BTreeMap<ComponentName, ComponentStatus>,
}

/// The answer to a request for something slow.
#[derive(Debug, Clone, Deserialize)]
pub struct Accepted {
    /// The tenant as it is now.
    pub tenant: Option<TenantView>,
    /// The operation to follow; absent where there was nothing to do.
    pub operation: Option<OperationView>,
}

/// A part of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
}

/// A message that a work queue gave up on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// The work queue.
    pub queue: String,
    /// The tenant it is about, if it names one.
    pub tenant_id: Option<tenancy::TenantId>,
    /// What it says.
    pub body: String,
    /// Why it can never be worked on.
    pub unreadable: Option<String>,
    /// When it was first sent.
    pub sent_at: Option<Timestamp>,
    /// What a rule that could not deliver it wrote on it.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

/// Dead letters.
#[derive(Debug, Clone, Deserialize)]
pub struct DeadLetters {
    /// The messages.
    pub items: Vec<DeadLetter>,
    /// Whether there are more.
    pub more: bool,
}

/// What would change.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The differences.
    pub items: Vec<Difference>,
    /// When the tenant was looked at; absent if never.
    pub as_of: Option<Timestamp>,
}

/// What a new tenant would get.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The spec with everything the blueprint decides filled in.
    pub effective_spec: EffectiveSpec,
    /// Everything that would be made.
    pub plan: Vec<Difference>,
}

/// A history with what the tenant's record says about it.
#[derive(Debug, Clone, Deserialize)]
pub struct History {
    /// The entries, by sequence.
    pub items: Vec<HistoryEntry>,
    /// How many there should be.
    pub length: u64,
    /// The hash of the last.
    pub head: String,
}

/// How the API is.
#[derive(Debug, Clone, Deserialize)]
pub struct Health {
    /// `ok`, or what is not.
    pub status: String,
    /// The API's version.
    #[serde(default)]
    pub version: String,
    /// What was looked at.
    #[serde(default)]
    pub checks: BTreeMap<String, Value>,
}

/// Reads an answer.
///
/// # Errors
/// Where the answer is not what this version understands.
pub fn read<T: DeserializeOwned>(doing: &str, body: &Value) -> Result<T, Stop> {
    serde_json::from_value(body.clone()).map_err(|error| Stop::Unreadable {
        doing: doing.to_owned(),
        source: error.into(),
    })
}
