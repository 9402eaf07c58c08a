//! Suppressions of findings.

use api_types::{PageView, SuppressionView};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use baseline::catalogue;
use serde_json::Value;
use tenancy::{
    FieldError, Suppression, TenantId, Timestamp,
    suppression::{NewSuppression, SuppressionId},
    validate::quoted,
};
use tenantry_aws::ledger::Request;

use crate::{
    App, answer,
    body::{JsonBody, NoBody},
    call::{Call, now},
    query::{PathWithin, Query, TenantPath},
    refusal::Refusal,
};

/// `GET /v1/tenants/{id}/suppressions`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Json<PageView<SuppressionView>>, Refusal> {
    query.done()?;
    let id = app.tenant_id(&key).await?;
    all(&app, &id).await
}

async fn all(app: &App, id: &TenantId) -> Result<Json<PageView<SuppressionView>>, Refusal> {
    let at = now();
    let posture = app.ledger.posture(id).await?;
    let all = posture.rows.suppressions.into_iter();
    Ok(Json(PageView::whole(
        all.map(|one| view(one, at)).collect(),
    )))
}

fn view(suppression: Suppression, at: Timestamp) -> SuppressionView {
    SuppressionView {
        expired: !suppression.is_live(at),
        suppression,
    }
}

/// `PUT /v1/tenants/{id}/suppressions`
pub async fn set(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&body);
    if let Some(again) = again(&app, &request).await? {
        return Ok(again);
    }
    let wanted = NewSuppression::read(&body, call.at).map_err(Refusal::invalid)?;
    if catalogue::find(&wanted.control).is_none() {
        let detail = format!("there is no control {}", quoted(wanted.control.as_str()));
        let allowed = "the id of a control of this release (docs/controls.md)";
        let error = FieldError::new("control", detail, allowed);
        return Err(Refusal::invalid(vec![error]));
    }
    let id = app.tenant_id(&key).await?;
    let suppression = wanted.by(&call.actor, call.at);
    let is_repetition = app.ledger.suppress(&id, &suppression, &request).await?;
    // The same request, sent twice, was faster on its other way.
    if is_repetition && let Some(again) = again(&app, &request).await? {
        return Ok(again);
    }
    tracing::info!(tenant.id = %id, control.id = %suppression.control, "a finding was suppressed");
    Ok(Json(view(suppression, call.at)).into_response())
}

/// The answer to an earlier request with the same key.
async fn again(app: &App, request: &Request) -> Result<Option<Response>, Refusal> {
    let earlier = app.ledger.remembered_answer(request).await?;
    let earlier = earlier.and_then(|earlier| serde_json::from_value(earlier).ok());
    Ok(earlier.map(|suppression| {
        let mut response = Json(view(suppression, request.at)).into_response();
        answer::mark_replayed(&mut response);
        response
    }))
}

/// `DELETE /v1/tenants/{id}/suppressions/{suppression}`
pub async fn end(
    State(app): State<App>,
    PathWithin(key, SuppressionId(suppression)): PathWithin<SuppressionId>,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let id = app.tenant_id(&key).await?;
    let request = call.request(&Value::Null);
    let ended = app.ledger.end_suppression(&id, &suppression, &request);
    let is_repetition = ended.await?;
    let mut response = all(&app, &id).await?.into_response();
    if is_repetition {
        answer::mark_replayed(&mut response);
    }
    Ok(response)
}
