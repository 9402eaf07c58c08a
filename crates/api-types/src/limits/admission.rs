//! Slots that only so many tenants may hold at once, and the queue for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

/// A limited number of slots, and the queue for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionView {
    /// How many slots there are.
    pub capacity: u32,
    /// The tenants that hold one.
    pub in_flight: Vec<InFlightView>,
    /// The tenants that wait for one.
    pub queue: QueueView,
    /// Seconds until the next slot becomes free, averaged over the last ones.
    pub seconds_per_slot: u32,
}

/// A tenant whose account is being created or closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InFlightView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Since when it holds the slot.
    pub since: Timestamp,
    /// When the slot expires at the latest.
    pub until: Timestamp,
}

/// The tenants that wait for a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// How many wait.
    pub total: u32,
    /// The first of them.
    pub items: Vec<QueueEntryView>,
}

/// A tenant that waits for a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueEntryView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its position; 1 is next.
    pub position: u32,
    /// Since when it waits.
    pub since: Timestamp,
    /// When a slot is expected to be free for it; absent while creations are stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Timestamp>,
}

/// A tenant's own position in a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuePositionView {
    /// `creation` or `closure` of its account.
    pub waits_for: String,
    /// Its position; 1 is next.
    pub position: u32,
    /// How many wait.
    pub length: u32,
    /// Since when it waits.
    pub since: Timestamp,
    /// When a slot is expected to be free for it; absent while creations are stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Timestamp>,
}
