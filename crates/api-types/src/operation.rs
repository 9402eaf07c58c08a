//! Operations.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{ComponentName, ComponentStatus, Operation, Phase};

/// An operation and its progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// The tenant's phase.
    pub phase: Phase,
    /// The tenant's components as last observed, by name.
    pub components: BTreeMap<ComponentName, ComponentStatus>,
}
