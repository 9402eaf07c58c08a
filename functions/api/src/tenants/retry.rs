//! Retrying a tenant now, such as after a person resolved what it was parked for.

use api_types::AcceptedView;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::TenantRetryRequested;
use http::StatusCode;
use tenancy::Tenant;
use tenantry_aws::ledger::NewEntry;

use crate::{
    App,
    body::NoBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
};

/// `POST /v1/tenants/{id}/retry`
pub async fn retry(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    if tenant.closed_at.is_some() {
        return Err(Refusal::leaving());
    }
    note(&app, &call, &tenant).await?;
    app.ledger.mark_due(&tenant.id, call.at).await?;
    app.announce(TenantRetryRequested::new(&tenant.id, call.at))
        .await;
    let operations = app.ledger.operations(&tenant.id).await?;
    let tenant = app.ledger.tenant(&tenant.id).await?;
    let view = AcceptedView {
        tenant: Some(views::tenant(tenant, &app.deployment)),
        operation: operations.into_iter().find(|o| !o.state.is_final()),
    };
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

async fn note(app: &App, call: &Call, tenant: &Tenant) -> Result<(), Refusal> {
    let mut details = serde_json::Map::new();
    details.insert("requestId".to_owned(), call.request_id().into());
    let entry = NewEntry {
        actor: call.actor.clone(),
        action: "retry-requested".to_owned(),
        summary: "a retry was requested".to_owned(),
        details,
    };
    app.ledger
        .append_history(&tenant.id, None, &[entry], call.at)
        .await?;
    Ok(())
}
