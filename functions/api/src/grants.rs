//! Grants: creating, listing and revoking them, at the installation, in a tenant and in a project.

use access::{Question, Refused};
use api_types::ProblemKind;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::{AccessGranted, AccessRevoked};
use http::StatusCode;
use serde_json::Value;
use tenancy::{
    FieldError, Slug,
    access::{Grant, GrantId, Grantee, NewGrant, Revocation, Scope},
};

use crate::{
    App, answer,
    authorization::Permitted,
    body::{JsonBody, NoBody},
    bounded,
    call::Call,
    query::{NamePath, PathWithin, Query, TenantPath, within},
    refusal::Refusal,
    views,
};

/// `GET /v1/grants`
pub async fn list(State(app): State<App>, query: Query) -> Result<Response, Refusal> {
    listed(&app, &Scope::Installation, query).await
}

/// `GET /v1/tenants/{id}/grants`
pub async fn list_of_tenant(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Response, Refusal> {
    let tenant = app.tenant_id(&key).await?;
    listed(&app, &Scope::Tenant(tenant), query).await
}

/// `GET /v1/tenants/{id}/projects/{slug}/grants`
pub async fn list_of_project(
    State(app): State<App>,
    PathWithin(key, slug): PathWithin<Slug>,
    query: Query,
) -> Result<Response, Refusal> {
    let tenant = app.tenant_id(&key).await?;
    app.ledger.project(&tenant, &slug).await?;
    listed(&app, &Scope::Project(tenant, slug), query).await
}

async fn listed(app: &App, at: &Scope, mut query: Query) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let page = app.ledger.grants(at, fit.limit, cursor.as_deref());
        let page = views::page(page.await?, |grant| grant);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

/// `POST /v1/grants`
pub async fn give(
    State(app): State<App>,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    given(&app, &permitted, &call, &Scope::Installation, &body).await
}

/// `POST /v1/tenants/{id}/grants`
pub async fn give_in_tenant(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    given(&app, &permitted, &call, &Scope::Tenant(tenant), &body).await
}

/// `POST /v1/tenants/{id}/projects/{slug}/grants`
pub async fn give_in_project(
    State(app): State<App>,
    PathWithin(key, slug): PathWithin<Slug>,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    let at = Scope::Project(tenant, slug);
    given(&app, &permitted, &call, &at, &body).await
}

async fn given(
    app: &App,
    permitted: &Permitted,
    call: &Call,
    at: &Scope,
    body: &Value,
) -> Result<Response, Refusal> {
    let request = call.request(body);
    if let Some(again) = answer::kept(app, &request, StatusCode::CREATED).await? {
        return Ok(again);
    }
    let wanted = NewGrant::read(body, at.level(), call.at).map_err(Refusal::invalid)?;
    let scope = match (at, wanted.project) {
        (Scope::Tenant(tenant), Some(project)) => Scope::Project(tenant.clone(), project),
        (at, _) => at.clone(),
    };
    let grant = Grant {
        id: GrantId::from_random(rand::random()),
        principal: wanted.principal,
        role: wanted.role,
        scope,
        reason: wanted.reason,
        granted_by: call.actor.clone(),
        granted_at: call.at,
        expires_at: wanted.expires_at,
        request: None,
    };
    app.may_grant(permitted, &grant)?;
    app.ledger.give(&grant, &request).await?;
    app.access.forget();
    tracing::info!(grant.id = %grant.id, grant.scope = %grant.scope, "a grant was given");
    app.announce(AccessGranted::new(&grant)).await;
    Ok((StatusCode::CREATED, Json(grant)).into_response())
}

/// `DELETE /v1/grants/{id}`
pub async fn revoke(
    State(app): State<App>,
    NamePath(id): NamePath,
    permitted: Permitted,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let at = Scope::Installation;
    revoked(&app, &permitted, &call, &at, &within(&id)?).await
}

/// `DELETE /v1/tenants/{id}/grants/{grant}`
pub async fn revoke_in_tenant(
    State(app): State<App>,
    PathWithin(key, id): PathWithin<GrantId>,
    permitted: Permitted,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    revoked(&app, &permitted, &call, &Scope::Tenant(tenant), &id).await
}

/// `DELETE /v1/tenants/{id}/projects/{slug}/grants/{grant}`
pub async fn revoke_in_project(
    State(app): State<App>,
    PathWithin(_, id): PathWithin<GrantId>,
    permitted: Permitted,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let at = permitted.resource.clone();
    revoked(&app, &permitted, &call, &at, &id).await
}

async fn revoked(
    app: &App,
    permitted: &Permitted,
    call: &Call,
    at: &Scope,
    id: &GrantId,
) -> Result<Response, Refusal> {
    let request = call.request(&Value::Null);
    if let Some(again) = answer::kept(app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let grant = app.ledger.grant(at.tenant(), id).await?;
    // Of a project beside, nobody learns by its administrator.
    if !at.contains(&grant.scope) {
        return Err(Refusal::not_found(format!("there is no grant `{id}`")));
    }
    app.may_revoke(permitted, &grant)?;
    let ends = app.end_of_sessions(&grant, call).await?;
    let ledger = &app.ledger;
    let revoked = ledger.revoke(at.tenant(), id, ends.as_ref(), &request);
    let revocation: Revocation = revoked.await?;
    app.access.forget();
    tracing::info!(grant.id = %id, grant.scope = %grant.scope, "a grant was revoked");
    app.announce(AccessRevoked::new(&revocation)).await;
    app.announce_end_of_sessions(ends.as_ref()).await;
    Ok(Json(revocation).into_response())
}

impl App {
    /// Whether somebody may give this grant: at most what they hold.
    pub(crate) fn may_grant(&self, permitted: &Permitted, grant: &Grant) -> Result<(), Refusal> {
        let (given, until) = ((grant.role, &grant.scope), grant.expires_at);
        let question = question(permitted, &grant.scope);
        let may = self
            .access
            .engine()
            .may_grant(&question, &grant.principal, given, until);
        may.map_err(|refused| not_granted(&refused, &grant.principal))
    }

    /// Whether somebody may revoke this grant: only what they could give.
    fn may_revoke(&self, permitted: &Permitted, grant: &Grant) -> Result<(), Refusal> {
        let question = question(permitted, &grant.scope);
        let given = (grant.role, &grant.scope);
        let engine = self.access.engine();
        let may = engine.may_revoke(&question, given, grant.expires_at);
        may.map_err(|refused| {
            Refusal::new(ProblemKind::FORBIDDEN, refused.to_string())
                .with_remedy("Ask somebody who holds as much, for as long.")
        })
    }
}

fn question<'a>(permitted: &'a Permitted, scope: &'a Scope) -> Question<'a> {
    Question {
        principal: &permitted.principal,
        held: &permitted.held,
        action: "",
        resource: scope,
        self_service: &[],
    }
}

fn not_granted(refused: &Refused, grantee: &Grantee) -> Refusal {
    let detail = refused.to_string();
    match refused {
        Refused::OutsideItsTenant => Refusal::invalid(vec![FieldError::new(
            "principal",
            format!("`{grantee}`: {detail}"),
            "somebody of the installation's provider, or of this tenant's",
        )]),
        Refused::ToOneself => Refusal::new(ProblemKind::FORBIDDEN, detail)
            .with_remedy("Have another person give it, or open a session with a reason."),
        Refused::MoreThanHeld { .. } | Refused::LongerThanHeld => {
            Refusal::new(ProblemKind::FORBIDDEN, detail)
                .with_remedy("Give less, or for a shorter time, or ask somebody who holds it.")
        }
    }
}
