//! What an administrator reads: one finding for one thing done behind our back.

use std::collections::BTreeSet;

use serde_json::json;
use tenancy::{
    finding::{Difference, Severity},
    names,
};

use super::*;
use crate::declared::Resource as _;

/// The findings after `disturbance` with a network that has one NAT gateway and two zones.
fn findings(disturbance: impl FnOnce(&mut RegionInventory)) -> Vec<(String, Severity)> {
    let desired = desired(Egress::SingleNat, 2);
    let mut seen = built(&desired);
    disturbance(inventory(&mut seen));
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

fn group<'a>(inventory: &'a mut RegionInventory, name: &str) -> &'a mut Group {
    inventory
        .groups
        .iter_mut()
        .find(|group| group.name == name)
        .unwrap()
}

#[test]
fn a_group_opened_to_the_world_is_critical() {
    for peer in [Peer::V4("0.0.0.0/0".into()), Peer::V6("::/0".into())] {
        let found = findings(|inventory| {
            group(inventory, "tenantry-workload")
                .ingress
                .insert(Rule::tcp(22, peer.clone()));
        });
        assert_eq!(found, one("sg-workload.ingress.extra", Severity::Critical));
    }
}

#[test]
fn a_group_opened_to_some_addresses_is_high() {
    let found = findings(|inventory| {
        let rule = Rule::tcp(22, Peer::V4("192.0.2.0/24".into()));
        group(inventory, "tenantry-endpoints").ingress.insert(rule);
    });
    assert_eq!(found, one("sg-endpoints.ingress.extra", Severity::High));
}

