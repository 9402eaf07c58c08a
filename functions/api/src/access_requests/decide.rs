//! Deciding about requests for access.

use api_types::ProblemKind;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::Value;
use tenancy::access::{
    AccessRequest, AccessRequestId, Decision, DenyAccessRequest, GrantId, Identity, NotDecided,
};

use super::{absent, sees_all};
use crate::{
    App, answer,
    authorization::Permitted,
    body::{JsonBody, NoBody},
    call::Call,
    query::{PathWithin, Query},
    refusal::Refusal,
};

/// `POST /v1/tenants/{id}/access-requests/{request}/approve`
pub async fn approve(
    State(app): State<App>,
    PathWithin(key, id): PathWithin<AccessRequestId>,
    permitted: Permitted,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&Value::Null);
    if let Some(again) = answer::kept(&app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let tenant = app.tenant_id(&key).await?;
    let found = app.ledger.access_request(&tenant, &id).await?;
    let would_be = GrantId::from_random(rand::random());
    let would_give = found.granting(would_be.clone(), call.actor.clone(), call.at);
    let decision = Decision {
        grants: app.grants_behind(&permitted, &would_give),
        ..decision(&permitted, &call, true, None)
    };
    decided_by_others(&found, &decision)?;
    app.may_grant(&permitted, &would_give)?;
    app.earlier_approvals_count(&found, &would_give).await?;
    let approve = |now: &AccessRequest| now.approve(decision.clone(), would_be.clone());
    let decided = app
        .ledger
        .decide_access_request(&tenant, &id, "approved", &request, approve);
    let (after, grant) = decided.await?;
    if grant.is_some() {
        app.access.forget();
    }
    tracing::info!(request.id = %id, request.state = after.state.as_str(), "a request for access was approved");
    app.announce_decided(&after, grant.as_ref(), &call).await;
    Ok(Json(after).into_response())
}

/// `POST /v1/tenants/{id}/access-requests/{request}/deny`
pub async fn deny(
    State(app): State<App>,
    PathWithin(key, id): PathWithin<AccessRequestId>,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(again) = answer::kept(&app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let wanted = DenyAccessRequest::read(&body).map_err(Refusal::invalid)?;
    let tenant = app.tenant_id(&key).await?;
    let found = app.ledger.access_request(&tenant, &id).await?;
    let decision = decision(&permitted, &call, false, Some(wanted.reason));
    decided_by_others(&found, &decision)?;
    let would_give = found.granting(
        GrantId::from_random(rand::random()),
        call.actor.clone(),
        call.at,
    );
    app.may_grant(&permitted, &would_give)?;
    let deny = |now: &AccessRequest| Ok((now.deny(decision.clone())?, None));
    let decided = app
        .ledger
        .decide_access_request(&tenant, &id, "denied", &request, deny);
    let (after, _) = decided.await?;
    tracing::info!(request.id = %id, "a request for access was denied");
    app.announce_decided(&after, None, &call).await;
    Ok(Json(after).into_response())
}

/// `POST /v1/tenants/{id}/access-requests/{request}/cancel`
pub async fn cancel(
    State(app): State<App>,
    PathWithin(key, id): PathWithin<AccessRequestId>,
    permitted: Permitted,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&Value::Null);
    if let Some(again) = answer::kept(&app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let tenant = app.tenant_id(&key).await?;
    let found = app.ledger.access_request(&tenant, &id).await?;
    let own = permitted.principal.itself();
    if found.principal != own {
        return Err(match sees_all(&app, &permitted) {
            true => Refusal::new(ProblemKind::FORBIDDEN, NotDecided::NotOwn.to_string())
                .with_remedy("Deny it instead."),
            false => absent(&id),
        });
    }
    let cancel = |now: &AccessRequest| Ok((now.cancel(&own, call.at)?, None));
    let decided = app
        .ledger
        .decide_access_request(&tenant, &id, "canceled", &request, cancel);
    let (after, _) = decided.await?;
    app.announce_decided(&after, None, &call).await;
    Ok(Json(after).into_response())
}

fn decision(
    permitted: &Permitted,
    call: &Call,
    approved: bool,
    reason: Option<String>,
) -> Decision {
    let Identity { principal, name } = Identity::of(&permitted.principal);
    Decision {
        approved,
        by: call.actor.clone(),
        principal,
        name,
        grants: Vec::new(),
        at: call.at,
        reason,
    }
}

/// Nobody decides about a request of his or her own. Said first, whatever has become of the request.
fn decided_by_others(request: &AccessRequest, decision: &Decision) -> Result<(), Refusal> {
    match decision.decider().may_be(&request.requester()) {
        false => Ok(()),
        true => Err(
            Refusal::new(ProblemKind::FORBIDDEN, NotDecided::Own.to_string())
                .with_remedy("Have another person decide, or take the request back."),
        ),
    }
}
