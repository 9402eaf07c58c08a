//! What planning a network must hold.

mod convergence;
mod drift;
mod leaving;
mod others;

use std::{collections::BTreeMap, sync::Arc};

use ipnet::Ipv4Net;
use tenancy::{
    DesiredState, EffectiveSpec, Egress, Region,
    blueprint::{Catalog, PasswordPolicy, TrailKind},
};

use super::*;
use crate::{
    component::Change,
    declared::{Key, Observed, State, write},
    desired::{Deployment, Home},
    imagine::{Imagined, imagine_until_settled},
};

pub const HOME: &str = "eu-central-1";

pub fn region() -> Region {
    HOME.parse().unwrap()
}

/// What the simplest blueprint comes to.
fn plain(region: &Region) -> EffectiveSpec {
    let reference: tenancy::BlueprintRef = "sandbox@1.0.0".parse().unwrap();
    let spec = serde_json::json!({"slug": "acme", "name": "Acme", "blueprint": reference});
    let regions = [region.clone()];
    let catalog = Catalog::built_in().unwrap();
    let blueprint = catalog.find(&reference).unwrap();
    blueprint
        .resolve(&serde_json::from_value(spec).unwrap(), &regions, region)
        .unwrap()
}

pub fn desired(egress: Egress, zones: u8) -> Desired {
    let region = region();
    let tenant = "t-0123456789abcdef".parse();
    Desired {
        tenant: tenant.unwrap_or_else(|_| tenancy::TenantId::from_random([7; 10])),
        generation: 1,
        slug: "acme".parse().unwrap(),
        name: "Acme".into(),
        email: "aws+acme@example.com".parse().unwrap(),
        desired_state: DesiredState::Present,
        home: Home::Tenants,
        account: "222222222222".parse().ok(),
        spec: EffectiveSpec {
            blueprint: "standard@1.0.0".parse().unwrap(),
            regions: vec![region.clone()],
            network: true,
            guard: true,
            availability_zones: zones,
            egress,
            cidr_prefix: 20,
            flow_log_retention_days: 90,
            trail: TrailKind::Tenant,
            trail_retention_days: 365,
            password_policy: PasswordPolicy {
                minimum_length: 14,
                reuse_prevention: 24,
            },
            tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
            cost_center: "4711".into(),
            ..plain(&region)
        },
        cidrs: BTreeMap::from([(region.clone(), "10.7.16.0/20".parse::<Ipv4Net>().unwrap())]),
        deployment: Arc::new(Deployment {
            bootstrap_role: "OrganizationAccountAccessRole".into(),
            organization_id: "o-example".into(),
            onboard_role_arn: "arn:aws:iam::111111111111:role/onboard".into(),
            audit_role_arn: "arn:aws:iam::111111111111:role/audit".into(),
            offboard_role_arn: "arn:aws:iam::111111111111:role/offboard".into(),
            credentials_role_arn: "arn:aws:iam::111111111111:role/credentials".into(),
            access_role_arn: "arn:aws:iam::111111111111:role/access".into(),
            allowed_regions: vec![region],
            management_account: "111111111111".into(),
            installation: "111111111111/tenantry".into(),
            bus_arn: "arn:aws:events:eu-central-1:111111111111:event-bus/tenantry".into(),
            name_prefix: String::new(),
            prices: tenancy::cost::Prices::built_in().unwrap(),
        }),
        components: crate::Components(crate::table::BASELINE),
        outputs: crate::outputs::Outputs::default(),
        without_network: None,
        retired_tags: Default::default(),
        retired_keys: Default::default(),
        refused_sessions: Default::default(),
        recorded: crate::Recorded::default(),
    }
}

/// The same tenant, as the ledger knows it once this was built.
pub fn recorded(desired: &Desired, seen: &Observation) -> Desired {
    let resources = Network::resources(desired, seen);
    Desired {
        recorded: crate::Recorded::new([(Network::NAME, resources)]),
        ..desired.clone()
    }
}

pub fn leaving(desired: &Desired) -> Desired {
    Desired {
        desired_state: DesiredState::Absent,
        ..desired.clone()
    }
}

pub fn settle(desired: &Desired, seen: Observation) -> Imagined<Network> {
    let imagined = imagine_until_settled::<Network>(desired, seen);
    assert!(imagined.converged, "planning did not converge");
    imagined
}

/// A network as it is built from nothing.
pub fn built(desired: &Desired) -> Observation {
    settle(desired, Observation::default()).seen
}

pub fn keys(desired: &Desired, seen: &Observation) -> Vec<String> {
    let plan = Network::plan(desired, seen);
    let mut keys: Vec<String> = plan.changes.iter().map(Change::key).collect();
    keys.sort();
    keys
}

pub fn inventory(seen: &mut Observation) -> &mut RegionInventory {
    seen.regions.get_mut(&region()).unwrap()
}

/// The changes of parts in a plan.
pub fn parts(changes: &[NetworkChange]) -> impl Iterator<Item = &PartChange> {
    changes.iter().filter_map(|change| match change {
        NetworkChange::Part(part) => Some(part),
        NetworkChange::Resource(_) => None,
    })
}

/// The fields of a declared resource that is there.
pub fn resource<'a>(seen: &'a mut Observation, key: &Key) -> &'a mut State {
    match seen.resources.0.get_mut(key) {
        Some(Observed::Present(state)) => state,
        other => panic!("{other:?}"),
    }
}

/// The id of a part.
pub fn id(seen: &Observation, part: &str) -> String {
    Network::resources(&desired(Egress::None, 1), seen)[&format!("{HOME}.{part}")].clone()
}