#[test]
fn several_extra_rules_of_a_group_are_one_finding() {
    let found = findings(|inventory| {
        let group = group(inventory, "default");
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
    let tables = &mut inventory(&mut seen).tables;
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
    let desired = recorded(&desired, &seen);
    let items: Vec<(String, Tags)> = seen.regions[&region()]
        .all()
        .map(|item| (item.id().to_owned(), item.tags().clone()))
        .collect();
    for (id, tags) in items {
        for key in tags.keys() {
            let mut seen = seen.clone();
            inventory(&mut seen).tags_of(&id).unwrap().remove(key);
            let found = keys(&desired, &seen);
            assert!(
                found.len() == 1 && found[0].ends_with(".tags"),
                "{id} {key}: {found:?}"
            );
        }
    }
}

/// EC2 refuses two changes at once of the tags of one resource, and the changes of a plan are carried out side by side.
#[test]
fn no_plan_holds_two_changes_of_the_tags_of_one_part_and_a_renamed_tag_takes_two() {
    let mut desired = desired(Egress::SingleNat, 2);
    let seen = built(&desired);
    desired.spec.tags = BTreeMap::from([("squad".to_owned(), "blue".to_owned())]);
    desired.retired_tags = ["team".to_owned()].into();
    let plan = Network::plan(&desired, &seen);
    let tagged = parts(&plan.changes).filter_map(|part| match &part.effect {
        Effect::Tag { id, .. } | Effect::Untag { id, .. } => Some(id.as_str()),
        _ => None,
    });
    let tagged: Vec<&str> = tagged.collect();
    let once: BTreeSet<&str> = tagged.iter().copied().collect();
    assert!(once.len() > 10, "{once:?}");
    assert_eq!(tagged.len(), once.len(), "{tagged:?}");
    let settled = settle(&desired, seen);
    for item in settled.seen.regions[&region()].all() {
        assert!(!item.tags().contains_key("team"), "{}", item.id());
        assert!(item.comes_with_vpc() || item.tags().contains_key("squad"));
    }
}

#[test]
fn all_tags_lost_is_one_finding_of_what_the_ledger_recorded() {
    let desired = desired(Egress::SingleNat, 2);
    let seen = built(&desired);
    let desired = recorded(&desired, &seen);
    let items: Vec<String> = seen.regions[&region()]
        .all()
        .map(|i| i.id().to_owned())
        .collect();
    for id in items {
        let mut seen = seen.clone();
        inventory(&mut seen).tags_of(&id).unwrap().clear();
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
    let found = findings(|inventory| {
        let ours = inventory
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
        inventory.tables.push(own);
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
        let found = findings(|inventory| {
            let lost = inventory
                .all()
                .find(|i| i.tags().get(names::TAG_PART).is_some_and(|p| p == part));
            let id = lost.unwrap().id().to_owned();
            inventory.forget(&id);
        });
        let keys: BTreeSet<String> = found.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, BTreeSet::from([format!("{HOME}.{expected}")]));
    }
}

#[test]
fn dns_and_attachment_are_put_back() {
    let found = findings(|inventory| {
        inventory.vpcs[0].dns_hostnames = Some(false);
        inventory.gateways[0].vpc = None;
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
    let found = findings(|inventory| {
        let twin = Vpc {
            id: "a-lower-id".into(),
            ..inventory.vpcs[0].clone()
        };
        inventory.vpcs.push(twin);
    });
    assert_eq!(found, one("vpc.a-lower-id.removed", Severity::Low));
}

#[test]
fn of_two_endpoints_that_share_the_tables_one_goes_and_the_other_takes_them_over() {
    let mut first_round = Vec::new();
    let found = findings(|inventory| {
        let tables: Vec<String> = inventory.endpoints[0].tables.iter().cloned().collect();
        let second = Endpoint {
            id: "vpce-second".into(),
            tables: BTreeSet::from([tables[0].clone()]),
            ..inventory.endpoints[0].clone()
        };
        inventory.endpoints[0].tables.remove(&tables[0]);
        inventory.endpoints.push(second);
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
fn a_second_endpoint_whose_tables_are_deleted_is_removed() {
    let found = findings(|inventory| {
        let second = Endpoint {
            id: "vpce-second".into(),
            tables: BTreeSet::from(["rtb-removed".to_owned()]),
            ..inventory.endpoints[0].clone()
        };
        inventory.endpoints.push(second);
    });
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert!(
        matches!(keys[..], [key] if key.ends_with(".vpce-second.removed")),
        "{keys:?}"
    );
}

#[test]
fn a_part_of_ours_retagged_is_critical_gets_its_tags_back_and_nothing_is_built_beside_it() {
    let desired = desired(Egress::NatPerAz, 2);
    let seen = built(&desired);
    let desired = recorded(&desired, &seen);
    let items: Vec<String> = seen.regions[&region()]
        .all()
        .filter(|item| item.tags().contains_key(names::TAG_TENANT))
        .map(|item| item.id().to_owned())
        .collect();
    assert!(items.len() > 15);
    for id in items {
        let mut seen = seen.clone();
        let tags = inventory(&mut seen).tags_of(&id).unwrap();
        tags.insert(names::TAG_TENANT.into(), "t-other".into());
        let plan = Network::plan(&desired, &seen);
        let [change] = plan.changes.as_slice() else {
            panic!("{id}: {plan:#?}")
        };
        let words = change.difference();
        assert!(words.key.ends_with(".tags"), "{}", words.key);
        assert_eq!(words.severity, Severity::Critical);
        assert!(words.found.contains("t-other"), "{}", words.found);
        assert!(plan.obstacles.is_empty());
        let still = Network::resources(&desired, &seen);
        assert!(still.values().any(|known| *known == id), "{id} forgotten");
        let after = settle(&desired, seen).seen;
        assert!(Network::plan(&desired, &after).is_settled());
    }
}

#[test]
fn the_role_and_the_log_group_of_ours_retagged_get_their_tags_back() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let keys = [group_key(&region()), role_key()];
    for key in &keys {
        resource(&mut seen, key).insert("id".into(), json!("its-own-id"));
    }
    let kinds = const { [&Role::KIND, &LogGroup::KIND] };
    seen.resources.1.extend(kinds.map(|kind| (kind.name, kind)));
    let desired = recorded(&desired, &seen);
    for key in keys {
        let mut seen = seen.clone();
        let tags = json!({ names::TAG_TENANT: "t-other" });
        resource(&mut seen, &key).insert("tags".into(), tags.clone());
        let plan = Network::plan(&desired, &seen);
        assert!(plan.obstacles.is_empty(), "{:#?}", plan.obstacles);
        let words: Vec<Difference> = plan.changes.iter().map(Change::difference).collect();
        assert!(
            words
                .iter()
                .any(|one| one.severity == Severity::Critical && one.key.ends_with(".tags"))
        );
        // One that was made anew in its place is nobody's of ours.
        resource(&mut seen, &key).insert("id".into(), json!("another-id"));
        assert_eq!(Network::plan(&desired, &seen).obstacles.len(), 1);
    }
}

/// What stands in the place of each part of ours, without our tags.
#[test]
fn what_stands_in_our_place_without_our_tags_is_named_and_left_alone() {
    let desired = desired(Egress::SingleNat, 2);
    let seen = built(&desired);
    for part in [
        "public-a",
        "private-b",
        "sg-workload",
        "endpoint-s3",
        "flow-log",
        "igw",
    ] {
        let mut seen = seen.clone();
        let foreign = id(&seen, part);
        inventory(&mut seen).tags_of(&foreign).unwrap().clear();
        let settled = settle(&desired, seen);
        let plan = Network::plan(&desired, &settled.seen);
        assert_eq!(plan.obstacles.len(), 1, "{part}: {:#?}", plan.obstacles);
        assert!(
            plan.obstacles[0].detail.contains(&foreign),
            "{}",
            plan.obstacles[0]
        );
        let touched = parts(&settled.changes).any(|change| {
            matches!(&change.effect, Effect::Tag { id, .. } | Effect::Delete { id, .. } if *id == foreign)
        });
        assert!(!touched, "{part}");
    }
}

/// EC2 makes no second group beside it.
#[test]
fn a_group_of_the_tenants_with_our_name_in_other_letters_is_named() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let theirs = group(inventory(&mut seen), "tenantry-workload");
    theirs.name = "Tenantry-Workload".into();
    theirs.tags.clear();
    let foreign = theirs.id.clone();
    let plan = Network::plan(&desired, &seen);
    let [obstacle] = plan.obstacles.as_slice() else {
        panic!("{:#?}", plan.obstacles)
    };
    for said in [foreign.as_str(), "`Tenantry-Workload`"] {
        assert!(obstacle.detail.contains(said), "{obstacle}");
    }
    let made = parts(&plan.changes).any(|part| matches!(part.effect, Effect::Create(_)));
    assert!(!made, "{:#?}", plan.changes);
}

#[test]
fn a_subnet_of_the_tenants_that_overlaps_one_of_ours_is_named() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let lost = id(&seen, "private-a");
    let inventory = inventory(&mut seen);
    let mut own = inventory
        .subnets
        .iter()
        .find(|s| s.id == lost)
        .unwrap()
        .clone();
    inventory.forget(&lost);
    own.id = "subnet-own".into();
    own.cidr = "10.7.16.64/26".parse().unwrap();
    own.tags.clear();
    inventory.subnets.push(own);
    let plan = Network::plan(&desired, &seen);
    assert!(plan.obstacles[0].detail.contains("subnet-own"));
    assert!(parts(&plan.changes).all(|change| !matches!(change.effect, Effect::Create(_))));
}

#[test]
fn routes_of_a_private_table_to_the_internet_are_deleted_and_others_kept() {
    let private = |inventory: &mut RegionInventory, routes: &[(&str, &str)]| {
        let mut tables = inventory.tables.iter_mut();
        let table = tables.find(|t| t.tags[names::TAG_PART] == "rt-private-a");
        let routes = routes
            .iter()
            .map(|(to, by)| ((*to).to_owned(), (*by).to_owned()));
        table.unwrap().routes.extend(routes);
    };
    let others = [
        ("10.0.0.0/8", "tgw-1"),
        ("192.0.2.0/24", "eni-1"),
        ("::/0", "eigw-1"),
    ];
    let found = findings(|inventory| private(inventory, &others));
    assert!(found.is_empty(), "{found:?}");
    let found = findings(|inventory| private(inventory, &[("0.0.0.0/1", "igw-own")]));
    assert_eq!(
        found,
        one("rt-private-a.route.0.0.0.0/1.removed", Severity::High)
    );
    let closed = desired(Egress::None, 1);
    let mut seen = built(&closed);
    private(
        inventory(&mut seen),
        &[("128.0.0.0/1", "nat-own"), ("::/0", "eigw-1")],
    );
    assert_eq!(keys(&closed, &seen).len(), 2);
}

#[test]
fn a_private_subnet_that_gives_out_addresses_is_high_and_a_public_one_may() {
    let give_out = |inventory: &mut RegionInventory, part: &str| {
        let mut subnets = inventory.subnets.iter_mut();
        let subnet = subnets.find(|s| s.tags[names::TAG_PART] == part).unwrap();
        (subnet.public_addresses, subnet.ipv6_addresses) = (true, true);
    };
    let found = findings(|inventory| give_out(inventory, "private-a"));
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    let wanted = ["public-addresses", "ipv6-addresses"];
    assert_eq!(keys, wanted.map(|name| format!("{HOME}.private-a.{name}")));
    assert!(findings(|inventory| give_out(inventory, "public-a")).is_empty());
}

#[test]
fn entries_that_deny_are_taken_out_of_the_network_acl_and_the_open_one_is_put_back() {
    let found = findings(|inventory| {
        convergence::deny(inventory, false, 50);
        convergence::deny(inventory, true, 100);
    });
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    let wanted = ["ingress.denied", "egress.allowed"];
    assert_eq!(
        keys,
        wanted.map(|name| format!("{HOME}.network-acl.{name}"))
    );
}

#[test]
fn an_endpoint_that_denies_is_reset_and_one_that_allows_everything_left() {
    let policy = |effect: &str| {
        json!({ "Version": "2008-10-17", "Statement": [
            { "Effect": effect, "Principal": "*", "Action": "*", "Resource": "*" }
        ] })
    };
    let narrow = [policy("Deny"), json!({ "Statement": [] })];
    for narrow in narrow {
        let found = findings(|inventory| inventory.endpoints[0].policy = Some(narrow));
        assert_eq!(found, one("endpoint-s3.policy", Severity::Medium));
    }
    assert!(findings(|inventory| inventory.endpoints[0].policy = Some(policy("Allow"))).is_empty());
}

/// What only a person can repair, after `disturbance`.
fn reported(disturbance: impl FnOnce(&mut RegionInventory)) -> Vec<Difference> {
    let desired = desired(Egress::SingleNat, 2);
    let mut seen = built(&desired);
    disturbance(inventory(&mut seen));
    let plan = Network::plan(&desired, &seen);
    assert!(plan.is_settled(), "{plan:#?}");
    plan.findings
}

#[test]
fn what_only_a_person_can_put_right_is_reported_with_its_values() {
    type Disturb = fn(&mut RegionInventory);
    let cases: [(&str, &str, Disturb); 4] = [
        ("flow-log.delivery", "Access error", |inventory| {
            inventory.flow_logs[0].delivery_error = Some("Access error".into());
        }),
        ("vpc.other-addresses", "100.64.0.0/16", |inventory| {
            inventory.vpcs[0].other_cidrs.insert("100.64.0.0/16".into());
        }),
        ("vpc.internet-access", "block-ingress", |inventory| {
            inventory.vpcs[0].internet_blocked = Some("block-ingress".into());
        }),
        ("private-a.network-acl", "on `acl-own`", |inventory| {
            convergence::deny(inventory, false, 100);
            inventory.acls[0].entries = [false, true].map(AclEntry::everything).into();
            let subnets = inventory.subnets.iter();
            let subnet = subnets.filter(|s| s.tags[names::TAG_PART] == "private-a");
            let own = Acl {
                id: "acl-own".into(),
                default: false,
                subnets: subnet
                    .map(|s| ("aclassoc-1".into(), s.id.clone()))
                    .collect(),
                ..inventory.acls[0].clone()
            };
            inventory.acls.push(own);
        }),
    ];
    for (key, words, disturb) in cases {
        let [finding] = reported(disturb).try_into().unwrap();
        let finding: Difference = finding;
        assert_eq!(finding.key, format!("{HOME}.{key}"));
        assert_eq!(finding.found, words);
        assert_eq!(finding.repair, tenancy::finding::Repair::Person);
    }
}

#[test]
fn a_flow_log_of_other_fields_is_replaced_and_the_finding_says_so() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    inventory(&mut seen).flow_logs[0].format = Some("${srcaddr}".into());
    let plan = Network::plan(&desired, &seen);
    assert_eq!(plan.changes[0].difference().found, "records `${srcaddr}`");
}

#[test]
fn what_keeps_the_log_group_from_working_is_shown() {
    let found = resource_finding(&group_key(&region()), "key", json!("arn:aws:kms:a-key"));
    assert_eq!(
        (&*found.found, &*found.wanted),
        ("arn:aws:kms:a-key", "nothing")
    );
    let desired = desired(Egress::None, 1);
    for field in ["masked", "protected"] {
        let mut seen = built(&desired);
        resource(&mut seen, &group_key(&region())).insert(field.into(), json!(true));
        let plan = Network::plan(&desired, &seen);
        assert!(plan.is_settled());
        assert_eq!(
            plan.findings[0].key,
            format!("{HOME}.flow-log-group.{field}")
        );
    }
}

#[test]
fn in_a_dropped_region_a_retagged_network_of_ours_gets_its_tags_back_before_it_goes() {
    let desired = desired(Egress::None, 1);
    let mut seen = built(&desired);
    let mut dropped = recorded(&desired, &seen);
    dropped.spec.network = false;
    let vpc = id(&seen, "vpc");
    let tags = inventory(&mut seen).tags_of(&vpc).unwrap();
    tags.insert(names::TAG_TENANT.into(), "t-other".into());
    assert_eq!(keys(&dropped, &seen), [format!("{HOME}.vpc.tags")]);
    assert!(
        settle(&dropped, seen).seen.regions[&region()]
            .vpcs
            .is_empty()
    );
}
