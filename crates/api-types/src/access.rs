//! Who may do what, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::access::{GrantId, Grantee, Role, Scope};

/// A question about a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainRequest {
    /// Who.
    pub principal: Grantee,
    /// Groups of the person, as the provider would say; up to 90.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 90))]
    pub groups: Vec<String>,
    /// An operation, by its name in the OpenAPI document.
    #[schemars(length(max = 100))]
    pub action: String,
    /// `installation`, a tenant by id or slug, or a tenant, `/` and a project.
    #[schemars(length(max = 100))]
    pub resource: String,
}

/// A decision, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainView {
    /// Who.
    pub principal: Grantee,
    /// The operation.
    pub action: String,
    /// What it acts on.
    pub resource: Scope,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The policies that permit it; none for a refusal, for nothing is permitted by default.
    pub policies: Vec<String>,
    /// The roles it rests on.
    pub because: Vec<HeldView>,
    /// The roles that would allow it, each at the narrowest scope.
    pub would_allow: Vec<HeldView>,
}

/// A role that is held somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// The grant that gives it; absent for the first operators, whom a parameter of the installation names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
}
