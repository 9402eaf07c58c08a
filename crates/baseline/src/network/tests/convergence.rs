//! From whatever is seen, planning ends, and then wants nothing more; and it builds in as few rounds as it can.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use tenancy::{Failure, Next, names};

use super::*;

#[test]
fn a_network_with_one_nat_gateway_takes_four_rounds() {
    let built = settle(&desired(Egress::SingleNat, 2), Observation::default());
    assert_eq!(built.rounds, 4);
}

#[test]
fn a_network_without_egress_takes_three_rounds() {
    let built = settle(&desired(Egress::None, 2), Observation::default());
    assert_eq!(built.rounds, 3);
}

#[test]
fn what_was_built_wants_nothing_more() {
    for egress in [Egress::None, Egress::SingleNat, Egress::NatPerAz] {
        for zones in 1..=3 {
            let desired = desired(egress, zones);
            let plan = Network::plan(&desired, &built(&desired));
            assert!(plan.is_settled(), "{egress:?} {zones}: {plan:#?}");
        }
    }
}

#[test]
fn every_change_of_a_round_has_a_key_of_its_own() {
    let desired = desired(Egress::NatPerAz, 3);
    let built = settle(&desired, Observation::default());
    let keys: Vec<String> = built.changes.iter().map(Change::key).collect();
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "{keys:#?}");
}

#[test]
fn growing_from_one_zone_to_three_moves_nothing() {
    let small = built(&desired(Egress::None, 1));
    let grown = settle(&desired(Egress::None, 3), small.clone());
    let before = &small.regions[&region()].subnets;
    let after = &grown.seen.regions[&region()].subnets;
    assert_eq!(after.len(), 6);
    assert!(before.iter().all(|subnet| after.contains(subnet)));
}

#[test]
fn a_spec_with_fewer_zones_takes_no_subnet_away() {
    let large = built(&desired(Egress::NatPerAz, 3));
    assert!(keys(&desired(Egress::NatPerAz, 1), &large).is_empty());
}

#[test]
fn a_changed_egress_takes_what_is_not_wanted_any_more_away() {
    let many = built(&desired(Egress::NatPerAz, 2));
    let one = settle(&desired(Egress::SingleNat, 2), many);
    let home = &one.seen.regions[&region()];
    assert_eq!((home.nats.len(), home.addresses.len()), (1, 1));
    let none = settle(&desired(Egress::None, 2), one.seen);
    let home = &none.seen.regions[&region()];
    assert_eq!((home.nats.len(), home.addresses.len()), (0, 0));
    let fresh = built(&desired(Egress::None, 2)).regions;
    assert!(none.seen.regions == fresh || home.tables.len() == 4);
}

#[test]
fn a_nat_gateway_is_deleted_only_when_no_table_leads_to_it() {
    let many = built(&desired(Egress::NatPerAz, 2));
    let first = Network::plan(&desired(Egress::SingleNat, 2), &many);
    let effects: Vec<&Effect> = parts(&first.changes).map(|part| &part.effect).collect();
    assert!(
        matches!(
            effects[..],
            [Effect::Connect(Connection::SetDefaultRoute { .. })]
        ),
        "{effects:#?}"
    );
}

#[test]
fn a_pending_nat_gateway_is_waited_for_and_a_failed_one_is_made_anew() {
    let desired = desired(Egress::SingleNat, 1);
    let mut seen = built(&desired);
    let nat = id(&seen, "nat-a");
    inventory(&mut seen).nats[0].state = NatState::Pending;
    let plan = Network::plan(&desired, &seen);
    assert!(plan.changes.is_empty() && plan.waits.len() == 1);
    inventory(&mut seen).nats[0].state = NatState::Failed;
    let plan = Network::plan(&desired, &seen);
    let anew = parts(&plan.changes).any(|part| {
        matches!(&part.effect, Effect::Create(NewPart::Nat { earlier, .. }) if *earlier == [nat.clone()])
    });
    assert!(anew, "{plan:#?}");
}

#[test]
fn a_region_without_enough_zones_is_an_obstacle() {
    let mut seen = Observation::default();
    seen.regions.insert(
        region(),
        RegionInventory {
            zones: vec![format!("{HOME}a")],
            ..RegionInventory::default()
        },
    );
    let built = settle(&desired(Egress::None, 2), seen);
    let plan = Network::plan(&desired(Egress::None, 2), &built.seen);
    assert_eq!(plan.obstacles.len(), 1);
}

