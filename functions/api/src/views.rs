//! From the ledger's records to what goes out.

use api_types::{OperationView, PageView, TenantView};
use tenancy::{EffectiveSpec, Tenant, validate::Deployment};
use tenantry_aws::ledger::{Page, Progress};

/// A tenant under what this deployment allows.
pub fn tenant(tenant: Tenant, deployment: &Deployment) -> TenantView {
    let effective = effective_spec(&tenant, deployment);
    TenantView::new(tenant, effective)
}

/// A tenant in a list: its components have their states alone, and where its people sign in is not shown.
pub fn listed(tenant: Tenant, deployment: &Deployment) -> TenantView {
    TenantView {
        sign_in_url: None,
        ..self::tenant(tenant, deployment)
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
