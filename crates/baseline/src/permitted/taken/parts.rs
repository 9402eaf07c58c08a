//! Parts of a network: by their tags, never by their place.

use std::collections::BTreeSet;

use super::*;
use crate::network::{
    AclChange, Connection, Effect, NetworkFact, NewPart, Observation, PartFact, Resource,
    RuleChange, Tags,
    tests::{parts, settle},
};

/// What an effect changes, or builds on, by id.
fn touched(effect: &Effect) -> Vec<&String> {
    match effect {
        Effect::Create(new) => built_on(new),
        Effect::Connect(connection) => connected(connection),
        Effect::Rules(RuleChange::Allow(rules) | RuleChange::Revoke(rules)) => vec![&rules.group],
        Effect::Rules(RuleChange::CloseDefaultGroup { vpc }) => vec![vpc],
        Effect::Acl(AclChange::Allow { acl, .. } | AclChange::Open { acl, .. }) => vec![acl],
        Effect::Tag { id, .. } | Effect::Untag { id, .. } | Effect::Delete { id, .. } => vec![id],
    }
}

fn built_on(new: &NewPart) -> Vec<&String> {
    match new {
        NewPart::Vpc { .. } | NewPart::Gateway | NewPart::Address => Vec::new(),
        NewPart::Subnet { vpc, .. }
        | NewPart::Table { vpc }
        | NewPart::Group { vpc, .. }
        | NewPart::FlowLog { vpc } => vec![vpc],
        NewPart::Nat {
            subnet,
            others,
            allocation,
            ..
        } => [subnet, allocation].into_iter().chain(others).collect(),
        NewPart::Endpoint { vpc, tables, .. } => [vpc].into_iter().chain(tables).collect(),
    }
}

fn connected(connection: &Connection) -> Vec<&String> {
    match connection {
        Connection::EnableDns { vpc, .. } => vec![vpc],
        Connection::AttachGateway { gateway, vpc } | Connection::DetachGateway { gateway, vpc } => {
            vec![gateway, vpc]
        }
        Connection::Associate { table, subnet, .. } => vec![table, subnet],
        Connection::SetDefaultRoute { table, .. }
        | Connection::DeleteDefaultRoute { table }
        | Connection::DeleteRoute { table, .. } => vec![table],
        Connection::SwitchOff { subnet, .. } => vec![subnet],
        Connection::ResetPolicy { endpoint } => vec![endpoint],
        Connection::JoinTables { endpoint, tables } => {
            [endpoint].into_iter().chain(tables).collect()
        }
    }
}

/// Everything that is known of what has these ids. Which of our subnets a table serves is our subnets' business.
fn known_of(seen: &Observation, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let mut seen = seen.clone();
    let mut known = BTreeSet::new();
    for inventory in seen.regions.values_mut() {
        let serve = inventory.tables.iter_mut().map(|table| &mut table.subnets);
        serve.for_each(|subnets| subnets.clear());
        macro_rules! of {
            ($($list:ident),*) => {$(
                let there = inventory.$list.iter().filter(|item| ids.contains(item.id()));
                known.extend(there.map(|item| format!("{item:?}")));
            )*};
        }
        of!(
            vpcs, subnets, gateways, tables, groups, nats, addresses, endpoints, flow_logs
        );
    }
    known
}

/// What is wrong where what has these ids is somebody else's.
fn wrong(desired: &Desired, seen: &Observation, ids: &BTreeSet<String>) -> Vec<String> {
    let settled = settle(desired, seen.clone());
    let effects = parts(&settled.changes);
    let on_it = effects.filter(|part| touched(&part.effect).iter().any(|id| ids.contains(*id)));
    let mut wrong: Vec<String> = on_it.map(|part| format!("{ids:?}: {part:?}")).collect();
    if known_of(&settled.seen, ids) != known_of(seen, ids) {
        wrong.push(format!("{ids:?} did not stay as they were"));
    }
    let recorded = Network::resources(desired, &settled.seen);
    let theirs = recorded.iter().filter(|(_, id)| ids.contains(*id));
    wrong.extend(theirs.map(|(role, id)| format!("{id} is recorded as {role}")));
    wrong
}

