//! Taking a network away: all that is ours as far as others let us, and nothing that is not.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::{
    convergence::{disturbed, networks},
    *,
};

/// The tenant's own things, in our VPC and beside it, among them twins of ours without our tags.
pub fn strangers_move_in(inventory: &mut RegionInventory) {
    let Some(vpc) = inventory.vpcs.first().map(|vpc| vpc.id.clone()) else {
        return;
    };
    if inventory
        .subnets
        .iter()
        .any(|subnet| subnet.id == "own-subnet")
    {
        return;
    }
    let tags = Tags::from([("Name".to_owned(), "own".to_owned())]);
    inventory.vpcs.push(Vpc {
        id: "own-vpc".into(),
        cidr: "10.7.16.0/20".parse().unwrap(),
        dns_support: Some(true),
        dns_hostnames: Some(false),
        other_cidrs: BTreeSet::new(),
        internet_blocked: None,
        tags: tags.clone(),
    });
    inventory.subnets.push(Subnet {
        id: "own-subnet".into(),
        vpc: vpc.clone(),
        cidr: "10.7.31.0/24".parse().unwrap(),
        zone: format!("{HOME}a"),
        public_addresses: true,
        ipv6_addresses: false,
        tags: tags.clone(),
    });
    inventory.groups.push(Group {
        id: "own-group".into(),
        vpc: vpc.clone(),
        name: "own".into(),
        ingress: BTreeSet::from([Rule::all(Peer::V4("0.0.0.0/0".into()))]),
        egress: BTreeSet::new(),
        tags: tags.clone(),
    });
    inventory.tables.push(Table {
        id: "own-table".into(),
        vpc,
        main: false,
        default_route: Some("tgw-1".into()),
        routes: BTreeMap::from([("192.0.2.0/24".into(), "igw-own".into())]),
        subnets: BTreeMap::from([("own-association".into(), "own-subnet".into())]),
        tags: tags.clone(),
    });
    inventory.addresses.push(Address {
        id: "own-address".into(),
        association: None,
        tags,
    });
}

/// The tenant's own things that are there, with all that is known of them.
pub fn strangers(seen: &Observation) -> BTreeSet<String> {
    let all = seen.regions.values().flat_map(|inventory| {
        let vpcs = inventory
            .vpcs
            .iter()
            .map(|item| (&item.id, format!("{item:?}")));
        let subnets = inventory
            .subnets
            .iter()
            .map(|item| (&item.id, format!("{item:?}")));
        let groups = inventory
            .groups
            .iter()
            .map(|item| (&item.id, format!("{item:?}")));
        let tables = inventory
            .tables
            .iter()
            .map(|item| (&item.id, format!("{item:?}")));
        let addresses = inventory
            .addresses
            .iter()
            .map(|item| (&item.id, format!("{item:?}")));
        vpcs.chain(subnets)
            .chain(groups)
            .chain(tables)
            .chain(addresses)
    });
    all.filter(|(id, _)| id.starts_with("own-"))
        .map(|(_, words)| words)
        .collect()
}

#[test]
fn a_network_that_is_all_ours_goes_entirely() {
    for egress in [Egress::None, Egress::SingleNat, Egress::NatPerAz] {
        let desired = desired(egress, 3);
        let removed = settle(&leaving(&desired), built(&desired));
        assert!(Network::plan(&leaving(&desired), &removed.seen).is_settled());
        let inventory = &removed.seen.regions[&region()];
        assert_eq!(inventory.all().count(), 0, "{inventory:#?}");
        for key in [group_key(&region()), role_key()] {
            assert_eq!(removed.seen.resources.0[&key], Observed::Absent);
        }
    }
}

#[test]
fn the_vpc_goes_last() {
    let desired = desired(Egress::SingleNat, 2);
    let removed = settle(&leaving(&desired), built(&desired));
    let last = removed.changes.last().unwrap();
    assert!(
        matches!(
            last,
            NetworkChange::Part(PartChange {
                effect: Effect::Delete {
                    kind: Kind::Vpc,
                    ..
                },
                ..
            })
        ),
        "{last:?}"
    );
}

#[test]
fn addresses_and_subnets_wait_for_a_nat_gateway_that_is_going() {
    let desired = desired(Egress::SingleNat, 1);
    let mut seen = built(&desired);
    inventory(&mut seen).nats[0].state = NatState::Deleting;
    let plan = Network::plan(&leaving(&desired), &seen);
    assert_eq!(plan.waits.len(), 1);
    let address = id(&seen, "eip-a");
    let early = |change: &PartChange| match &change.effect {
        Effect::Delete {
            kind: Kind::Address,
            id,
        } => *id == address,
        Effect::Delete {
            kind: Kind::Subnet, ..
        } => change.part == "public-a",
        Effect::Connect(Connection::DetachGateway { .. }) => true,
        _ => false,
    };
    assert!(!parts(&plan.changes).any(early), "{plan:#?}");
}

