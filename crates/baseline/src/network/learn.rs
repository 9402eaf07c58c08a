//! What an applied change teaches: the change itself, with the id of what was made.

use std::collections::BTreeSet;

use super::{
    change::{NetworkChange, PartChange},
    effect::{Connection, DnsAttribute, Effect, Kind, RuleChange, Rules, SubnetAttribute},
    made::{group, make},
    ours::part_tags,
    seen::*,
};
use crate::{component::Change, declared, desired::Desired};

/// What an effect taught.
#[derive(Debug, Clone)]
pub enum Fact {
    /// About a part.
    Part(PartFact),
    /// About a declared resource.
    Resource(declared::Fact),
}

/// What an effect on a part taught.
#[derive(Debug, Clone, PartialEq)]
pub struct PartFact {
    /// What was done.
    pub change: PartChange,
    /// The id of what was made: of the resource, or of the association.
    pub id: String,
    /// The tags it was given.
    pub tags: Tags,
    /// Whether AWS is still at it: a NAT gateway that is coming, or going.
    pub pending: bool,
}

impl PartFact {
    /// The fact that `change` went well and made `id`.
    pub fn new(desired: &Desired, change: &PartChange, id: impl Into<String>) -> Self {
        Self {
            change: change.clone(),
            id: id.into(),
            tags: part_tags(desired, &change.part),
            pending: false,
        }
    }
}

impl Fact {
    /// The fact that everything went well, with an id nobody has seen.
    pub(super) fn imagined(desired: &Desired, change: &NetworkChange) -> Self {
        match change {
            NetworkChange::Part(part) => {
                let id = format!("new-{}", change.key());
                Self::Part(PartFact::new(desired, part, id))
            }
            NetworkChange::Resource(change) => Self::Resource(declared::Fact::expected(change)),
        }
    }
}

/// Merges what was learned.
pub(super) fn learn(seen: &mut Seen, fact: Fact) {
    match fact {
        Fact::Part(fact) => learn_part(seen, fact),
        Fact::Resource(fact) => fact.learn(&mut seen.resources),
    }
}

fn learn_part(seen: &mut Seen, fact: PartFact) {
    let PartFact {
        change,
        id,
        tags,
        pending,
    } = fact;
    let place = seen.places.entry(change.region).or_default();
    match change.effect {
        Effect::Create(new) => make(place, new, id, tags, pending),
        Effect::Connect(connection) => connect(place, connection, id),
        Effect::Rules(rules) => change_rules(place, rules, id, change.part),
        Effect::Acl(acl) => {
            let known = place.acls.iter_mut().find(|known| known.id == acl.acl());
            known.into_iter().for_each(|known| acl.learn(known));
        }
        Effect::Tag { id, tags, .. } => {
            if let Some(known) = place.tags_of(&id) {
                known.extend(tags);
            }
        }
        Effect::Untag { id, keys } => {
            if let Some(known) = place.tags_of(&id) {
                known.retain(|key, _| !keys.contains(key));
            }
        }
        Effect::Delete { kind, id } => delete(place, kind, &id, pending),
    }
}

fn connect(place: &mut Place, connection: Connection, id: String) {
    match connection {
        Connection::EnableDns { vpc, attribute } => enable_dns(place, &vpc, attribute),
        Connection::AttachGateway { gateway, vpc } => attach(place, &gateway, Some(vpc)),
        Connection::DetachGateway { gateway, .. } => attach(place, &gateway, None),
        Connection::Associate { table, subnet, .. } => associate(place, &table, subnet, id),
        Connection::SetDefaultRoute { table, target, .. } => {
            route(place, &table, Some(target.id().to_owned()));
        }
        Connection::DeleteDefaultRoute { table } => route(place, &table, None),
        Connection::SwitchOff { subnet, attribute } => switch_off(place, &subnet, attribute),
        Connection::DeleteRoute { table, destination } => {
            let tables = place.tables.iter_mut().filter(|known| known.id == table);
            tables.for_each(|known| drop(known.routes.remove(&destination)));
        }
        Connection::ResetPolicy { endpoint } => {
            let endpoints = place.endpoints.iter_mut();
            let known = endpoints.filter(|known| known.id == endpoint);
            known.for_each(|known| known.policy = None);
        }
        Connection::JoinTables { endpoint, tables } => {
            if let Some(known) = place.endpoints.iter_mut().find(|e| e.id == endpoint) {
                known.tables.extend(tables);
            }
        }
    }
}