/// Parts of which AWS allows a second one beside another's, by what they begin with; of all else there is one in its place.
const BESIDE: [&str; 4] = ["vpc", "rt-", "eip-", "nat-"];

/// Whether what stands where a part must be is named and the part not made, or, where that can be, the part is made beside it.
fn is_named_or_beside(desired: &Desired, seen: &Observation, part: &str, id: &str) -> bool {
    let settled = settle(desired, seen.clone());
    let made = parts(&settled.changes)
        .any(|change| change.part == part && matches!(change.effect, Effect::Create(_)));
    let obstacles = Network::plan(desired, &settled.seen).obstacles;
    let named = obstacles.iter().any(|obstacle| {
        let parks = matches!(&obstacle.next, Next::Park { remedy, .. } if !remedy.is_empty());
        parks && obstacle.to_string().contains(id)
    });
    match BESIDE.iter().any(|begins| part.starts_with(begins)) {
        true => made,
        false => named && !made,
    }
}

/// The same, with other tags on what has these ids.
fn tagged(seen: &Observation, ids: &BTreeSet<String>, tags: &Value, part: &str) -> Observation {
    let mut tags: Tags = serde_json::from_value(tags.clone()).unwrap();
    tags.insert(names::TAG_PART.into(), part.into());
    let mut seen = seen.clone();
    for inventory in seen.regions.values_mut() {
        for id in ids {
            if let Some(found) = inventory.tags_of(id) {
                found.clone_from(&tags);
            }
        }
    }
    seen
}

/// A network that was built before: no id is one that is imagined for a new part.
fn built_before(desired: &Desired) -> Observation {
    let mut seen = Observation::default();
    for _ in 0..20 {
        for change in Network::plan(desired, &seen).changes {
            let fact = match &change {
                NetworkChange::Part(part) => {
                    let id = format!("there-{}", change.key());
                    NetworkFact::Part(PartFact::new(desired, part, id))
                }
                NetworkChange::Resource(_) => Network::imagine(desired, &change),
            };
            Network::learn(&mut seen, fact);
        }
    }
    assert!(Network::plan(desired, &seen).is_settled());
    seen
}

#[test]
fn a_part_of_a_network_without_our_tag_is_named_or_left_beside_ours_and_never_changed_or_removed() {
    let desired = desired(Egress::NatPerAz, 2);
    let whole = settle(&desired, Observation::default());
    let made: BTreeSet<&String> = parts(&whole.changes)
        .filter(|change| matches!(change.effect, Effect::Create(_)))
        .map(|change| &change.part)
        .collect();
    assert!(made.len() >= 17, "{made:?}");
    let seen = built_before(&desired);
    let ours = |item: &dyn Resource| desired.owns(item.tags()).then(|| item.id().to_owned());
    let inventories = || seen.regions.values();
    let all: BTreeSet<String> = inventories()
        .flat_map(|one| one.all().filter_map(ours))
        .collect();
    // The ledger knows a network that was deleted, whose parts had other ids.
    let recorded = Network::resources(&desired, &seen).into_iter();
    let others = recorded.map(|(role, id)| (role, format!("earlier-{id}")));
    let knowing = Desired {
        recorded: Recorded::new([(ComponentName::NETWORK, others.collect())]),
        ..desired.clone()
    };
    let mut wrong_ones = BTreeSet::new();
    for part in &made {
        let id = crate::network::tests::id(&seen, part);
        // What is in somebody else's VPC is somebody else's too.
        let theirs = match part.as_str() {
            "vpc" => all.clone(),
            _ => BTreeSet::from([id.clone()]),
        };
        for tags in foreign_tags(&desired) {
            let seen = tagged(&seen, &theirs, &tags, part);
            for wanted in [&desired, &knowing] {
                wrong_ones.extend(wrong(wanted, &seen, &theirs));
                wrong_ones.extend(wrong(&leaving(wanted), &seen, &theirs));
                if !is_named_or_beside(wanted, &seen, part, &id) {
                    wrong_ones.insert(format!("{id} is not named: {tags}"));
                }
            }
        }
    }
    assert!(wrong_ones.is_empty(), "{wrong_ones:#?}");
}
