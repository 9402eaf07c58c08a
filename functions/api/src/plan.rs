//! What would be changed, from the last observation: the API has no right to observe by itself.

use std::{net::Ipv4Addr, sync::Arc};

use api_types::PlanView;
use axum::{Json, extract::State};
use baseline::{Deployment, Desired, Home, Recorded};
use ipnet::Ipv4Net;
use tenancy::{
    DesiredState, EffectiveSpec, FindingState, Region, Tenant, Timestamp,
    cost::{Prices, idle_cost},
    finding::Difference,
};

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
    let deployment = app.knowing(&tenant.spec.blueprint).await;
    let spec = views::effective_spec(&tenant, &deployment);
    let items = if tenant.components.is_empty() {
        spec.as_ref()
            .map(|spec| from_nothing(&app, &tenant, spec))
            .unwrap_or_default()
    } else {
        last_observed(&app, &tenant).await?
    };
    let as_of = observed_at(&tenant);
    let items = bounded::first(items);
    Ok(Json(PlanView {
        items,
        as_of,
        idle_cost: spec.map(|spec| idle_cost(&spec, &app.prices)),
    }))
}

/// Everything that would be created for a tenant that no pass has worked on. Networks that are not allocated yet are shown
/// with an example block of the right size.
pub fn from_nothing(app: &App, tenant: &Tenant, spec: &EffectiveSpec) -> Vec<Difference> {
    baseline::preview(&desired(app, tenant, spec))
}

/// Everything that a change would do to a tenant that matches its spec; what the last observation left open beside.
pub async fn of_change(
    app: &App,
    (tenant, before): (&Tenant, Option<&EffectiveSpec>),
    (changed, after): (&Tenant, &EffectiveSpec),
) -> Result<Vec<Difference>, Refusal> {
    let Some(before) = before.filter(|_| !tenant.components.is_empty()) else {
        return Ok(bounded::first(from_nothing(app, changed, after)));
    };
    let before = desired(app, tenant, before);
    let after = desired(app, changed, after);
    let mut items = baseline::preview_change(&before, &after);
    for open in last_observed(app, tenant).await? {
        if !is_settled_by(&items, &open) {
            items.push(open);
        }
    }
    Ok(bounded::first(items))
}

/// Whether a change of the plan leaves nothing of an open finding: it sets the same field, or deletes the resource.
fn is_settled_by(items: &[Difference], open: &Difference) -> bool {
    let same_component = items.iter().filter(|item| item.component == open.component);
    let mut keys = same_component.map(|item| item.key.as_str());
    keys.any(|key| {
        let rest = open.key.strip_prefix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// When the tenant was last observed.
pub fn observed_at(tenant: &Tenant) -> Option<Timestamp> {
    let components = tenant.components.values();
    let observed = components.map(|component| component.since);
    observed.chain(tenant.audited_at).max()
}

fn desired(app: &App, tenant: &Tenant, spec: &EffectiveSpec) -> Desired {
    let block = |region: &Region| {
        let example =
            Ipv4Net::new(Ipv4Addr::new(10, 0, 0, 0), spec.cidr_prefix).unwrap_or_default();
        tenant.cidrs.get(region).copied().unwrap_or(example)
    };
    let components = tenant.components.iter();
    Desired {
        tenant: tenant.id.clone(),
        generation: tenant.generation,
        slug: tenant.spec.slug.clone(),
        name: tenant.spec.account_name().to_owned(),
        email: tenant.account_email.clone(),
        desired_state: DesiredState::Present,
        home: Home::Tenants,
        account: tenant.account_id.clone(),
        cidrs: spec
            .regions
            .iter()
            .map(|region| (region.clone(), block(region)))
            .collect(),
        spec: spec.clone(),
        deployment: Arc::new(stand_in(app, spec)),
        components: baseline::Components(baseline::BASELINE),
        outputs: baseline::Outputs::default(),
        without_network: None,
        retired_tags: tenant.retired_tags.clone(),
        retired_keys: tenant.retired_keys.clone(),
        refused_sessions: tenant.refused_sessions.clone(),
        recorded: Recorded::new(components.map(|(name, status)| (*name, status.resources.clone()))),
    }
}

/// The API knows nothing of roles and the organization, and a plan in words does not need them.
fn stand_in(app: &App, spec: &EffectiveSpec) -> Deployment {
    let role = |function: &str| format!("arn:aws:iam::000000000000:role/tenantry-{function}");
    Deployment {
        organization_id: "o-0000000000".into(),
        bus_arn: "arn:aws:events:us-east-1:000000000000:event-bus/tenantry".into(),
        bootstrap_role: "OrganizationAccountAccessRole".into(),
        onboard_role_arn: role("onboard"),
        audit_role_arn: role("audit"),
        offboard_role_arn: role("offboard"),
        credentials_role_arn: role("credentials"),
        access_role_arn: role("access"),
        allowed_regions: spec.regions.clone(),
        management_account: "000000000000".into(),
        installation: "000000000000/tenantry".into(),
        name_prefix: String::new(),
        prices: Prices::clone(&app.prices),
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

#[cfg(test)]
mod tests {
    use tenancy::{ComponentName, Severity, finding::Repair};

    use super::*;

    fn difference(key: &str) -> Difference {
        Difference {
            key: key.into(),
            component: ComponentName::KEY_PAIR,
            resource: String::new(),
            field: String::new(),
            wanted: String::new(),
            found: String::new(),
            severity: Severity::Low,
            remedy: String::new(),
            repair: Repair::Tenantry,
        }
    }

    #[test]
    fn an_open_finding_of_what_a_change_drops_is_not_in_its_preview() {
        let items = [difference("eu-central-1.key-pair"), difference("role.x")];
        for (key, settled) in [
            ("eu-central-1.key-pair", true),
            ("eu-central-1.key-pair.fingerprint", true),
            ("eu-central-1.key-pairs.tags", false),
            ("us-east-1.key-pair.fingerprint", false),
        ] {
            assert_eq!(is_settled_by(&items, &difference(key)), settled, "{key}");
        }
        let mut other = difference("eu-central-1.key-pair.fingerprint");
        other.component = ComponentName::KEYS;
        assert!(!is_settled_by(&items, &other));
    }
}
