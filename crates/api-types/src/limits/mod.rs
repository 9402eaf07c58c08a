//! Limits of the organization.

mod admission;
mod calls;
mod creations;
mod request;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use admission::{AdmissionView, InFlightView, QueueEntryView, QueuePositionView, QueueView};
pub use calls::{AwsRateView, CallRateView};
pub use creations::{
    BreakerView, BudgetView, CreationBudgetView, CreationLimitsView, SwitchEventView, UsageView,
};
pub use request::CreationsRequest;

/// Every limit of the organization and its current use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// Creations of accounts.
    pub creations: CreationLimitsView,
    /// Closures of accounts.
    pub closures: AdmissionView,
    /// Rate limits of calls to Organizations.
    pub calls: Vec<CallRateView>,
}
