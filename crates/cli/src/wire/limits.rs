//! The organization's limits, as far as the command line reads them.

use std::collections::BTreeMap;

use serde::Deserialize;
use tenancy::{TenantId, Timestamp};

/// A tenant's place in a line.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// For what.
    pub waits_for: String,
    /// Its place; 1 is next.
    pub position: u32,
    /// How many wait.
    pub length: u32,
    /// When its turn is expected, if anybody can say.
    pub expected_at: Option<Timestamp>,
}

/// The organization's limits.
#[derive(Debug, Clone, Deserialize)]
pub struct Limits {
    /// Creations of accounts.
    pub creations: Creations,
    /// Closures of accounts.
    pub closures: Gate,
    /// Calls to Organizations.
    pub calls: Vec<CallRate>,
}

/// How creations stand.
#[derive(Debug, Clone, Deserialize)]
pub struct Creations {
    /// Whether accounts may be created.
    pub on: bool,
    /// The last turns of the switch, newest first.
    pub turns: Vec<Turn>,
    /// What the breaker looks at.
    pub breaker: Breaker,
    /// The creation budget.
    pub budget: Budget,
    /// In flight and in line.
    #[serde(flatten)]
    pub gate: Gate,
}

/// A turn of the switch.
#[derive(Debug, Clone, Deserialize)]
pub struct Turn {
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What the breaker looks at.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breaker {
    /// Accounts that were made.
    pub made: u32,
    /// Creations that failed.
    pub failed: u32,
    /// Creations whose outcome is not known.
    pub unknown: u32,
    /// How many in a row came to nothing.
    pub in_a_row: u32,
    /// Why they failed, and how often each.
    pub reasons: BTreeMap<String, u32>,
}

/// The creation budget.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// The present hour.
    pub hour: Spent,
    /// The present day.
    pub day: Spent,
    /// Whether an operator set it.
    pub is_override: bool,
}

/// What is spent of a budget.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// Creations so far.
    pub used: u32,
    /// Creations allowed.
    pub allowed: u32,
    /// When it begins anew.
    pub resets_at: Timestamp,
}

/// Something only so many tenants may do at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// How many may be in flight.
    pub capacity: u32,
    /// Those that are.
    pub in_flight: Vec<InFlight>,
    /// Those that wait.
    pub line: Line,
    /// Seconds from one place to the next.
    pub secs_a_place: u32,
}

/// A tenant in flight.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InFlight {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Since when.
    pub since: Timestamp,
}

/// A line.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// How many wait.
    pub total: u32,
    /// The first of them.
    pub items: Vec<Place>,
}

/// A place in a line.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its place; 1 is next.
    pub position: u32,
    /// When it came.
    pub since: Timestamp,
    /// When its turn is expected, if anybody can say.
    pub expected_at: Option<Timestamp>,
}

/// How often an operation may be called.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRate {
    /// The operation.
    pub call: String,
    /// Seconds between two calls in the long run.
    pub secs_a_call: f64,
    /// Calls at once.
    pub burst: u32,
    /// Calls that could come now.
    pub free: u32,
    /// AWS's own limit.
    pub aws: AwsRate,
}

/// AWS's limit for an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsRate {
    /// Calls a second in the long run.
    pub per_second: f64,
    /// Calls at once.
    pub burst: u32,
}
