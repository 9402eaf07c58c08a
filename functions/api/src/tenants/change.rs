//! Changing what is wanted of a tenant.

use axum::{extract::State, response::Response};
use events::TenantSpecChanged;
use serde_json::Value;
use tenancy::{
    DesiredState, OperationKind, spec,
    validate::{self, TenantKey},
};
use tenantry_aws::ledger::{Accepted, LedgerError, Request};

use crate::{
    App, answer,
    body::JsonBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// How often a change is made anew because another one was faster.
const ATTEMPTS: usize = 4;

/// `PATCH /v1/tenants/{id}`
pub async fn change(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(patch): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let request = call.request(&patch);
    // A repetition comes first: the version it was made for is history by now.
    if let Some(earlier) = app.ledger.replayed(&request).await? {
        return Ok(answer::accepted(earlier, &app.deployment));
    }
    for _ in 0..ATTEMPTS {
        match attempt(&app, &key, &call, &patch, &request).await? {
            Ok((accepted, notes)) => {
                if accepted.operation.is_some() && !accepted.replayed {
                    app.announce(TenantSpecChanged::new(&accepted.tenant.id, call.at))
                        .await;
                }
                return Ok(answer::noted(accepted, notes, &app.deployment));
            }
            Err(current) if call.if_match.is_some() => {
                return Err(Refusal::version_mismatch(current));
            }
            Err(_) => {}
        }
    }
    Err(Refusal::concurrent())
}

/// One try; the inner error is the version the tenant is at when another change was faster.
async fn attempt(
    app: &App,
    key: &TenantKey,
    call: &Call,
    patch: &Value,
    request: &Request,
) -> Result<Result<(Accepted, Vec<String>), u64>, Refusal> {
    let tenant = app.tenant(key).await?;
    if tenant.desired_state == DesiredState::Absent {
        return Err(Refusal::leaving());
    }
    call.check_version(tenant.spec_version)?;
    let checked =
        validate::changed(&tenant.spec, patch, &app.deployment).map_err(Refusal::invalid)?;
    let operation = call.operation(&tenant, OperationKind::Update);
    let version = Some(tenant.spec_version);
    let changed = app
        .ledger
        .change_spec(&tenant.id, version, &checked.spec, &operation, request)
        .await;
    match changed {
        Ok(accepted) => {
            let notes = spec::notes(Some(&tenant.spec), &checked.spec);
            Ok(Ok((accepted, notes)))
        }
        Err(LedgerError::VersionMismatch { current }) => Ok(Err(current)),
        Err(other) => Err(other.into()),
    }
}
