//! What may be seen of a built component that is not as wanted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    declared::{self, Compare, Kind, Observed},
    desired::Desired,
    network::{Observation, Peer, Rule, Tags},
};

/// Kinds whose resources are rows of one table, each permitted as the others are: two of them are enough.
const ALIKE: [&str; 2] = ["alarm", "metric-filter"];

/// One sight for each field of each resource: lost, and with something foreign in it.
pub(super) fn resources(
    seen: &declared::Observation,
    kinds: &BTreeMap<&'static str, &'static Kind>,
) -> Vec<declared::Observation> {
    let mut sights = Vec::new();
    let mut alike = BTreeMap::from(ALIKE.map(|kind| (kind, 0)));
    for (key, observed) in &seen.0 {
        let (Observed::Present(state), Some(kind)) = (observed, kinds.get(key.kind)) else {
            continue;
        };
        if let Some(count) = alike.get_mut(key.kind) {
            *count += 1;
            if *count > 2 {
                continue;
            }
        }
        let mut put = |change: &dyn Fn(&mut declared::State)| {
            let mut state = state.clone();
            change(&mut state);
            let mut sight = seen.clone();
            sight.0.insert(key.clone(), Observed::Present(state));
            sights.push(sight);
        };
        for field in kind.fields {
            // Whose a resource is, is told by its tags.
            let lost = match (field.name, state.get(field.name)) {
                ("tags", Some(tags)) => owner_alone(tags),
                // What keeps AWS from deleting it.
                ("protected", _) => json!(true),
                ("replicas", _) => json!("eu-west-3"),
                (_, Some(Value::Bool(on))) => json!(!on),
                (_, Some(Value::Array(_))) => json!([]),
                (_, Some(Value::Object(_))) if field.compare == Compare::Entries => json!({}),
                (_, Some(Value::String(_))) => json!("something else"),
                (_, Some(Value::Number(_))) => json!(1),
                _ => Value::Null,
            };
            put(&|state| {
                state.insert(field.name.into(), lost.clone());
            });
            if field.compare == Compare::Entries {
                put(&|state| foreign(state, field.name));
            }
        }
        let mut sight = seen.clone();
        sight.0.remove(key);
        sights.push(sight);
    }
    sights
}

fn owner_alone(tags: &Value) -> Value {
    let mut tags = tags.clone();
    if let Some(tags) = tags.as_object_mut() {
        tags.retain(|key, _| key == tenancy::names::TAG_TENANT);
    }
    tags
}

fn foreign(state: &mut declared::State, field: &str) {
    match state.entry(field.to_owned()).or_insert(json!([])) {
        Value::Array(entries) => entries.push(json!("arn:aws:iam::aws:policy/AdministratorAccess")),
        Value::Object(entries) => {
            entries.insert("foreign".into(), json!({}));
        }
        _ => {}
    }
}

/// One sight for each part: lost, untagged, and disconnected or opened where that can be.
pub(super) fn networks(desired: &Desired, seen: &Observation) -> Vec<Observation> {
    let mut sights = Vec::new();
    for (region, inventory) in &seen.regions {
        let mut put = |change: &dyn Fn(&mut crate::network::RegionInventory)| {
            let mut sight = seen.clone();
            change(sight.regions.get_mut(region).unwrap());
            sights.push(sight);
        };
        let ids: Vec<String> = inventory.all().map(|item| item.id().to_owned()).collect();
        for id in &ids {
            put(&|inventory| inventory.forget(id));
            put(&|inventory| {
                if let Some(tags) = inventory.tags_of(id) {
                    *tags = Tags::from([(
                        tenancy::names::TAG_TENANT.to_owned(),
                        desired.tenant.to_string(),
                    )]);
                }
            });
        }
        put(&|inventory| {
            for vpc in &mut inventory.vpcs {
                (vpc.dns_support, vpc.dns_hostnames) = (Some(false), Some(false));
            }
        });
        put(&|inventory| inventory.gateways.iter_mut().for_each(|one| one.vpc = None));
        put(&|inventory| {
            inventory
                .tables
                .iter_mut()
                .for_each(|one| one.subnets.clear())
        });
        put(&|inventory| {
            for table in &mut inventory.tables {
                table.default_route = Some("eni-own".into());
            }
        });
        put(&|inventory| {
            inventory
                .endpoints
                .iter_mut()
                .for_each(|one| one.tables.clear())
        });
        put(&|inventory| {
            inventory
                .flow_logs
                .iter_mut()
                .for_each(|one| one.active = false)
        });
        put(&|inventory| {
            for group in &mut inventory.groups {
                group.ingress = [Rule::all(Peer::V4("0.0.0.0/0".into()))].into();
                group.egress.clear();
            }
        });
    }
    sights
}
