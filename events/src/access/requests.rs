//! Events about requests for access for a time: one was made, and what became of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    TenantId,
    access::{AccessRequest, AccessRequestId, GrantId, Grantee, RequestState, Role, Scope},
};

use crate::V1;

/// A role was requested for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequested {
    /// Version of this event.
    pub version: V1,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The request.
    pub request: AccessRequestId,
    /// Who asks.
    pub principal: Grantee,
    /// What for.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// For how many seconds.
    pub duration_secs: u32,
    /// Why.
    pub reason: String,
    /// Where it is written about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// How many have to approve.
    pub approvals_needed: u32,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it expires, unless it is decided.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
    /// What happened, in a sentence.
    pub summary: String,
}

/// A request for access was approved, denied or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessRequestDecided {
    /// Version of this event.
    pub version: V1,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The request.
    pub request: AccessRequestId,
    /// Who asked.
    pub principal: Grantee,
    /// What for.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// `approved`, `denied` or `canceled`.
    pub state: RequestState,
    /// Who decided last.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The grant that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// When that grant ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub access_ends_at: Option<Timestamp>,
    /// What happened, in a sentence.
    pub summary: String,
}

impl AccessRequested {
    /// The event.
    pub fn new(request: &AccessRequest) -> Self {
        Self {
            version: V1,
            tenant_id: request.tenant_id.clone(),
            request: request.id.clone(),
            principal: request.principal.clone(),
            role: request.role,
            scope: request.scope.clone(),
            duration_secs: request.duration_secs,
            reason: request.reason.clone(),
            ticket: request.ticket.clone(),
            approvals_needed: request.approvals_needed,
            at: request.requested_at,
            expires_at: request.expires_at,
            summary: format!("`{}` at `{}` was requested", request.role, request.scope),
        }
    }
}

impl AccessRequestDecided {
    /// The event that `by` decided about it last.
    pub fn new(request: &AccessRequest, by: &str, at: Timestamp) -> Self {
        let state = request.state;
        Self {
            version: V1,
            tenant_id: request.tenant_id.clone(),
            request: request.id.clone(),
            principal: request.principal.clone(),
            role: request.role,
            scope: request.scope.clone(),
            state,
            by: by.to_owned(),
            at,
            grant: request.grant.clone(),
            access_ends_at: request.access_ends_at,
            summary: format!(
                "the request for `{}` at `{}` was {}",
                request.role,
                request.scope,
                state.as_str()
            ),
        }
    }
}
