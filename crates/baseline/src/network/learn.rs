//! What an applied change teaches: the change itself, with the id of what was made.

use super::{
    change::{NetworkChange, PartChange},
    effect::{Connection, DnsAttribute, Effect, Kind, RuleChange, SubnetAttribute},
    made::make,
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
        NetworkFact::Part(fact) => learn_part(seen, fact).unwrap_or_default(),
        NetworkFact::Resource(fact) => fact.learn(&mut seen.resources),
    }
}

/// What is about something that is not known teaches nothing.
fn learn_part(seen: &mut Observation, fact: PartFact) -> Option<()> {
    let (change, id) = (fact.change, fact.id);
    let inventory = seen.regions.entry(change.region).or_default();
    match change.effect {
        Effect::Create(new) => {
            inventory.forget(&id);
            make(inventory, new, id, fact.tags, fact.pending);
        }
        Effect::Connect(connection) => connect(inventory, connection, id)?,
        Effect::Rules(rules) => change_rules(inventory, rules, id, change.part)?,
        Effect::Acl(acl) => acl.learn(find(&mut inventory.acls, acl.acl())?),
        Effect::Tag { id, tags, .. } => inventory.tags_of(&id)?.extend(tags),
        Effect::Untag { id, keys } => inventory.tags_of(&id)?.retain(|key, _| !keys.contains(key)),
        Effect::Delete { kind, id } => delete(inventory, kind, &id, fact.pending),
    }
    Some(())
}

fn find<'a, T: Resource>(items: &'a mut [T], id: &str) -> Option<&'a mut T> {
    items.iter_mut().find(|item| item.id() == id)
}

fn connect(inventory: &mut RegionInventory, connection: Connection, id: String) -> Option<()> {
    match connection {
        Connection::EnableDns { vpc, attribute } => {
            let known = find(&mut inventory.vpcs, &vpc)?;
            match attribute {
                DnsAttribute::Support => known.dns_support = Some(true),
                DnsAttribute::Hostnames => known.dns_hostnames = Some(true),
            }
        }
        Connection::AttachGateway { gateway, vpc } => {
            find(&mut inventory.gateways, &gateway)?.vpc = Some(vpc);
        }
        Connection::DetachGateway { gateway, .. } => {
            find(&mut inventory.gateways, &gateway)?.vpc = None;
        }
        Connection::Associate { table, subnet, .. } => {
            for known in &mut inventory.tables {
                known.subnets.retain(|_, other| *other != subnet);
            }
            let known = find(&mut inventory.tables, &table)?;
            known.subnets.insert(id, subnet);
        }
        Connection::SetDefaultRoute { table, target, .. } => {
            let known = find(&mut inventory.tables, &table)?;
            known.default_route = Some(target.id().to_owned());
        }
        Connection::DeleteDefaultRoute { table } => {
            find(&mut inventory.tables, &table)?.default_route = None;
        }
        Connection::SwitchOff { subnet, attribute } => {
            let known = find(&mut inventory.subnets, &subnet)?;
            match attribute {
                SubnetAttribute::PublicAddresses => known.public_addresses = false,
                SubnetAttribute::Ipv6Addresses => known.ipv6_addresses = false,
            }
        }
        Connection::DeleteRoute { table, destination } => {
            let known = find(&mut inventory.tables, &table)?;
            known.routes.remove(&destination);
        }
        Connection::ResetPolicy { endpoint } => {
            find(&mut inventory.endpoints, &endpoint)?.policy = None;
        }
        Connection::JoinTables { endpoint, tables } => {
            find(&mut inventory.endpoints, &endpoint)?
                .tables
                .extend(tables);
        }
    }
    Some(())
}

fn change_rules(
    inventory: &mut RegionInventory,
    change: RuleChange,
    id: String,
    name: String,
) -> Option<()> {
    match change {
        RuleChange::Allow(missing) => {
            let group = find(&mut inventory.groups, &missing.group)?;
            group.rules_mut(missing.direction).extend(missing.rules);
        }
        RuleChange::Revoke(extra) => {
            let group = find(&mut inventory.groups, &extra.group)?;
            let known = group.rules_mut(extra.direction);
            known.retain(|rule| !extra.rules.contains(rule));
        }
        RuleChange::CloseDefaultGroup { vpc } => {
            inventory.forget(&id);
            inventory.groups.push(Group {
                id,
                vpc,
                name,
                ..Group::default()
            });
        }
    }
    Some(())
}

fn delete(inventory: &mut RegionInventory, kind: Kind, id: &str, pending: bool) {
    if kind == Kind::Nat && pending {
        let going = find(&mut inventory.nats, id);
        going
            .into_iter()
            .for_each(|nat| nat.state = NatState::Deleting);
        return;
    }
    inventory.forget(id);
    if kind == Kind::Vpc {
        // Its main table and default group go with it.
        inventory.tables.retain(|table| table.vpc != id);
        inventory.groups.retain(|group| group.vpc != id);
        inventory.acls.retain(|acl| acl.vpc != id);
    }
    if kind == Kind::Subnet {
        let acls = inventory.acls.iter_mut().map(|acl| &mut acl.subnets);
        let tables = inventory.tables.iter_mut().map(|table| &mut table.subnets);
        acls.chain(tables)
            .for_each(|on| on.retain(|_, subnet| subnet != id));
    }
}
