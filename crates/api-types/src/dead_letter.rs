//! Dead letters.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

/// A message that a worker could not process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterView {
    /// Its id in SQS.
    pub id: String,
    /// The work queue it was in: `onboard`, `audit` or `offboard`.
    pub queue: String,
    /// The tenant it is about, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Its content, which may be truncated.
    pub body: String,
    /// Whether `body` or a note is truncated: after 4 KiB in a list, after 512 KiB where one message is shown.
    #[serde(default)]
    pub truncated: bool,
    /// Why it can never be processed; such a message cannot be sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// When it was first sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Attributes, such as `ERROR_CODE`, that were added by a rule which could not deliver it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

/// A page of dead letters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLettersView {
    /// The messages, oldest first.
    pub items: Vec<DeadLetterView>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whether a queue holds more messages than are read for one answer (2,000); those that were not read are on no page.
    #[serde(default)]
    pub incomplete: bool,
}
