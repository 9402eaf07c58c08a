//! What an administrator reads: one finding for one thing done behind our back.

use std::collections::BTreeSet;

use serde_json::json;
use tenancy::{
    finding::{Difference, Severity},
    names,
};

use super::*;

/// The findings after `disturbance` with a network that has one NAT gateway and two zones.
fn findings(disturbance: impl FnOnce(&mut Place)) -> Vec<(String, Severity)> {
    let desired = desired(Egress::SingleNat, 2);
    let mut seen = built(&desired);
    disturbance(place(&mut seen));
    let plan = Network::plan(&desired, &seen);
    assert!(plan.obstacles.is_empty(), "{:#?}", plan.obstacles);
    let finding = |change: &NetworkChange| {
        let difference = change.difference();
        (difference.key, difference.severity)
    };
    plan.changes.iter().map(finding).collect()
}

fn one(key: &str, severity: Severity) -> Vec<(String, Severity)> {
    vec![(format!("{HOME}.{key}"), severity)]
}

fn group<'a>(place: &'a mut Place, name: &str) -> &'a mut Group {
    place
        .groups
        .iter_mut()
        .find(|group| group.name == name)
        .unwrap()
}

#[test]
fn a_group_opened_to_the_world_is_critical() {
    for peer in [Peer::V4("0.0.0.0/0".into()), Peer::V6("::/0".into())] {
        let found = findings(|place| {
            group(place, "tenantry-workload")
                .ingress
                .insert(Rule::tcp(22, peer.clone()));
        });
        assert_eq!(found, one("sg-workload.ingress.extra", Severity::Critical));
    }
}

#[test]
fn a_group_opened_to_some_addresses_is_high() {
    let found = findings(|place| {
        let rule = Rule::tcp(22, Peer::V4("192.0.2.0/24".into()));
        group(place, "tenantry-endpoints").ingress.insert(rule);
    });
    assert_eq!(found, one("sg-endpoints.ingress.extra", Severity::High));
}

#[test]
fn several_extra_rules_of_a_group_are_one_finding() {
    let found = findings(|place| {
        let group = group(place, "default");
        group
            .ingress
            .insert(Rule::tcp(22, Peer::V4("0.0.0.0/0".into())));
        group
            .ingress
            .insert(Rule::tcp(80, Peer::V4("0.0.0.0/0".into())));
    });
    assert_eq!(found, one("default.ingress.extra", Severity::Critical));
}

#[test]
fn a_private_subnet_led_to_the_internet_is_high() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let gateway = id(&seen, "igw");
    let table = id(&seen, "rt-private-a");
    let tables = &mut place(&mut seen).tables;
    tables
        .iter_mut()
        .find(|t| t.id == table)
        .unwrap()
        .default_route = Some(gateway);
    let plan = Network::plan(&desired, &seen);
    let found: Vec<_> = plan.changes.iter().map(Change::difference).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::High);
}

#[test]
fn one_lost_tag_is_one_finding_whatever_it_was_on() {
    let desired = desired(Egress::NatPerAz, 3);
    let seen = built(&desired);
    let items: Vec<(String, Tags)> = seen.places[&region()]
        .all()
        .map(|item| (item.id().to_owned(), item.tags().clone()))
        .collect();
    for (id, tags) in items {
        for key in tags.keys() {
            let mut seen = seen.clone();
            place(&mut seen).tags_of(&id).unwrap().remove(key);
            let found = keys(&desired, &seen);
            assert!(
                found.len() == 1 && found[0].ends_with(".tags"),
                "{id} {key}: {found:?}"
            );
        }
    }
}

#[test]
fn all_tags_lost_is_one_finding_where_nothing_else_can_stand_there() {
    let desired = desired(Egress::SingleNat, 2);
    let seen = built(&desired);
    let items: Vec<String> = seen.places[&region()]
        .all()
        .map(|i| i.id().to_owned())
        .collect();
    for id in items {
        let mut seen = seen.clone();
        place(&mut seen).tags_of(&id).unwrap().clear();
        let found = keys(&desired, &seen);
        let default = id.ends_with(".default.rules");
        assert!(
            default || (found.len() == 1 && found[0].ends_with(".tags")),
            "{id}: {found:?}"
        );
    }
}

