//! Suppressions of findings.

use api_types::{PageView, SuppressionView};
use axum::{Json, extract::State};
use serde_json::Value;
use tenancy::{
    Suppression, TenantId, Timestamp,
    suppression::{NewSuppression, SuppressionId},
};

use crate::{
    App,
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
) -> Result<Json<SuppressionView>, Refusal> {
    query.done()?;
    let wanted = NewSuppression::read(&body, call.at).map_err(Refusal::invalid)?;
    let id = app.tenant_id(&key).await?;
    let suppression = wanted.by(&call.actor, call.at);
    let request = call.request(&body);
    app.ledger.suppress(&id, &suppression, &request).await?;
    tracing::info!(tenant.id = %id, control.id = %suppression.control, "a finding was suppressed");
    Ok(Json(view(suppression, call.at)))
}

/// `DELETE /v1/tenants/{id}/suppressions/{suppression}`
pub async fn end(
    State(app): State<App>,
    PathWithin(key, SuppressionId(suppression)): PathWithin<SuppressionId>,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Json<PageView<SuppressionView>>, Refusal> {
    query.done()?;
    let id = app.tenant_id(&key).await?;
    let request = call.request(&Value::Null);
    app.ledger
        .end_suppression(&id, &suppression, &request)
        .await?;
    all(&app, &id).await
}
