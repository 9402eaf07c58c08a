//! Trying a tenant again now, such as after a person removed what it was parked for.

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
    problem::Problem,
    query::{Query, TenantPath},
    views::{AcceptedView, TenantView},
};

/// `POST /v1/tenants/{id}/retry`
pub async fn retry(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Problem> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    if tenant.closed_at.is_some() {
        return Err(Problem::leaving());
    }
    note(&app, &call, &tenant).await?;
    app.ledger.mark_due(&tenant.id, call.at).await?;
    app.announce(TenantRetryRequested::new(&tenant.id, call.at))
        .await;
    let operations = app.ledger.operations(&tenant.id).await?;
    let tenant = app.ledger.tenant(&tenant.id).await?;
    let view = AcceptedView {
        tenant: Some(TenantView::of(tenant, &app.deployment)),
        operation: operations.into_iter().find(|o| !o.state.is_final()),
    };
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

async fn note(app: &App, call: &Call, tenant: &Tenant) -> Result<(), Problem> {
    let mut details = serde_json::Map::new();
    details.insert("requestId".to_owned(), call.request_id().into());
    let entry = NewEntry {
        actor: call.actor.clone(),
        action: "retry-requested".to_owned(),
        summary: "another try was asked for".to_owned(),
        details,
    };
    app.ledger
        .append_history(&tenant.id, None, &[entry], call.at)
        .await?;
    Ok(())
}
