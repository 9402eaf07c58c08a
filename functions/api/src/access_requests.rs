//! Requests for access: somebody asks for a role for a time, and others decide.
//!
//! # Guarantees
//! Nobody decides about his or her own request, and nobody approves or denies what he or she could not give; that holds of everybody
//! who approved at the time when the role is given. Whoever may not list grants sees his or her own requests, and of others not that
//! they are there.

mod decide;
mod earlier;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::{AccessGranted, AccessRequestDecided, AccessRequested};
use http::StatusCode;
use tenancy::{
    TenantId,
    access::{
        ANSWERED_WITHIN, AccessRequest, AccessRequestId, Approval, Grant, GrantId, Identity,
        NewAccessRequest, RequestState, Scope,
    },
};
use tenantry_aws::ledger::RequestFilter;

pub use self::decide::{approve, cancel, deny};
use crate::{
    App, answer,
    authorization::Permitted,
    body::JsonBody,
    bounded,
    call::Call,
    query::{PathWithin, Query, TenantPath},
    refusal::Refusal,
    views,
};

const STATES: &[(&str, RequestState)] = &[
    ("pending", RequestState::Pending),
    ("approved", RequestState::Approved),
    ("denied", RequestState::Denied),
    ("canceled", RequestState::Canceled),
    ("expired", RequestState::Expired),
];

/// `POST /v1/tenants/{id}/access-requests`
pub async fn request_access(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(again) = answer::kept(&app, &request, StatusCode::CREATED).await? {
        return Ok(again);
    }
    let wanted = NewAccessRequest::read(&body).map_err(Refusal::invalid)?;
    let tenant = app.tenant(&key).await?;
    let approval = app.approval(&tenant).await;
    let requested = new_request(&permitted, &call, &tenant.id, wanted, approval);
    let grant = (approval == Approval::Nobody).then(|| {
        let by = format!("the rule that {approval} has to approve");
        requested.granting(GrantId::from_random(rand::random()), by, call.at)
    });
    let requested = grant.iter().fold(requested, AccessRequest::granted);
    app.ledger
        .request_access(&requested, grant.as_ref(), &request)
        .await?;
    tracing::info!(request.id = %requested.id, request.scope = %requested.scope, "access was requested");
    app.announce(AccessRequested::new(&requested)).await;
    app.announce_decided(&requested, grant.as_ref(), &call)
        .await;
    Ok((StatusCode::CREATED, Json(requested)).into_response())
}

fn new_request(
    permitted: &Permitted,
    call: &Call,
    tenant: &TenantId,
    wanted: NewAccessRequest,
    approval: Approval,
) -> AccessRequest {
    let Identity { principal, name } = Identity::of(&permitted.principal);
    let expires_at = call.at.saturating_add(ANSWERED_WITHIN);
    AccessRequest {
        id: AccessRequestId::from_random(rand::random()),
        tenant_id: tenant.clone(),
        principal,
        name,
        requested_by: call.actor.clone(),
        role: wanted.role,
        scope: match wanted.project {
            Some(project) => Scope::Project(tenant.clone(), project),
            None => Scope::Tenant(tenant.clone()),
        },
        duration_secs: wanted.duration_secs,
        reason: wanted.reason,
        ticket: wanted.ticket,
        approvals_needed: approval.needed(),
        state: RequestState::Pending,
        decisions: Vec::new(),
        requested_at: call.at,
        expires_at: expires_at.unwrap_or(call.at),
        decided_at: None,
        grant: None,
        access_ends_at: None,
        other: Default::default(),
    }
}

/// `GET /v1/tenants/{id}/access-requests`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    permitted: Permitted,
    call: Call,
    mut query: Query,
) -> Result<Response, Refusal> {
    let state = query.word("state", STATES);
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    let own = permitted.principal.itself();
    let of = (!sees_all(&app, &permitted)).then_some(&own);
    let filter = RequestFilter { of, state };
    let mut fit = bounded::Fit::new(limit);
    loop {
        let from = (fit.limit, cursor.as_deref());
        let page = app.ledger.access_requests(&tenant, filter, from, call.at);
        let page = views::page(page.await?, |request| request);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

/// `GET /v1/tenants/{id}/access-requests/{request}`
pub async fn show(
    State(app): State<App>,
    PathWithin(key, id): PathWithin<AccessRequestId>,
    permitted: Permitted,
    call: Call,
    query: Query,
) -> Result<Json<AccessRequest>, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    let found = app.ledger.access_request(&tenant, &id).await?;
    if found.principal != permitted.principal.itself() && !sees_all(&app, &permitted) {
        return Err(absent(&id));
    }
    Ok(Json(found.at(call.at)))
}

impl App {
    /// Who has to approve requests for access to a tenant: as its blueprint says, and otherwise as the installation does.
    async fn approval(&self, tenant: &tenancy::Tenant) -> Approval {
        let deployment = self.knowing(&tenant.spec.blueprint).await;
        let blueprint = deployment.catalog.find(&tenant.spec.blueprint);
        let rule = blueprint.and_then(|blueprint| blueprint.settings.approval());
        rule.unwrap_or(self.access_approval)
    }

    /// Tells of a request that is not pending any more, and of the grant that it became.
    async fn announce_decided(&self, request: &AccessRequest, grant: Option<&Grant>, call: &Call) {
        if request.state == RequestState::Pending {
            return;
        }
        self.announce(AccessRequestDecided::new(request, &call.actor, call.at))
            .await;
        if let Some(grant) = grant {
            self.announce(AccessGranted::new(grant)).await;
        }
    }
}

fn sees_all(app: &App, permitted: &Permitted) -> bool {
    app.may(permitted, "listTenantGrants")
}

fn absent(id: &AccessRequestId) -> Refusal {
    Refusal::not_found(format!("there is no access request `{id}`"))
}
