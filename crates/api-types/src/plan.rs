//! Plans and previews.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Spec, Timestamp, finding::Difference};

/// What would be changed in a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Each change, in words.
    pub items: Vec<Difference>,
    /// When the tenant was last observed; absent for one that never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// What a spec would result in. Nothing was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// The spec with the blueprint's version pinned.
    pub spec: Spec,
    /// With everything filled in.
    pub effective_spec: EffectiveSpec,
    /// Each change that would be made, in words.
    pub plan: Vec<Difference>,
}
