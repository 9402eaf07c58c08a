//! Events about access: a role was granted or revoked; access was requested, and what became of the request.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    TenantId,
    access::{Grant, GrantId, Grantee, Revocation, Role, Scope},
};

mod requests;

pub use self::requests::{AccessRequestDecided, AccessRequested};
use crate::V1;

/// A role was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessGranted {
    /// Version of this event.
    pub version: V1,
    /// The tenant it is granted in; absent: at the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The grant.
    pub grant: GrantId,
    /// Who holds it.
    pub principal: Grantee,
    /// The role.
    pub role: Role,
    /// Where it is held.
    pub scope: Scope,
    /// Who gave it.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// What happened, in a sentence.
    pub summary: String,
}

/// A grant was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessRevoked {
    /// Version of this event.
    pub version: V1,
    /// The tenant it was granted in; absent: at the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The grant.
    pub grant: GrantId,
    /// Who held it.
    pub principal: Grantee,
    /// The role.
    pub role: Role,
    /// Where it was held.
    pub scope: Scope,
    /// Who revoked it.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What happened, in a sentence.
    pub summary: String,
}

impl AccessGranted {
    /// The event.
    pub fn new(grant: &Grant) -> Self {
        Self {
            version: V1,
            tenant_id: grant.scope.tenant().cloned(),
            grant: grant.id.clone(),
            principal: grant.principal.clone(),
            role: grant.role,
            scope: grant.scope.clone(),
            by: grant.granted_by.clone(),
            at: grant.granted_at,
            expires_at: grant.expires_at,
            summary: format!("`{}` was granted at `{}`", grant.role, grant.scope),
        }
    }
}

impl AccessRevoked {
    /// The event.
    pub fn new(revocation: &Revocation) -> Self {
        let grant = &revocation.grant;
        Self {
            version: V1,
            tenant_id: grant.scope.tenant().cloned(),
            grant: grant.id.clone(),
            principal: grant.principal.clone(),
            role: grant.role,
            scope: grant.scope.clone(),
            by: revocation.revoked_by.clone(),
            at: revocation.revoked_at,
            summary: format!("`{}` at `{}` was revoked", grant.role, grant.scope),
        }
    }
}
