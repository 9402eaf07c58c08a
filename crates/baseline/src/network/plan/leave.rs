//! Taking a network away, level by level, as far as the tenant's own resources let us.
//!
//! The order is AWS's: endpoints, NAT gateways and flow logs; then addresses, subnets and the gateway's attachment; then the
//! gateway, route tables and groups; the VPC last, as what we recognise the network by.

mod in_the_way;

use std::collections::BTreeSet;

use tenancy::{Failure, FailureKind, Region, names};

use super::{NetworkPlan, logs::group_key, tag};
use crate::{
    declared::Key,
    desired::Desired,
    network::{
        change::NetworkChange,
        effect::{Connection, Effect, Kind, RuleChange, Rules},
        observation::*,
        ours::part_tags,
        pick::part_of,
        words::listed,
    },
    resources::LogGroup,
};

/// One Region that is to be emptied.
struct Departure<'a> {
    desired: &'a Desired,
    region: &'a Region,
    inventory: &'a RegionInventory,
    /// VPCs that carry our tags.
    vpcs: BTreeSet<&'a str>,
}

/// Empties a Region. The log group is given back while it has to stay.
pub(super) fn empty(
    desired: &Desired,
    region: &Region,
    inventory: &RegionInventory,
    seen: &Observation,
    plan: &mut NetworkPlan,
) -> Option<Key> {
    let relabelled = relabelled(desired, region, inventory);
    if !desired.leaving() && !relabelled.is_empty() {
        plan.changes.extend(relabelled);
        return Some(group_key(region));
    }
    let owned = inventory.vpcs.iter().filter(|vpc| desired.owns(&vpc.tags));
    let departure = Departure {
        desired,
        region,
        inventory,
        vpcs: owned.map(|vpc| vpc.id.as_str()).collect(),
    };
    let group = group_key(region);
    let foreign = departure.foreign();
    let mut held = departure.held_by_associations();
    let associated = !held.is_empty();
    held.extend(departure.held_by_rules());
    let in_the_way = || foreign.iter().chain(&inventory.in_the_way).chain(&held);
    // Everything that could keep the VPC is searched for before the first deletion: half a network is worse than one too many.
    if !desired.leaving() && !departure.vpcs.is_empty() && in_the_way().next().is_some() {
        plan.obstacles.push(Failure::park(
            FailureKind::Conflict,
            format!("removing the network in `{region}`, which the spec no longer asks for"),
            format!("the tenant's own resources are in it: {}", listed(in_the_way())),
            "network-in-use",
            "Move or delete what the tenant has in the VPC, or put the Region back into its spec; then retry the tenant.",
        ));
        return Some(group);
    }
    departure.first(plan);
    departure.second(plan);
    departure.tables(plan);
    departure.groups(plan);
    if !desired.leaving() {
        departure.default_groups(plan);
    }
    let found = seen.resources.present::<LogGroup>(&group);
    let logged = found.is_some_and(|group| desired.owns(&group.tags));
    let alone = foreign.is_empty() && inventory.in_the_way.is_empty() && !associated;
    departure.last(plan, alone && !logged);
    let logging = departure.owned(&inventory.flow_logs).next().is_some();
    logging.then_some(group)
}

/// What the ledger recorded as ours and does not carry our tag any more gets it back first: what goes is known by its tag.
fn relabelled(
    desired: &Desired,
    region: &Region,
    inventory: &RegionInventory,
) -> Vec<NetworkChange> {
    let lost = inventory.all().filter(|item| !desired.owns(item.tags()));
    let change = |item: &dyn Resource| {
        let part = part_of(desired, region, item)?;
        let (effect, found) = tag(desired, part_tags(desired, part), item)?;
        Some(NetworkChange::part(region, part, found, effect))
    };
    lost.filter_map(change).collect()
}

impl<'a> Departure<'a> {
    fn owns<T: Resource>(&self, item: &T) -> bool {
        self.desired.owns(item.tags())
    }