#[test]
fn a_table_of_the_tenants_on_our_subnet_is_not_taken_for_ours() {
    let found = findings(|place| {
        let ours = place
            .tables
            .iter_mut()
            .find(|t| t.tags[names::TAG_PART] == "rt-private-a")
            .unwrap();
        let subnets = std::mem::take(&mut ours.subnets);
        let own = Table {
            id: "own-table".into(),
            subnets,
            tags: Tags::new(),
            ..ours.clone()
        };
        place.tables.push(own);
    });
    assert_eq!(found, one("private-a.route-table", Severity::Medium));
}

#[test]
fn a_deleted_part_is_one_finding() {
    for (part, expected) in [
        ("flow-log", "flow-log"),
        ("rt-public", "rt-public"),
        ("endpoint-s3", "endpoint-s3"),
    ] {
        let found = findings(|place| {
            let lost = place
                .all()
                .find(|i| i.tags().get(names::TAG_PART).is_some_and(|p| p == part));
            let id = lost.unwrap().id().to_owned();
            place.forget(&id);
        });
        let keys: BTreeSet<String> = found.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, BTreeSet::from([format!("{HOME}.{expected}")]));
    }
}

#[test]
fn dns_and_attachment_are_put_back() {
    let found = findings(|place| {
        place.vpcs[0].dns_hostnames = Some(false);
        place.gateways[0].vpc = None;
    });
    let keys: Vec<String> = found.into_iter().map(|(key, _)| key).collect();
    let wanted = ["vpc.dns-hostnames", "igw.attachment"];
    assert_eq!(keys, wanted.map(|key| format!("{HOME}.{key}")));
}

/// The finding after one field of a declared resource was changed.
fn resource_finding(key: &Key, field: &str, found: serde_json::Value) -> Difference {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    resource(&mut seen, key).insert(field.into(), found);
    let plan = Network::plan(&desired, &seen);
    let [change] = plan.changes.as_slice() else {
        panic!("{plan:#?}")
    };
    change.difference()
}

#[test]
fn drift_of_the_log_group_and_of_the_role_is_shown_with_its_values() {
    let found = resource_finding(&group_key(&region()), "retention", json!(null));
    assert_eq!(found.key, format!("{HOME}.flow-log-group.retention"));
    assert_eq!((&*found.found, &*found.wanted), ("for ever", "90 days"));
    assert_eq!(found.severity, Severity::Low);
    let found = resource_finding(&role_key(), "trust", json!({ "Statement": [] }));
    assert_eq!(found.key, "flow-logs-role.trust");
    assert_eq!(found.severity, Severity::High);
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let found = resource_finding(&role_key(), "attached", json!([administrator]));
    assert_eq!(found.found, administrator);
}

#[test]
fn another_tenants_tag_is_never_ours() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let tags = json!({ names::TAG_TENANT: "somebody-else" });
    resource(&mut seen, &group_key(&region())).insert("tags".into(), tags);
    let plan = Network::plan(&desired, &seen);
    assert_eq!((plan.changes.len(), plan.obstacles.len()), (0, 1));
}

#[test]
fn a_second_vpc_left_by_a_lost_answer_is_removed_and_the_built_one_kept() {
    let found = findings(|place| {
        let twin = Vpc {
            id: "a-lower-id".into(),
            ..place.vpcs[0].clone()
        };
        place.vpcs.push(twin);
    });
    assert_eq!(found, one("vpc.a-lower-id.removed", Severity::Low));
}

#[test]
fn of_two_endpoints_that_share_the_tables_one_goes_and_the_other_takes_them_over() {
    let mut first_round = Vec::new();
    let found = findings(|place| {
        let tables: Vec<String> = place.endpoints[0].tables.iter().cloned().collect();
        let second = Endpoint {
            id: "vpce-second".into(),
            tables: BTreeSet::from([tables[0].clone()]),
            ..place.endpoints[0].clone()
        };
        place.endpoints[0].tables.remove(&tables[0]);
        place.endpoints.push(second);
        first_round = tables;
    });
    // Not yet on the table that the second one holds: AWS would refuse it.
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert!(first_round.len() > 1);
    assert!(
        matches!(keys[..], [key] if key.ends_with(".vpce-second.removed")),
        "{keys:?}"
    );
}

#[test]
fn a_second_endpoint_whose_tables_are_gone_is_removed() {
    let found = findings(|place| {
        let second = Endpoint {
            id: "vpce-second".into(),
            tables: BTreeSet::from(["rtb-gone".to_owned()]),
            ..place.endpoints[0].clone()
        };
        place.endpoints.push(second);
    });
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert!(
        matches!(keys[..], [key] if key.ends_with(".vpce-second.removed")),
        "{keys:?}"
    );
}
