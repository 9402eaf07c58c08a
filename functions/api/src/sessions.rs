//! Ending all sessions of a person: of a lost machine, of somebody who has left.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::Value;
use tenancy::{
    TenantId,
    session::{EndSessions, SessionsEnded},
};

use crate::{
    App, answer,
    body::JsonBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// `POST /v1/people/end-sessions`
pub async fn end(
    State(app): State<App>,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    ended(&app, &call, None, &body).await
}

/// `POST /v1/tenants/{id}/people/end-sessions`
pub async fn end_in_tenant(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    ended(&app, &call, Some(&tenant), &body).await
}

async fn ended(
    app: &App,
    call: &Call,
    tenant: Option<&TenantId>,
    body: &Value,
) -> Result<Response, Refusal> {
    let request = call.request(body);
    if let Some(again) = answer::kept(app, &request, StatusCode::OK).await? {
        return Ok(again);
    }
    let wanted = EndSessions::read(body, tenant).map_err(Refusal::invalid)?;
    let ends = match tenant {
        Some(tenant) => app.end_of_sessions_in(tenant, call).await?,
        None => None,
    };
    let ended = SessionsEnded {
        principal: wanted.principal,
        reason: wanted.reason,
        ended_by: call.actor.clone(),
        ended_at: call.at,
        operation: ends.as_ref().map(|operation| operation.id.clone()),
    };
    let ledger = &app.ledger;
    let recorded = ledger.end_sessions(&ended, ends.as_ref(), &request);
    let ended = recorded.await?;
    app.alive.forget();
    app.announce_end_of_sessions(ends.as_ref()).await;
    // Of the installation's people, the log is the record that stays.
    tracing::warn!(
        person = %ended.principal,
        reason = ended.reason,
        by = ended.ended_by,
        "all sessions of a person were ended"
    );
    Ok(Json(ended).into_response())
}