#[test]
fn default_vpcs_are_removed_where_they_are() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let elsewhere: Region = "us-east-1".parse().unwrap();
    let key = DefaultVpc::key(&elsewhere);
    let id = Some("vpc-default".into());
    let there = Observed::Present(write(&DefaultVpc { id }));
    seen.resources.0.insert(key.clone(), there);
    assert_eq!(keys(&desired, &seen), ["us-east-1.default-vpc"]);
    let severity = Network::plan(&desired, &seen).changes[0]
        .difference()
        .severity;
    assert_eq!(severity, tenancy::Severity::Medium);
    let removed = settle(&desired, seen.clone()).seen;
    assert_eq!(removed.resources.0[&key], Observed::Absent);
    let left = settle(&leaving(&desired), seen).seen;
    assert!(matches!(left.resources.0[&key], Observed::Present(_)));
}

#[test]
fn without_a_network_in_the_spec_nothing_is_planned() {
    let mut desired = desired(Egress::SingleNat, 2);
    desired.spec.network = false;
    assert!(Network::plan(&desired, &Observation::default()).is_settled());
}

/// Something done to a network behind our back.
#[derive(Debug, Clone)]
enum Disturbance {
    Lose(Index),
    Untag(Index),
    UntagOne(Index, Index),
    Open(Index, bool),
    Close(Index),
    Misroute(Index),
    Disassociate(Index),
    Detach,
    FailNat(Index),
    StopDns,
    Twin(Index),
    ForgetRetention,
    Strangers,
    Relabel(Index),
    Leak(Index),
    GiveOut(Index),
    Narrow,
    Deny(bool, i32),
}

fn disturbance() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        any::<Index>().prop_map(Disturbance::Lose),
        any::<Index>().prop_map(Disturbance::Untag),
        any::<(Index, Index)>().prop_map(|(item, tag)| Disturbance::UntagOne(item, tag)),
        any::<(Index, bool)>().prop_map(|(group, out)| Disturbance::Open(group, out)),
        any::<Index>().prop_map(Disturbance::Close),
        any::<Index>().prop_map(Disturbance::Misroute),
        any::<Index>().prop_map(Disturbance::Disassociate),
        Just(Disturbance::Detach),
        any::<Index>().prop_map(Disturbance::FailNat),
        Just(Disturbance::StopDns),
        any::<Index>().prop_map(Disturbance::Twin),
        Just(Disturbance::ForgetRetention),
        Just(Disturbance::Strangers),
        any::<Index>().prop_map(Disturbance::Relabel),
        any::<Index>().prop_map(Disturbance::Leak),
        any::<Index>().prop_map(Disturbance::GiveOut),
        Just(Disturbance::Narrow),
        (any::<bool>(), 99..102).prop_map(|(egress, number)| Disturbance::Deny(egress, number)),
    ]
}

