//! What AWS Organizations says through CloudTrail, in us-east-1, on the management account's default bus.
//!
//! # Caveats
//! Name and e-mail address are masked, so only the `car-` id tells which request it was; the times are not ISO 8601. Both
//! are hints: what is read is only what finds the tenant, and polling is the truth.
//!
//! Source: Organizations User Guide, "Logging with CloudTrail".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::AccountId;

/// The source of the events of Organizations.
pub const ORGANIZATIONS: &str = "aws.organizations";

/// The detail of the event that a request to create an account is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAccountResult {
    /// `CreateAccountResult`.
    pub event_name: CreateAccountResultName,
    /// Details of the result.
    pub service_event_details: CreateAccountDetails,
}

/// The name of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CreateAccountResultName {
    /// A request to create an account is over.
    CreateAccountResult,
}

/// Wraps the state of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAccountDetails {
    /// The state of the request.
    pub create_account_status: CreateAccountStatus,
}

/// The state of a request to create an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAccountStatus {
    /// Id of the request, `car-…`.
    pub id: String,
    /// `SUCCEEDED` or `FAILED`.
    pub state: String,
    /// The account, on success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The reason of a failure; AWS may add others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}

/// The detail of the event that a request to close an account is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseAccountResult {
    /// `CloseAccountResult`.
    pub event_name: CloseAccountResultName,
    /// Details of the result.
    pub service_event_details: CloseAccountDetails,
}

/// The name of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CloseAccountResultName {
    /// A request to close an account is over.
    CloseAccountResult,
}

/// Wraps the state of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseAccountDetails {
    /// The state of the request.
    pub close_account_status: CloseAccountStatus,
}

/// The state of a request to close an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseAccountStatus {
    /// The account.
    pub account_id: AccountId,
    /// `SUCCEEDED` or `FAILED`.
    pub state: String,
}
