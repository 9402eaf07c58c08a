//! Blueprints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tenancy::{
    Blueprint, BlueprintRef, PublishedBlueprint, Timestamp,
    blueprint::{Retirement, Version},
    cost::IdleCost,
};

/// Where a blueprint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlueprintOrigin {
    /// It comes with tenantry.
    #[default]
    BuiltIn,
    /// Somebody published it in this deployment.
    Published,
}

/// Whether a blueprint takes new tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlueprintState {
    /// It does.
    #[default]
    Available,
    /// It keeps its tenants and takes no new ones.
    Retired,
}

/// A blueprint, where it comes from and whether it takes new tenants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlueprintView {
    /// What it says, with everything that it took over filled in.
    #[serde(flatten)]
    pub blueprint: Blueprint,
    /// Where it comes from.
    #[serde(default)]
    pub origin: BlueprintOrigin,
    /// Whether it takes new tenants.
    #[serde(default)]
    pub state: BlueprintState,
    /// The blueprint that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<BlueprintRef>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// When and by whom it was retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retirement>,
    /// What a tenant that chooses nothing costs in a month in which nobody uses it, in the home Region of the deployment, at list
    /// prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_cost: Option<IdleCost>,
}

/// A blueprint to publish, as `docs/blueprint.schema.json` describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlueprintRequest {
    /// Its name, which is not that of a built-in blueprint.
    #[schemars(regex(pattern = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"))]
    pub name: String,
    /// Its version.
    pub version: Version,
    /// For whom it is, in a sentence.
    #[schemars(length(min = 1, max = 200))]
    pub description: String,
    /// The blueprint whose settings and open fields hold where this one says nothing, by name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<BlueprintRef>,
    /// What a tenant gets. Required unless the blueprint extends another.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// What a tenant's spec may choose.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub open: Map<String, Value>,
}

impl From<Blueprint> for BlueprintView {
    fn from(blueprint: Blueprint) -> Self {
        Self {
            blueprint,
            origin: BlueprintOrigin::BuiltIn,
            state: BlueprintState::Available,
            extends: None,
            published_by: None,
            published_at: None,
            retired: None,
            idle_cost: None,
        }
    }
}

impl From<PublishedBlueprint> for BlueprintView {
    fn from(published: PublishedBlueprint) -> Self {
        let state = match published.retired {
            Some(_) => BlueprintState::Retired,
            None => BlueprintState::Available,
        };
        Self {
            origin: BlueprintOrigin::Published,
            state,
            extends: published.extends,
            published_by: Some(published.published_by),
            published_at: Some(published.published_at),
            retired: published.retired,
            ..published.blueprint.into()
        }
    }
}
