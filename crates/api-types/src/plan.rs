//! Plans and previews.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Spec, Timestamp, cost::IdleCost, finding::Difference};

use crate::AcceptedView;

/// What would be changed in a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Each change, in words.
    pub items: Vec<Difference>,
    /// When the tenant was last observed; absent for one that never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// What the tenant costs in a month in which nobody uses it, once it is as its spec asks, at list prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_cost: Option<IdleCost>,
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
    /// What the tenant will cost in a month in which nobody uses it, at list prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_cost: Option<IdleCost>,
    /// What it costs now, of a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_cost_before: Option<IdleCost>,
    /// What does not follow from the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// When the tenant was last observed, of a change: the plan is made from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// The answer to a change that writes nothing: there was nothing to change, or the caller only wanted to see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum UnchangedView {
    /// With `dry-run`: what would be changed.
    Preview(Box<PreviewView>),
    /// The tenant has this spec already.
    Accepted(Box<AcceptedView>),
}
