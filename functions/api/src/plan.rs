//! What would change: from what was last seen, since the API has no right to look itself.

use axum::{Json, extract::State};
use tenancy::{EffectiveSpec, FindingState, Tenant, finding::Difference};

use crate::{
    App,
    problem::Problem,
    query::{Query, TenantPath},
    views::PlanView,
};

/// Findings are read in pages of this many.
const PAGE: usize = 100;
/// A plan has at most this many items; a tenant with more has other worries.
const MOST: usize = 1000;

/// `GET /v1/tenants/{id}/plan`
pub async fn show(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Json<PlanView>, Problem> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let items = if tenant.components.is_empty() {
        effective(&app, &tenant)
            .map(|spec| from_nothing(&app, &tenant, &spec))
            .unwrap_or_default()
    } else {
        last_seen(&app, &tenant).await?
    };
    let as_of = tenant
        .components
        .values()
        .map(|component| component.since)
        .chain(tenant.audited_at)
        .max();
    Ok(Json(PlanView { items, as_of }))
}

/// Everything that would be made for a tenant that nobody has worked on.
pub fn from_nothing(_app: &App, _tenant: &Tenant, _spec: &EffectiveSpec) -> Vec<Difference> {
    Vec::new()
}

/// The differences that the last look left open.
async fn last_seen(app: &App, tenant: &Tenant) -> Result<Vec<Difference>, Problem> {
    let mut items = Vec::new();
    let mut cursor = None;
    loop {
        let open = Some(FindingState::Open);
        let page = app
            .ledger
            .findings(&tenant.id, open, None, PAGE, cursor.as_deref())
            .await?;
        items.extend(page.items.into_iter().map(|finding| finding.difference));
        cursor = page.next_cursor;
        if cursor.is_none() || items.len() >= MOST {
            return Ok(items);
        }
    }
}

fn effective(app: &App, tenant: &Tenant) -> Option<EffectiveSpec> {
    let deployment = &app.deployment;
    let blueprint = deployment.catalog.find(&tenant.spec.blueprint)?;
    blueprint
        .resolve(
            &tenant.spec,
            &deployment.allowed_regions,
            &deployment.home_region,
        )
        .ok()
}
