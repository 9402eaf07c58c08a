//! Who may do what, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::access::{GrantId, Grantee, Role, Scope, SelfService};

/// A question about a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainRequest {
    /// Who: as in a grant, or a session of a role by its ARN.
    #[schemars(length(min = 1, max = 600))]
    pub principal: String,
    /// Groups of the person, as the provider would say; up to 100, of 255 bytes at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 255)))]
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
    /// Who, as grants name it.
    pub principal: Grantee,
    /// What was asked about, where grants name it otherwise: a session is its role, and a path is no part of a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduced_from: Option<String>,
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
    pub would_allow: Vec<WouldView>,
}

/// A role that would allow something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WouldView {
    /// The role.
    pub role: Role,
    /// Where it would have to be held.
    pub scope: Scope,
    /// What the tenant's blueprint would have to open besides (`selfService`); absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_opened: Option<SelfService>,
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
