//! Deleting a tenant. It cannot be undone.

use axum::{extract::State, response::Response};
use events::TenantOffboardingRequested;
use serde_json::Value;
use tenancy::OperationKind;

use crate::{
    App, answer,
    body::NoBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// `DELETE /v1/tenants/{id}`
pub async fn remove(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&Value::Null);
    if let Some(earlier) = app.ledger.replayed(&request).await? {
        app.provider_secrets.delete(&earlier.tenant.id).await?;
        return Ok(answer::accepted(earlier, &app).await);
    }
    let tenant = app.tenant(&key).await?;
    let operation = call.operation(&tenant, OperationKind::Offboard);
    let accepted = app
        .ledger
        .request_departure(&tenant.id, call.if_match, &operation, &request)
        .await?;
    if !accepted.replayed {
        app.announce(TenantOffboardingRequested::new(&tenant.id, call.at))
            .await;
    }
    // Its provider is removed, and with it every session of its people; a repetition deletes what was left.
    app.provider_secrets.delete(&tenant.id).await?;
    Ok(answer::accepted(accepted, &app).await)
}
