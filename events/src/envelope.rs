//! What EventBridge puts around every event.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The source of every event we publish.
pub const SOURCE: &str = "tenantry";

/// An event as EventBridge delivers it. Source: EventBridge User Guide, "Events".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Envelope<T> {
    /// Version of the envelope, `0`.
    pub version: String,
    /// Unique id of the event. A repeated delivery has the same id.
    pub id: String,
    /// What kind of event it is.
    pub detail_type: String,
    /// Who published it.
    pub source: String,
    /// The account it was published in.
    pub account: String,
    /// When it was published.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The Region it was published in.
    pub region: String,
    /// What it is about, as ARNs; always empty in ours.
    pub resources: Vec<String>,
    /// The event itself.
    pub detail: T,
}
