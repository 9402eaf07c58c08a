//! Rate limits of calls to Organizations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rate limit of one action of Organizations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRateView {
    /// The action, such as `MoveAccount`.
    pub call: String,
    /// Seconds between two calls in the long run.
    pub seconds_per_call: f64,
    /// How many calls may be made at once.
    pub burst: u32,
    /// How many calls may be made now.
    pub available: u32,
    /// AWS's own limit; the limit above is a part of it.
    pub aws: AwsRateView,
}

/// AWS's limit for an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsRateView {
    /// Calls per second in the long run.
    pub per_second: f64,
    /// Calls at once.
    pub burst: u32,
}
