//! What an applied change teaches: the change itself, with the id of what was made.

use std::collections::BTreeSet;

use super::{
    change::{NetworkChange, PartChange},
    effect::{Connection, DnsAttribute, Effect, Kind, RuleChange, Rules, SubnetAttribute},
    made::{group, make},
    observation::*,
    ours::part_tags,
};
use crate::{component::Change, declared, desired::Desired};

/// What an effect taught.
#[derive(Debug, Clone)]
pub enum NetworkFact {
    /// About a part.
    Part(PartFact),
    /// About a declared resource.
    Resource(declared::ResourceFact),
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

impl NetworkFact {
    /// The fact that everything went well, with an id nobody has seen.
    pub(super) fn imagined(desired: &Desired, change: &NetworkChange) -> Self {
        match change {
            NetworkChange::Part(part) => {
                let id = format!("new-{}", change.key());
                Self::Part(PartFact::new(desired, part, id))
            }
            NetworkChange::Resource(change) => {
                Self::Resource(declared::ResourceFact::expected(change))
            }
        }
    }
}

/// Merges what was learned.
pub(super) fn learn(seen: &mut Observation, fact: NetworkFact) {
    match fact {
        NetworkFact::Part(fact) => learn_part(seen, fact),
        NetworkFact::Resource(fact) => fact.learn(&mut seen.resources),
    }
}

fn learn_part(seen: &mut Observation, fact: PartFact) {
    let PartFact {
        change,
        id,
        tags,
        pending,
    } = fact;
    let inventory = seen.regions.entry(change.region).or_default();
    match change.effect {
        Effect::Create(new) => make(inventory, new, id, tags, pending),
        Effect::Connect(connection) => connect(inventory, connection, id),
        Effect::Rules(rules) => change_rules(inventory, rules, id, change.part),
        Effect::Acl(acl) => {
            let known = inventory
                .acls
                .iter_mut()
                .find(|known| known.id == acl.acl());
            known.into_iter().for_each(|known| acl.learn(known));
        }
        Effect::Tag { id, tags, .. } => {
            if let Some(known) = inventory.tags_of(&id) {
                known.extend(tags);
            }
        }
        Effect::Untag { id, keys } => {
            if let Some(known) = inventory.tags_of(&id) {
                known.retain(|key, _| !keys.contains(key));
            }
        }
        Effect::Delete { kind, id } => delete(inventory, kind, &id, pending),
    }
}

fn connect(inventory: &mut RegionInventory, connection: Connection, id: String) {
    match connection {
        Connection::EnableDns { vpc, attribute } => enable_dns(inventory, &vpc, attribute),
        Connection::AttachGateway { gateway, vpc } => attach(inventory, &gateway, Some(vpc)),
        Connection::DetachGateway { gateway, .. } => attach(inventory, &gateway, None),
        Connection::Associate { table, subnet, .. } => associate(inventory, &table, subnet, id),
        Connection::SetDefaultRoute { table, target, .. } => {
            route(inventory, &table, Some(target.id().to_owned()));
        }
        Connection::DeleteDefaultRoute { table } => route(inventory, &table, None),
        Connection::SwitchOff { subnet, attribute } => switch_off(inventory, &subnet, attribute),
        Connection::DeleteRoute { table, destination } => {
            let tables = inventory
                .tables
                .iter_mut()
                .filter(|known| known.id == table);
            tables.for_each(|known| drop(known.routes.remove(&destination)));
        }
        Connection::ResetPolicy { endpoint } => {
            let endpoints = inventory.endpoints.iter_mut();
            let known = endpoints.filter(|known| known.id == endpoint);
            known.for_each(|known| known.policy = None);
        }
        Connection::JoinTables { endpoint, tables } => {
            if let Some(known) = inventory.endpoints.iter_mut().find(|e| e.id == endpoint) {
                known.tables.extend(tables);
            }
        }
    }
}

fn change_rules(inventory: &mut RegionInventory, change: RuleChange, id: String, part: String) {
    match change {
        RuleChange::Allow(missing) => {
            if let Some(known) = rules_of(inventory, &missing) {
                known.extend(missing.rules);
            }
        }
        RuleChange::Revoke(extra) => {
            if let Some(known) = rules_of(inventory, &extra) {
                known.retain(|rule| !extra.rules.contains(rule));
            }
        }
        RuleChange::CloseDefaultGroup { vpc } => {
            inventory.forget(&id);
            let empty = group(id, vpc, part, BTreeSet::new(), Tags::new());
            inventory.groups.push(empty);
        }
    }
}

fn enable_dns(inventory: &mut RegionInventory, vpc: &str, attribute: DnsAttribute) {
    for vpc in inventory.vpcs.iter_mut().filter(|known| known.id == vpc) {
        match attribute {
            DnsAttribute::Support => vpc.dns_support = Some(true),
            DnsAttribute::Hostnames => vpc.dns_hostnames = Some(true),
        }
    }
}

fn switch_off(inventory: &mut RegionInventory, subnet: &str, attribute: SubnetAttribute) {
    for known in inventory
        .subnets
        .iter_mut()
        .filter(|known| known.id == subnet)
    {
        match attribute {
            SubnetAttribute::PublicAddresses => known.public_addresses = false,
            SubnetAttribute::Ipv6Addresses => known.ipv6_addresses = false,
        }
    }
}

fn attach(inventory: &mut RegionInventory, gateway: &str, vpc: Option<String>) {
    if let Some(known) = inventory
        .gateways
        .iter_mut()
        .find(|known| known.id == gateway)
    {
        known.vpc = vpc;
    }
}

fn associate(inventory: &mut RegionInventory, table: &str, subnet: String, association: String) {
    for known in &mut inventory.tables {
        known.subnets.retain(|_, other| *other != subnet);
    }
    if let Some(known) = inventory.tables.iter_mut().find(|known| known.id == table) {
        known.subnets.insert(association, subnet);
    }
}

fn route(inventory: &mut RegionInventory, table: &str, target: Option<String>) {
    if let Some(known) = inventory.tables.iter_mut().find(|known| known.id == table) {
        known.default_route = target;
    }
}

fn rules_of<'a>(inventory: &'a mut RegionInventory, of: &Rules) -> Option<&'a mut BTreeSet<Rule>> {
    let group = inventory
        .groups
        .iter_mut()
        .find(|known| known.id == of.group)?;
    Some(match of.direction {
        Direction::Ingress => &mut group.ingress,
        Direction::Egress => &mut group.egress,
    })
}

fn delete(inventory: &mut RegionInventory, kind: Kind, id: &str, pending: bool) {
    match kind {
        Kind::Nat if pending => {
            for nat in inventory.nats.iter_mut().filter(|nat| nat.id == id) {
                nat.state = NatState::Deleting;
            }
        }
        Kind::Vpc => {
            // Its main table and default group go with it.
            inventory.tables.retain(|table| table.vpc != id);
            inventory.groups.retain(|group| group.vpc != id);
            inventory.acls.retain(|acl| acl.vpc != id);
            inventory.forget(id);
        }
        Kind::Subnet => {
            for acl in &mut inventory.acls {
                acl.subnets.retain(|_, subnet| subnet != id);
            }
            for table in &mut inventory.tables {
                table.subnets.retain(|_, subnet| subnet != id);
            }
            inventory.forget(id);
        }
        Kind::Gateway
        | Kind::Table
        | Kind::Group
        | Kind::Nat
        | Kind::Address
        | Kind::Endpoint
        | Kind::FlowLog => inventory.forget(id),
    }
}
