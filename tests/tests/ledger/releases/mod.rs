//! Ledgers that other releases wrote: read, and worked on without losing anything.

mod migrated;
mod next;
mod previous;

use tenancy::{ComponentName, ComponentStatus, Tenant};
use tenantry_aws::ledger::{TenantFilter, TenantSummary};

use crate::bench::Bench;

fn component(name: &str) -> ComponentName {
    ComponentName::from_stored(name).unwrap()
}

fn status<'a>(tenant: &'a Tenant, name: &str) -> &'a ComponentStatus {
    &tenant.components[&component(name)]
}

/// The word as it is shown.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .into()
}

async fn by_slug(bench: &Bench, slug: &str) -> Tenant {
    let slug = slug.parse().unwrap();
    bench.ledger.tenant_by_slug(&slug).await.unwrap()
}

/// Slug and phase of every tenant in the list.
async fn listed(bench: &Bench) -> Vec<(String, String)> {
    let all = TenantFilter::default();
    let page = bench.ledger.list_tenants(&all, 100, None).await.unwrap();
    let shown = |tenant: TenantSummary| (tenant.slug.to_string(), tenant.phase.as_str().into());
    page.items.into_iter().map(shown).collect()
}