fn change_rules(place: &mut Place, change: RuleChange, id: String, part: String) {
    match change {
        RuleChange::Allow(missing) => {
            if let Some(known) = rules_of(place, &missing) {
                known.extend(missing.rules);
            }
        }
        RuleChange::Revoke(extra) => {
            if let Some(known) = rules_of(place, &extra) {
                known.retain(|rule| !extra.rules.contains(rule));
            }
        }
        RuleChange::CloseDefaultGroup { vpc } => {
            place.forget(&id);
            let empty = group(id, vpc, part, BTreeSet::new(), Tags::new());
            place.groups.push(empty);
        }
    }
}

fn enable_dns(place: &mut Place, vpc: &str, attribute: DnsAttribute) {
    for vpc in place.vpcs.iter_mut().filter(|known| known.id == vpc) {
        match attribute {
            DnsAttribute::Support => vpc.dns_support = Some(true),
            DnsAttribute::Hostnames => vpc.dns_hostnames = Some(true),
        }
    }
}

fn switch_off(place: &mut Place, subnet: &str, attribute: SubnetAttribute) {
    for known in place.subnets.iter_mut().filter(|known| known.id == subnet) {
        match attribute {
            SubnetAttribute::PublicAddresses => known.public_addresses = false,
            SubnetAttribute::Ipv6Addresses => known.ipv6_addresses = false,
        }
    }
}

fn attach(place: &mut Place, gateway: &str, vpc: Option<String>) {
    if let Some(known) = place.gateways.iter_mut().find(|known| known.id == gateway) {
        known.vpc = vpc;
    }
}

fn associate(place: &mut Place, table: &str, subnet: String, association: String) {
    for known in &mut place.tables {
        known.subnets.retain(|_, other| *other != subnet);
    }
    if let Some(known) = place.tables.iter_mut().find(|known| known.id == table) {
        known.subnets.insert(association, subnet);
    }
}

fn route(place: &mut Place, table: &str, target: Option<String>) {
    if let Some(known) = place.tables.iter_mut().find(|known| known.id == table) {
        known.default_route = target;
    }
}

fn rules_of<'a>(place: &'a mut Place, of: &Rules) -> Option<&'a mut BTreeSet<Rule>> {
    let group = place.groups.iter_mut().find(|known| known.id == of.group)?;
    Some(match of.direction {
        Direction::Ingress => &mut group.ingress,
        Direction::Egress => &mut group.egress,
    })
}

fn delete(place: &mut Place, kind: Kind, id: &str, pending: bool) {
    match kind {
        Kind::Nat if pending => {
            for nat in place.nats.iter_mut().filter(|nat| nat.id == id) {
                nat.state = NatState::Deleting;
            }
        }
        Kind::Vpc => {
            // Its main table and default group go with it.
            place.tables.retain(|table| table.vpc != id);
            place.groups.retain(|group| group.vpc != id);
            place.acls.retain(|acl| acl.vpc != id);
            place.forget(id);
        }
        Kind::Subnet => {
            for acl in &mut place.acls {
                acl.subnets.retain(|_, subnet| subnet != id);
            }
            for table in &mut place.tables {
                table.subnets.retain(|_, subnet| subnet != id);
            }
            place.forget(id);
        }
        Kind::Gateway
        | Kind::Table
        | Kind::Group
        | Kind::Nat
        | Kind::Address
        | Kind::Endpoint
        | Kind::FlowLog => place.forget(id),
    }
}
