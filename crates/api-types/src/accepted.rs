//! The answer to a request for a change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::Operation;

use crate::TenantView;

/// A request for a change that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedView {
    /// The tenant after it; absent where the request did not change the desired state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantView>,
    /// The operation that carries it out; absent when there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// Where the request has less effect than it seems to, in sentences: fields that are only stored, or that apply later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
