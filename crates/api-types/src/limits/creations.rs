//! Creations of accounts: switch, circuit breaker, budget.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::Timestamp;

use super::AdmissionView;

/// Creations of accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationLimitsView {
    /// Whether accounts may be created; `false` while creations are stopped.
    pub on: bool,
    /// Grows with every switch event; the `ETag`.
    pub version: u64,
    /// The last times creations were stopped or started, newest first; the first explains the current state.
    pub switch_events: Vec<SwitchEventView>,
    /// What the circuit breaker has counted.
    pub breaker: BreakerView,
    /// The creation budget.
    pub budget: BudgetView,
    /// Slots and queue.
    #[serde(flatten)]
    pub admission: AdmissionView,
}

/// Creations were stopped or started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchEventView {
    /// Whether they were started.
    pub on: bool,
    /// Why.
    pub reason: String,
    /// By whom: an ARN, or `the circuit breaker`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The budget that an operator had set at that time instead of the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<CreationBudgetView>,
}

/// A creation budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationBudgetView {
    /// Creations in an hour.
    #[schemars(range(min = 1, max = 10_000))]
    pub per_hour: u32,
    /// Creations in a day.
    #[schemars(range(min = 1, max = 10_000))]
    pub per_day: u32,
}

/// The outcomes of the last creations, as far as the circuit breaker counts them: at most 20, none older than an hour or than
/// the last time a person started creations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakerView {
    /// Creations that succeeded.
    pub succeeded: u32,
    /// Creations that failed.
    pub failed: u32,
    /// Creations whose outcome is not known.
    pub unknown: u32,
    /// How many of the last creations in a row did not succeed.
    pub consecutive_failures: u32,
    /// Why they failed: the reasons of Organizations, and how often each occurred.
    pub reasons: BTreeMap<String, u32>,
}

/// The creation budget and its use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetView {
    /// The current hour (UTC).
    pub hour: UsageView,
    /// The current day (UTC).
    pub day: UsageView,
    /// Whether an operator set it instead of the deployment.
    pub is_override: bool,
}

/// How much of a budget is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// Creations so far.
    pub used: u32,
    /// Creations allowed.
    pub allowed: u32,
    /// When the next period begins.
    pub resets_at: Timestamp,
}
