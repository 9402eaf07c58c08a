//! Retrying a tenant now, such as after a person resolved what it was parked for.

use axum::{extract::State, response::Response};
use events::TenantRetryRequested;
use serde_json::Value;
use tenantry_aws::ledger::Accepted;

use crate::{
    App, answer,
    body::NoBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
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
    let request = call.request(&Value::Null);
    let accepted = match app.ledger.replayed(&request).await? {
        Some(earlier) => earlier,
        None => {
            let tenant = app.tenant(&key).await?;
            call.check_version(tenant.spec_version)?;
            let summary = "a retry was requested";
            app.ledger
                .request_retry(&tenant.id, summary, &request)
                .await?
        }
    };
    if !accepted.replayed {
        app.announce(TenantRetryRequested::new(&accepted.tenant.id, call.at))
            .await;
    }
    let operations = app.ledger.operations(&accepted.tenant.id).await?;
    let open = operations.into_iter().find(|o| !o.state.is_final());
    let accepted = Accepted {
        operation: open,
        ..accepted
    };
    Ok(answer::resumed(accepted, &app).await)
}