    fn owned<T: Resource>(&self, items: &'a [T]) -> impl Iterator<Item = &'a T> {
        items.iter().filter(|item| self.owns(*item))
    }

    fn is_in_ours(&self, vpc: &str) -> bool {
        self.vpcs.contains(vpc)
    }

    fn delete(&self, plan: &mut NetworkPlan, kind: Kind, item: &impl Resource) {
        let part = item.tags().get(names::TAG_PART).cloned();
        let part = part.unwrap_or_else(|| item.id().to_owned());
        let id = item.id().to_owned();
        self.change(plan, part, Effect::Delete { kind, id });
    }

    fn change(&self, plan: &mut NetworkPlan, part: String, effect: Effect) {
        let change = NetworkChange::part(self.region, part, "present", effect);
        plan.changes.push(change);
    }

    /// What needs nothing else removed, and costs most.
    fn first(&self, plan: &mut NetworkPlan) {
        for nat in self.owned(&self.inventory.nats) {
            if nat.is_alive() {
                self.delete(plan, Kind::Nat, nat);
            } else if nat.state == NatState::Deleting {
                plan.wait(format!("NAT gateway `{}` to be deleted", nat.id), 15);
            }
        }
        for endpoint in self.owned(&self.inventory.endpoints) {
            self.delete(plan, Kind::Endpoint, endpoint);
        }
        for log in self.owned(&self.inventory.flow_logs) {
            self.delete(plan, Kind::FlowLog, log);
        }
    }

    /// Whether the tenant has an interface of its own there: those of NAT gateways go with them.
    fn has_interface(&self, is_there: impl Fn(&Interface) -> bool) -> bool {
        let mut interfaces = self.inventory.interfaces.iter();
        interfaces.any(|interface| !interface.of_nat && is_there(interface))
    }

    /// What NAT gateways hold: addresses, subnets, the gateway's attachment.
    fn second(&self, plan: &mut NetworkPlan) {
        let nats = || self.inventory.nats.iter().filter(|nat| nat.holds());
        for address in self.owned(&self.inventory.addresses) {
            // Where AWS does not show what a NAT gateway holds, any of ours may hold it.
            let held = nats().any(|nat| self.owns(nat) || nat.allocations.contains(&address.id));
            if !held && address.association.is_none() {
                self.delete(plan, Kind::Address, address);
            }
        }
        for subnet in self.owned(&self.inventory.subnets) {
            let nat = nats().any(|nat| nat.subnet == subnet.id);
            if !nat && !self.has_interface(|one| one.subnet == subnet.id) {
                self.delete(plan, Kind::Subnet, subnet);
            }
        }
        for gateway in self.owned(&self.inventory.gateways) {
            let Some(vpc) = &gateway.vpc else {
                self.delete(plan, Kind::Gateway, gateway);
                continue;
            };
            // Interfaces may have public addresses, which keep AWS from detaching.
            let nat = nats().any(|nat| nat.vpc == *vpc);
            if !nat && !self.has_interface(|one| one.vpc == *vpc) {
                let (gateway, vpc) = (gateway.id.clone(), vpc.clone());
                let detach = Connection::DetachGateway { gateway, vpc };
                self.change(plan, "igw".into(), Effect::Connect(detach));
            }
        }
    }

    fn tables(&self, plan: &mut NetworkPlan) {
        let subnets = self.inventory.subnets.iter();
        let there: BTreeSet<&String> = subnets.map(|subnet| &subnet.id).collect();
        for table in self.owned(&self.inventory.tables) {
            let serves = table.subnets.values().any(|id| there.contains(id));
            if !serves && !table.main {
                self.delete(plan, Kind::Table, table);
            }
        }
    }

    /// A group goes when no other group names it, no interface is in it, and it is associated with no other VPC.
    fn groups(&self, plan: &mut NetworkPlan) {
        for group in self.owned(&self.inventory.groups) {
            let peer = Peer::Group(group.id.clone());
            let others = self.inventory.groups.iter();
            let mut others = others.filter(|other| other.id != group.id);
            let named = others.any(|other| {
                let mut rules = other.ingress.iter().chain(&other.egress);
                rules.any(|rule| rule.peer == peer)
            });
            let mut associations = self.inventory.associations.iter();
            let associated = associations.any(|one| one.group == group.id);
            let mut interfaces = self.inventory.interfaces.iter();
            let used = interfaces.any(|one| one.groups.contains(&group.id));
            if !named && !associated && !used {
                self.delete(plan, Kind::Group, group);
            }
        }
    }

    /// Takes rules that name a group of ours off the default groups. Not on the way out: they do not carry our tags.
    fn default_groups(&self, plan: &mut NetworkPlan) {
        let default = |group: &&Group| self.is_default_of_ours(group);
        for group in self.inventory.groups.iter().filter(default) {
            for direction in Direction::BOTH {
                let rules = self.naming_ours(group.rules(direction)).cloned();
                let revoked = Rules {
                    group: group.id.clone(),
                    direction,
                    rules: rules.collect(),
                };
                if !revoked.rules.is_empty() {
                    let revoke = Effect::Rules(RuleChange::Revoke(revoked));
                    self.change(plan, "default".into(), revoke);
                }
            }
        }
    }

    /// The VPC, when all else of ours is removed and nothing of others is in it.
    fn last(&self, plan: &mut NetworkPlan, alone: bool) {
        let inventory = self.inventory;
        let is_vpc = |item: &dyn Resource| self.vpcs.contains(item.id());
        let stays = |item: &dyn Resource| self.desired.owns(item.tags()) && !item.comes_with_vpc();
        let rest = inventory.all().any(|item| stays(item) && !is_vpc(item));
        if alone && !rest {
            for vpc in self.owned(&inventory.vpcs) {
                self.delete(plan, Kind::Vpc, vpc);
            }
        }
    }
}