#[test]
fn a_machine_of_the_tenants_keeps_its_subnet_and_the_vpc_and_nothing_waits_for_it() {
    let desired = desired(Egress::SingleNat, 2);
    let mut seen = built(&desired);
    let (vpc, subnet) = (id(&seen, "vpc"), id(&seen, "private-a"));
    let workload = id(&seen, "sg-workload");
    inventory(&mut seen).interfaces.push(Interface {
        id: "eni-own".into(),
        vpc: vpc.clone(),
        subnet: subnet.clone(),
        groups: BTreeSet::from([workload.clone()]),
        of_nat: false,
    });
    let removed = settle(&leaving(&desired), seen);
    assert!(Network::plan(&leaving(&desired), &removed.seen).is_settled());
    let inventory = &removed.seen.regions[&region()];
    let kept: BTreeSet<&str> = inventory.all().map(Resource::id).collect();
    assert!(kept.contains(vpc.as_str()) && kept.contains(subnet.as_str()));
    assert!(kept.contains(workload.as_str()));
    assert!(
        inventory.nats.is_empty()
            && inventory.addresses.is_empty()
            && inventory.endpoints.is_empty()
    );
    let words = Network::resources(&leaving(&desired), &removed.seen);
    assert_eq!(words[&format!("{HOME}.held-by-the-tenant")], "eni-own");
}

#[test]
fn a_role_to_which_another_tool_attached_a_policy_departs() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let attached = json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
    resource(&mut seen, &role_key()).insert("attached".into(), attached);
    let removed = settle(&leaving(&desired), seen);
    let of_role: Vec<String> = removed
        .changes
        .iter()
        .map(Change::key)
        .filter(|key| key.starts_with("flow-logs-role"))
        .collect();
    assert_eq!(of_role.last().unwrap(), "flow-logs-role");
    assert_eq!(of_role.len(), 3, "{of_role:?}");
    assert_eq!(removed.seen.resources.0[&role_key()], Observed::Absent);
}

#[test]
fn a_log_group_and_the_role_without_our_tag_stay() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let keys = [group_key(&region()), role_key()];
    for key in &keys {
        resource(&mut seen, key).insert("tags".into(), json!({}));
    }
    let removed = settle(&leaving(&desired), seen);
    for key in &keys {
        assert!(matches!(
            removed.seen.resources.0[key],
            Observed::Present(_)
        ));
    }
}

#[test]
fn a_dropped_region_is_emptied_unless_something_of_the_tenants_is_in_it() {
    let before = desired(Egress::None, 1);
    let mut after = before.clone();
    after.spec.regions = vec!["eu-west-1".parse().unwrap()];
    after.cidrs = BTreeMap::from([("eu-west-1".parse().unwrap(), "10.8.0.0/20".parse().unwrap())]);
    let mut seen = built(&before);
    let moved = settle(&after, seen.clone());
    assert_eq!(moved.seen.regions[&region()].all().count(), 0);
    strangers_move_in(inventory(&mut seen));
    let plan = Network::plan(&after, &seen);
    assert_eq!(plan.obstacles.len(), 1);
    let touched = |change: &&NetworkChange| change.key().starts_with(HOME);
    assert_eq!(plan.changes.iter().find(touched).map(Change::key), None);
}

proptest! {
    #[test]
    fn leaving_takes_only_what_carries_our_tags((egress, zones, done) in networks()) {
        let desired = desired(egress, zones);
        let mut seen = disturbed(&desired, &done);
        strangers_move_in(inventory(&mut seen));
        let owned: BTreeSet<String> = inventory(&mut seen)
            .all()
            .filter(|item| desired.owns(item.tags()))
            .map(|item| item.id().to_owned())
            .collect();
        let before = strangers(&seen);
        let removed = settle(&leaving(&desired), seen);
        prop_assert!(Network::plan(&leaving(&desired), &removed.seen).is_settled());
        prop_assert_eq!(before, strangers(&removed.seen));
        for part in parts(&removed.changes) {
            match &part.effect {
                Effect::Delete { id, .. } => prop_assert!(owned.contains(id), "{}", id),
                Effect::Connect(Connection::DetachGateway { gateway, .. }) => {
                    prop_assert!(owned.contains(gateway));
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