fn disturb(seen: &mut Observation, disturbance: &Disturbance) {
    if let Disturbance::ForgetRetention = disturbance {
        resource(seen, &group_key(&region())).remove("retention");
        return;
    }
    let inventory = inventory(seen);
    let ids: Vec<String> = inventory.all().map(|item| item.id().to_owned()).collect();
    let pick = |index: &Index| {
        ids.get(index.index(ids.len().max(1)))
            .cloned()
            .unwrap_or_default()
    };
    match disturbance {
        // A VPC cannot go before what is in it.
        Disturbance::Lose(index) if !pick(index).contains(".vpc") => inventory.forget(&pick(index)),
        Disturbance::Lose(_) => {}
        Disturbance::Untag(index) => inventory.tags_of(&pick(index)).unwrap().clear(),
        Disturbance::UntagOne(index, tag) => {
            let tags = inventory.tags_of(&pick(index)).unwrap();
            let key = tags.keys().nth(tag.index(tags.len().max(1))).cloned();
            key.map(|key| tags.remove(&key));
        }
        Disturbance::Open(index, out) => {
            let count = inventory.groups.len().max(1);
            if let Some(group) = inventory.groups.get_mut(index.index(count)) {
                let rule = Rule::tcp(22, Peer::V4("0.0.0.0/0".into()));
                match out {
                    true => group.egress.insert(rule),
                    false => group.ingress.insert(rule),
                };
            }
        }
        Disturbance::Close(index) => {
            let count = inventory.groups.len().max(1);
            if let Some(group) = inventory.groups.get_mut(index.index(count)) {
                group.ingress.clear();
                group.egress.clear();
            }
        }
        Disturbance::Misroute(index) => {
            let count = inventory.tables.len().max(1);
            if let Some(table) = inventory.tables.get_mut(index.index(count)) {
                table.default_route = Some("eni-elsewhere".into());
            }
        }
        Disturbance::Disassociate(index) => {
            let count = inventory.tables.len().max(1);
            if let Some(table) = inventory.tables.get_mut(index.index(count)) {
                table.subnets.clear();
            }
        }
        Disturbance::Detach => inventory.gateways.iter_mut().for_each(|g| g.vpc = None),
        Disturbance::FailNat(index) => {
            let count = inventory.nats.len().max(1);
            if let Some(nat) = inventory.nats.get_mut(index.index(count)) {
                nat.state = NatState::Failed;
            }
        }
        Disturbance::StopDns => inventory
            .vpcs
            .iter_mut()
            .for_each(|v| v.dns_support = Some(false)),
        Disturbance::Twin(index) => twin(inventory, &pick(index)),
        Disturbance::ForgetRetention => {}
        Disturbance::Strangers => leaving::strangers_move_in(inventory),
        Disturbance::Relabel(index) => {
            let tags = inventory.tags_of(&pick(index)).unwrap();
            tags.insert(names::TAG_TENANT.into(), "t-other".into());
        }
        Disturbance::Leak(index) => {
            let count = inventory.tables.len().max(1);
            if let Some(table) = inventory.tables.get_mut(index.index(count)) {
                let routes = [
                    ("0.0.0.0/1", "igw-x"),
                    ("10.9.0.0/16", "tgw-x"),
                    ("::/0", "eigw-x"),
                ];
                let routes = routes.map(|(to, by)| (to.to_owned(), by.to_owned()));
                table.routes.extend(routes);
            }
        }
        Disturbance::GiveOut(index) => {
            let count = inventory.subnets.len().max(1);
            if let Some(subnet) = inventory.subnets.get_mut(index.index(count)) {
                (subnet.public_addresses, subnet.ipv6_addresses) = (true, true);
            }
        }
        Disturbance::Narrow => {
            let nothing = serde_json::json!({ "Statement": [] });
            let endpoints = inventory.endpoints.iter_mut();
            endpoints.for_each(|endpoint| endpoint.policy = Some(nothing.clone()));
        }
        Disturbance::Deny(egress, number) => deny(inventory, *egress, *number),
    }
}

/// An entry that denies, in the ACL that came with the VPC.
pub fn deny(inventory: &mut RegionInventory, egress: bool, number: i32) {
    let Some(vpc) = inventory.vpcs.first().map(|vpc| vpc.id.clone()) else {
        return;
    };
    if inventory.acls.is_empty() {
        inventory.acls.push(Acl {
            id: "acl-default".into(),
            vpc,
            default: true,
            entries: [false, true].map(AclEntry::everything).into(),
            subnets: BTreeMap::new(),
            tags: Tags::new(),
        });
    }
    let entries = inventory.acls.iter_mut().map(|acl| &mut acl.entries);
    entries.for_each(|entries| {
        entries.retain(|entry| (entry.egress, entry.number) != (egress, number));
        entries.insert(AclEntry {
            number,
            allow: false,
            ..AclEntry::everything(egress)
        });
    });
}

/// A second one with the same tags, empty, as a lost answer leaves it.
fn twin(inventory: &mut RegionInventory, of: &str) {
    let id = format!("{of}-twin");
    inventory.forget(&id);
    let vpcs = inventory.vpcs.iter().filter(|vpc| vpc.id == of).cloned();
    let vpcs: Vec<Vpc> = vpcs
        .map(|vpc| Vpc {
            id: id.clone(),
            ..vpc
        })
        .collect();
    inventory.vpcs.extend(vpcs);
    let gateways = inventory.gateways.iter().filter(|g| g.id == of).cloned();
    let gateways: Vec<Gateway> = gateways
        .map(|g| Gateway {
            id: id.clone(),
            vpc: None,
            ..g
        })
        .collect();
    inventory.gateways.extend(gateways);
    let tables = inventory.tables.iter().filter(|t| t.id == of).cloned();
    let tables: Vec<Table> = tables
        .map(|t| Table {
            id: id.clone(),
            subnets: BTreeMap::new(),
            ..t
        })
        .collect();
    inventory.tables.extend(tables);
    let addresses = inventory.addresses.iter().filter(|a| a.id == of).cloned();
    let addresses: Vec<Address> = addresses
        .map(|a| Address {
            id: id.clone(),
            ..a
        })
        .collect();
    inventory.addresses.extend(addresses);
}

