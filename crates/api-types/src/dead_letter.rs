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
    /// Its content.
    pub body: String,
    /// Why it can never be processed; such a message cannot be sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// When it was first sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sent_at: Option<Timestamp>,
    /// Attributes that a rule which could not deliver it added, such as `ERROR_CODE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

/// Dead letters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLettersView {
    /// The messages, oldest first.
    pub items: Vec<DeadLetterView>,
    /// Whether there are more than `limit`. A queue has no pages: send some back and list again, or raise `limit`.
    pub more: bool,
}
