//! Health of the API.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Health of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// `ok`, or `degraded` when a check failed.
    pub status: HealthStatus,
    /// Version of tenantry.
    pub version: String,
    /// Each check and its outcome, `ok` or `unavailable`.
    pub checks: BTreeMap<String, String>,
}

/// The summary of all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HealthStatus {
    /// Every check passed.
    Ok,
    /// At least one check failed.
    Degraded,
}

impl HealthStatus {
    /// The word as written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
        }
    }
}
