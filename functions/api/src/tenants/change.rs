//! Changing what is wanted of a tenant.

use api_types::PreviewView;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::TenantSpecChanged;
use serde_json::{Value, json};
use tenancy::{
    EffectiveSpec, FieldError, OperationKind, Spec, Tenant, Usd,
    cost::idle_cost,
    spec,
    validate::{self, Checked, TenantKey},
};
use tenantry_aws::ledger::{Accepted, LedgerError, Request, ensure_present};

use crate::{
    App, answer,
    body::{JsonBody, NoBody},
    call::Call,
    plan,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
};

/// How often a change is made anew because another one was faster.
const ATTEMPTS: usize = 4;

/// `PATCH /v1/tenants/{id}`
pub async fn change(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    mut query: Query,
    JsonBody(patch): JsonBody,
) -> Result<Response, Refusal> {
    let dry_run = query.flag("dry-run");
    query.done()?;
    match dry_run {
        true => preview(&app, &key, &call, &patch).await,
        false => carried_out(&app, &key, &call, &patch).await,
    }
}

/// `PUT /v1/tenants/{id}/budget`
pub async fn set_budget(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(budget): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    // A merge patch of nothing would leave what there is.
    if budget.get("monthlyUsd").is_none_or(Value::is_null) {
        let error = FieldError::new("monthlyUsd", "is required", Usd::ALLOWED);
        return Err(Refusal::invalid(vec![error]));
    }
    carried_out(&app, &key, &call, &json!({ "budget": budget })).await
}

/// `DELETE /v1/tenants/{id}/budget`
pub async fn remove_budget(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    carried_out(&app, &key, &call, &json!({ "budget": null })).await
}

async fn carried_out(
    app: &App,
    key: &TenantKey,
    call: &Call,
    patch: &Value,
) -> Result<Response, Refusal> {
    let request = call.request(patch);
    // A repetition comes first: the version it was made for is history by now.
    if let Some(earlier) = app.ledger.replayed(&request).await? {
        return Ok(answer::accepted(earlier, app).await);
    }
    for _ in 0..ATTEMPTS {
        match attempt(app, key, call, patch, &request).await? {
            Ok((accepted, notes)) => {
                if accepted.operation.is_some() && !accepted.replayed {
                    app.announce(TenantSpecChanged::new(&accepted.tenant.id, call.at))
                        .await;
                }
                return Ok(answer::noted(accepted, notes, app).await);
            }
            Err(current) if call.if_match.is_some() => {
                return Err(Refusal::version_mismatch(current));
            }
            Err(_) => {}
        }
    }
    Err(Refusal::concurrent())
}

/// The tenant that a change is about, and its spec after it.
async fn checked(
    app: &App,
    key: &TenantKey,
    call: &Call,
    patch: &Value,
) -> Result<(Tenant, Checked), Refusal> {
    let tenant = app.tenant(key).await?;
    ensure_present(&tenant)?;
    call.check_version(tenant.spec_version)?;
    let deployment = app
        .offering_for(patch, Some(&tenant.spec.blueprint))
        .await?;
    let checked = validate::changed(&tenant.spec, patch, &deployment).map_err(Refusal::invalid)?;
    Ok((tenant, checked))
}

/// What the tenant's spec comes to now.
async fn effective(app: &App, tenant: &Tenant) -> Option<EffectiveSpec> {
    let deployment = app.knowing(&tenant.spec.blueprint).await;
    views::effective_spec(tenant, &deployment)
}

/// What does not follow from a change, of the spec or of the blueprint.
fn notes(before: &Spec, effective: Option<&EffectiveSpec>, after: &Checked) -> Vec<String> {
    let mut notes = spec::notes(Some(before), &after.spec);
    let moved = effective.filter(|effective| effective.blueprint != after.effective.blueprint);
    let moved = moved.map(|before| spec::notes_of_move(before, &after.effective));
    for note in moved.unwrap_or_default() {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// What the change would do. Nothing is written.
async fn preview(
    app: &App,
    key: &TenantKey,
    call: &Call,
    patch: &Value,
) -> Result<Response, Refusal> {
    let (tenant, checked) = checked(app, key, call, patch).await?;
    let before = effective(app, &tenant).await;
    let mut changed = tenant.clone();
    changed.retire_tags(&checked.spec);
    changed.spec = checked.spec.clone();
    let (from, to) = ((&tenant, before.as_ref()), (&changed, &checked.effective));
    let plan = plan::of_change(app, from, to).await?;
    let view = PreviewView {
        notes: notes(&tenant.spec, before.as_ref(), &checked),
        idle_cost: Some(idle_cost(&checked.effective, &app.prices)),
        idle_cost_before: before.map(|spec| idle_cost(&spec, &app.prices)),
        plan,
        as_of: plan::observed_at(&tenant),
        spec: checked.spec,
        effective_spec: checked.effective,
    };
    let mut response = Json(view).into_response();
    answer::tag(&mut response, tenant.spec_version);
    Ok(response)
}

/// One try; the inner error is the version the tenant is at when another change was faster.
async fn attempt(
    app: &App,
    key: &TenantKey,
    call: &Call,
    patch: &Value,
    request: &Request,
) -> Result<Result<(Accepted, Vec<String>), u64>, Refusal> {
    let (tenant, checked) = checked(app, key, call, patch).await?;
    let operation = call.operation(&tenant, OperationKind::Update);
    let version = Some(tenant.spec_version);
    let changed = app
        .ledger
        .change_spec(&tenant.id, version, &checked.spec, &operation, request)
        .await;
    match changed {
        Ok(accepted) => {
            let before = effective(app, &tenant).await;
            let notes = notes(&tenant.spec, before.as_ref(), &checked);
            Ok(Ok((accepted, notes)))
        }
        Err(LedgerError::VersionMismatch { current }) => Ok(Err(current)),
        Err(other) => Err(other.into()),
    }
}
