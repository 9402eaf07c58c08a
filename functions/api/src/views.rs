//! From the ledger's records to what goes out.

use api_types::{OperationView, PageView, TenantSummaryView, TenantView};
use tenancy::{
    EffectiveSpec, Tenant,
    cost::{Prices, idle_cost},
    validate::Deployment,
};
use tenantry_aws::ledger::{Page, Progress, TenantSummary};

/// A tenant under what a deployment allows that knows its blueprint.
pub fn tenant(tenant: Tenant, deployment: &Deployment, prices: &Prices) -> TenantView {
    let effective = effective_spec(&tenant, deployment);
    let idle_cost = effective.as_ref().map(|spec| idle_cost(spec, prices));
    TenantView {
        idle_cost,
        ..TenantView::new(tenant, effective)
    }
}

/// A tenant in a list. Where its spec names no Region, it is in that of this deployment.
pub fn listed(tenant: TenantSummary, deployment: &Deployment) -> TenantSummaryView {
    let home = || vec![deployment.home_region.clone()];
    TenantSummaryView {
        id: tenant.id,
        slug: tenant.slug,
        name: tenant.name,
        phase: tenant.phase,
        blueprint: tenant.blueprint,
        regions: tenant.regions.unwrap_or_else(home),
        tags: tenant.tags,
        group: tenant.group,
        desired_state: tenant.desired_state,
        spec_version: tenant.spec_version,
        generation: tenant.generation,
        account_id: tenant.account_id,
        open_operations: tenant.open_operations,
        open_findings: tenant.open_findings,
        open_drift: tenant.open_drift,
        created_at: tenant.created_at,
        ready_at: tenant.ready_at,
        closed_at: tenant.closed_at,
    }
}

/// What a tenant's spec comes to; `None` when its blueprint or a Region is no longer on offer.
pub fn effective_spec(tenant: &Tenant, deployment: &Deployment) -> Option<EffectiveSpec> {
    let blueprint = deployment.catalog.find(&tenant.spec.blueprint)?;
    let (allowed, home) = (&deployment.allowed_regions, &deployment.home_region);
    blueprint.resolve(&tenant.spec, allowed, home).ok()
}

/// A page, each item converted by `view`.
pub fn page<T, U>(page: Page<U>, view: impl FnMut(U) -> T) -> PageView<T> {
    PageView {
        items: page.items.into_iter().map(view).collect(),
        next_cursor: page.next_cursor,
    }
}

/// An operation and its progress.
pub fn operation(progress: Progress) -> OperationView {
    OperationView {
        operation: progress.operation,
        phase: progress.tenant.phase(),
        components: progress.tenant.components,
    }
}
