//! Creating a tenant.

use std::collections::BTreeMap;

use api_types::{PreviewView, ProblemKind};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::TenantRequested;
use tenancy::{
    DesiredState, OperationKind, Spec, Tenant, TenantId, cost::idle_cost, history::GENESIS, spec,
    validate::Checked,
};
use tenantry_aws::ledger::LedgerError;

use crate::{App, answer, body::JsonBody, call::Call, plan, query::Query, refusal::Refusal};

/// `POST /v1/tenants`
pub async fn create(
    State(app): State<App>,
    call: Call,
    mut query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    let dry_run = query.flag("dry-run");
    query.done()?;
    // A repetition comes first: what the request asked for may no longer be offered.
    if !dry_run && let Some(earlier) = app.ledger.replayed(&call.request(&body)).await? {
        return Ok(answer::accepted(earlier, &app).await);
    }
    let deployment = app.offering_for(&body, None).await?;
    let checked = deployment.check(&body).map_err(Refusal::invalid)?;
    let tenant = fresh(&app, &call, checked.spec.clone())?;
    if dry_run {
        return preview(&app, &tenant, checked).await;
    }
    let operation = call.operation(&tenant, OperationKind::Onboard);
    let accepted = app
        .ledger
        .create_tenant(&tenant, &operation, &call.request(&body))
        .await?;
    if !accepted.replayed {
        app.announce(TenantRequested::new(&accepted.tenant.id, call.at))
            .await;
    }
    let notes = match accepted.replayed {
        true => Vec::new(),
        false => spec::notes(None, &checked.spec),
    };
    Ok(answer::noted(accepted, notes, &app).await)
}

async fn preview(app: &App, tenant: &Tenant, checked: Checked) -> Result<Response, Refusal> {
    let slug = &checked.spec.slug;
    match app.ledger.tenant_by_slug(slug).await {
        Err(LedgerError::NotFound { .. }) => {}
        Ok(_) => return Err(LedgerError::SlugTaken { slug: slug.clone() }.into()),
        Err(other) => return Err(other.into()),
    }
    let plan = plan::from_nothing(app, tenant, &checked.effective);
    let view = PreviewView {
        notes: spec::notes(None, &checked.spec),
        idle_cost: Some(idle_cost(&checked.effective, &app.prices)),
        spec: checked.spec,
        effective_spec: checked.effective,
        plan,
        idle_cost_before: None,
        as_of: None,
    };
    Ok(Json(view).into_response())
}

/// A tenant that no pass has worked on. Its id is random, so that two callers never get the same.
fn fresh(app: &App, call: &Call, spec: Spec) -> Result<Tenant, Refusal> {
    let id = TenantId::from_random(rand::random());
    let account_email = app.email_template.address(&id, 1).map_err(|error| {
        tracing::error!(error.detail = %error, "the e-mail template makes no address");
        Refusal::new(ProblemKind::INTERNAL, ProblemKind::INTERNAL.title)
    })?;
    Ok(Tenant {
        id,
        generation: 1,
        spec,
        spec_version: 1,
        desired_state: DesiredState::Present,
        account_email,
        account_id: None,
        cidrs: BTreeMap::new(),
        retired_tags: Default::default(),
        retired_keys: Default::default(),
        refused_sessions: Default::default(),
        components: BTreeMap::new(),
        open_operations: Vec::new(),
        open_findings: 0,
        open_drift: 0,
        created_at: call.at,
        created_by: call.actor.clone(),
        updated_at: call.at,
        ready_at: None,
        audited_at: None,
        due_at: Some(call.at),
        closed_at: None,
        history_length: 0,
        history_head: GENESIS.to_owned(),
        other: Default::default(),
    })
}