pub fn networks() -> impl Strategy<Value = (Egress, u8, Vec<AppliedDisturbance>)> {
    (
        prop_oneof![
            Just(Egress::None),
            Just(Egress::SingleNat),
            Just(Egress::NatPerAz)
        ],
        1u8..=3,
        prop::collection::vec(disturbance().prop_map(AppliedDisturbance), 0..8),
    )
}

/// Disturbance, for other tests to apply.
#[derive(Debug, Clone)]
pub struct AppliedDisturbance(Disturbance);

pub fn disturbed(desired: &Desired, with: &[AppliedDisturbance]) -> Observation {
    let mut seen = built(desired);
    with.iter().for_each(|one| disturb(&mut seen, &one.0));
    seen
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_network_planning_converges_and_then_is_empty(
        (egress, zones, done) in networks(),
        wanted in prop_oneof![Just(Egress::None), Just(Egress::SingleNat), Just(Egress::NatPerAz)],
    ) {
        let before = desired(egress, zones);
        let known = recorded(&before, &built(&before)).recorded;
        let seen = disturbed(&before, &done);
        let desired = Desired { recorded: known, ..desired(wanted, zones) };
        let settled = settle(&desired, seen);
        let plan = Network::plan(&desired, &settled.seen);
        prop_assert!(plan.changes.is_empty() && plan.waits.is_empty(), "{:#?}", plan);
        // A gateway that lost our tags while another of ours lies about is not ours: a person decides which one stays.
        let decides = |failure: &Failure| {
            matches!(&failure.next, Next::Park { reason, .. } if reason == "gateway-replaced")
        };
        prop_assert!(plan.obstacles.iter().all(decides), "{:#?}", plan);
        let again = settle(&desired, settled.seen.clone());
        prop_assert!(again.changes.is_empty());
    }

    #[test]
    fn repair_never_takes_away_what_is_in_use((egress, zones, done) in networks()) {
        let desired = desired(egress, zones);
        let desired = recorded(&desired, &built(&desired));
        let seen = disturbed(&desired, &done);
        let before: BTreeSet<String> = leaving::strangers(&seen);
        let settled = settle(&desired, seen);
        prop_assert!(before.is_subset(&leaving::strangers(&settled.seen)));
        let touched = parts(&settled.changes).any(|part| {
            matches!(&part.effect, Effect::Delete { kind: Kind::Subnet | Kind::Group, .. })
        });
        prop_assert!(!touched);
    }
}

#[test]
fn what_a_new_network_notes_first_is_known_before_anything_of_it_is_seen() {
    let noted = |egress| {
        let mut noted = first_notes(&desired(egress, 2));
        noted.sort();
        noted
    };
    let keys = |parts: &[&str]| -> Vec<String> {
        let parts = parts.iter();
        parts.map(|part| format!("{HOME}.{part}")).collect()
    };
    assert_eq!(noted(Egress::None), keys(&["igw", "vpc"]));
    assert_eq!(noted(Egress::SingleNat), keys(&["eip-a", "igw", "vpc"]));
    let all = keys(&["eip-a", "eip-b", "igw", "vpc"]);
    assert_eq!(noted(Egress::NatPerAz), all);
    let imagined = settle(&desired(Egress::NatPerAz, 2), Observation::default());
    let made = imagined.changes.iter().filter(|change| change.needs_note());
    let mut made: Vec<String> = made.map(Change::key).collect();
    made.sort();
    assert_eq!(made, all, "nothing else of a network is noted");
    let without = Desired {
        cidrs: BTreeMap::new(),
        ..desired(Egress::SingleNat, 2)
    };
    assert_eq!(first_notes(&without), [""; 0]);
}
