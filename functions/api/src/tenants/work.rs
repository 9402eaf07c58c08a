//! Requesting an audit or a repair.

use axum::{extract::State, response::Response};
use events::{Event, TenantAuditRequested, TenantRepairRequested};
use serde_json::Value;
use tenancy::{OperationKind, validate::TenantKey};

use crate::{
    App, answer,
    body::NoBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// `POST /v1/tenants/{id}/audits`
pub async fn audit(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    start(&app, &key, &call, OperationKind::Audit, |tenant| {
        TenantAuditRequested::new(tenant, call.at).into()
    })
    .await
}

/// `POST /v1/tenants/{id}/repair`
pub async fn repair(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    start(&app, &key, &call, OperationKind::Repair, |tenant| {
        TenantRepairRequested::new(tenant, call.at).into()
    })
    .await
}

async fn start(
    app: &App,
    key: &TenantKey,
    call: &Call,
    kind: OperationKind,
    event: impl FnOnce(&tenancy::TenantId) -> Event,
) -> Result<Response, Refusal> {
    let request = call.request(&Value::Null);
    if let Some(earlier) = app.ledger.replayed(&request).await? {
        return Ok(answer::started(earlier));
    }
    let tenant = app.tenant(key).await?;
    call.check_version(tenant.spec_version)?;
    let operation = call.operation(&tenant, kind);
    let accepted = app.ledger.request_operation(&operation, &request).await?;
    if !accepted.replayed {
        app.announce(event(&tenant.id)).await;
    }
    Ok(answer::started(accepted))
}
