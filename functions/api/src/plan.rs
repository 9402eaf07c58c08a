//! What would be changed, from the last observation: the API has no right to observe by itself.

use std::{net::Ipv4Addr, sync::Arc};

use api_types::PlanView;
use axum::{Json, extract::State};
use baseline::{Deployment, Desired, Home};
use ipnet::Ipv4Net;
use tenancy::{DesiredState, EffectiveSpec, FindingState, Region, Tenant, finding::Difference};

use crate::{
    App, bounded,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
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
) -> Result<Json<PlanView>, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let items = if tenant.components.is_empty() {
        views::effective_spec(&tenant, &app.deployment)
            .map(|spec| from_nothing(&tenant, &spec))
            .unwrap_or_default()
    } else {
        last_observed(&app, &tenant).await?
    };
    let as_of = tenant
        .components
        .values()
        .map(|component| component.since)
        .chain(tenant.audited_at)
        .max();
    let items = bounded::first(items);
    Ok(Json(PlanView { items, as_of }))
}

/// Everything that would be created for a tenant that no pass has worked on. Networks that are not allocated yet are shown
/// with an example block of the right size.
pub fn from_nothing(tenant: &Tenant, spec: &EffectiveSpec) -> Vec<Difference> {
    let block = |region: &Region| {
        let example =
            Ipv4Net::new(Ipv4Addr::new(10, 0, 0, 0), spec.cidr_prefix).unwrap_or_default();
        tenant.cidrs.get(region).copied().unwrap_or(example)
    };
    let desired = Desired {
        tenant: tenant.id.clone(),
        generation: tenant.generation,
        slug: tenant.spec.slug.clone(),
        name: tenant.spec.account_name().to_owned(),
        email: tenant.account_email.clone(),
        desired_state: DesiredState::Present,
        home: Home::Tenants,
        account: None,
        cidrs: spec
            .regions
            .iter()
            .map(|region| (region.clone(), block(region)))
            .collect(),
        spec: spec.clone(),
        deployment: Arc::new(stand_in(spec)),
        components: baseline::Components(baseline::BASELINE),
        outputs: baseline::Outputs::default(),
        without_network: None,
        retired_tags: Default::default(),
        recorded: baseline::Recorded::default(),
    };
    baseline::preview(&desired)
}

/// The API knows nothing of roles and the organization, and a plan in words does not need them.
fn stand_in(spec: &EffectiveSpec) -> Deployment {
    let role = |function: &str| format!("arn:aws:iam::000000000000:role/tenantry-{function}");
    Deployment {
        organization_id: "o-0000000000".into(),
        bootstrap_role: "OrganizationAccountAccessRole".into(),
        onboard_role_arn: role("onboard"),
        audit_role_arn: role("audit"),
        offboard_role_arn: role("offboard"),
        allowed_regions: spec.regions.clone(),
        management_account: "000000000000".into(),
        installation: "000000000000/tenantry".into(),
        name_prefix: String::new(),
    }
}

/// The differences that the last observation left open.
async fn last_observed(app: &App, tenant: &Tenant) -> Result<Vec<Difference>, Refusal> {
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
