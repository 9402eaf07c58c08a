//! The tenant's VPCs, one per Region, and the absence of default VPCs.
//!
//! # What is built
//! In each Region of the spec: a VPC with the CIDR allocated to it; in each Availability Zone a public and a larger private
//! subnet (see `addresses`); an internet gateway; a public route table, and a private one for each zone; by the spec's egress
//! none, one, or one NAT gateway for each zone; gateway endpoints for S3 and DynamoDB on all of these tables; a flow log of the
//! VPC to a log group with retention, by a role that trusts the flow logs service for this account only; an empty default
//! security group; a group for workloads, whose members reach each other and the outside and nothing else comes in; a group
//! for interface endpoints, reached on 443 by workloads. Default VPCs are removed in every enabled Region, if nothing is in them.
//!
//! # Guarantees
//! Only what carries our tags, or what the ledger recorded by its id while it did (see `ours`), is changed. Something of others in
//! the place of a part of ours is named and parks the tenant. The tenant's own subnets, groups, endpoints and routes are left
//! alone, also in our VPC and in our tables; but a route to the internet in a private table of ours is not its own.
//! What a smaller spec no longer wants is removed where that cannot hurt: NAT gateways and their addresses, and the network
//! of a Region that was dropped (an obstacle `network-in-use`, and nothing is touched, while something of the tenant's is in
//! it, or a rule of another group names one of ours). Nothing is changed in a Region that cannot be read. Subnets of zones that
//! are no longer wanted stay: they cost nothing and may be in use.
//! # Leaving
//! All that carries our tags is removed as far as possible. What the tenant's own resources hold (a subnet with their network
//! interface in it, and with it the VPC) stays, is named in the resources, and is no obstacle: it goes with the account.
//! # Caveats
//! Attributes AWS does not show, such as the role of a flow log on some answers, are not compared.

mod acl;
mod addresses;
#[cfg(test)]
pub(crate) mod asks;
mod change;
mod default_vpc;
mod drift_controls;
mod effect;
mod foreign;
mod grants;
mod kind;
mod learn;
mod made;
mod observation;
mod ours;
mod parts;
mod pick;
mod plan;
mod resource;
mod rule;
#[cfg(test)]
pub(crate) mod tests;
mod watched;
mod words;

use std::collections::BTreeMap;

use tenancy::{ComponentName, EffectiveSpec, Egress, Region, names};

pub use self::{
    acl::{Acl, AclChange, AclEntry},
    addresses::{LETTERS, private_cidr, public_cidr},
    change::{NetworkChange, PartChange},
    default_vpc::DefaultVpc,
    effect::{
        Connection, DnsAttribute, Effect, Kind, NewPart, RuleChange, Rules, SubnetAttribute, Target,
    },
    learn::{NetworkFact, PartFact},
    observation::*,
    ours::{may_be_ours, part_tags},
    pick::{is_mine, part_of},
    plan::{dropped_regions, first_notes, group_key, lacks_subnets, role_key},
    words::listed,
};
use crate::{
    component::{Component, Departure, Plan},
    control::Control,
    declared::{self, owned},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    resources::{LogGroup, Role},
    watched::Properties,
};

/// The tenant's VPCs, one per Region, and the absence of default VPCs.
pub struct Network;

impl Network {
    /// The output with the NAT gateways of ours in a Region: `nat-a=nat-0123 nat-b=nat-4567`.
    pub const GATEWAYS: &'static str = "nat-gateways";
}

impl Component for Network {
    const NAME: ComponentName = ComponentName::NETWORK;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS, ComponentName::KEYS];
    const DEPARTURE: Departure = Departure::ByNeed;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];
    type Observation = Observation;
    type Change = NetworkChange;
    type Fact = NetworkFact;

    fn waits_for(spec: &EffectiveSpec, need: ComponentName) -> bool {
        need != ComponentName::KEYS || spec.encrypts_with_keys()
    }

    fn plan(desired: &Desired, seen: &Observation) -> Plan<NetworkChange> {
        plan::plan(desired, seen)
    }

    fn learn(seen: &mut Observation, fact: NetworkFact) {
        learn::learn(seen, fact);
    }

    fn imagine(desired: &Desired, change: &NetworkChange) -> NetworkFact {
        NetworkFact::imagined(desired, change)
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        for region in desired.spec.regions.clone() {
            let gateways = seen.regions.get(&region).map(|inventory| {
                let parts = parts(desired, &region, inventory).into_iter();
                let gateways = parts.filter_map(|(name, id)| {
                    let part = name.strip_prefix(&format!("{region}."))?;
                    part.starts_with("nat-").then(|| format!("{part}={id}"))
                });
                gateways.collect::<Vec<_>>().join(" ")
            });
            if let Some(gateways) = gateways {
                let outputs = &mut desired.outputs;
                outputs.set(Self::NAME, Self::GATEWAYS, Some(&region), gateways);
            }
        }
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        drift_controls::DRIFT
    }

    /// By their parts: what there is none of without a way out, or without a network.
    fn wanted_keys(desired: &Desired) -> Option<Vec<String>> {
        let mut parts = match desired.spec.network {
            true => PARTS.to_vec(),
            false => vec!["default-vpc"],
        };
        if desired.spec.network && desired.spec.egress != Egress::None {
            parts.extend(["nat-a", "eip-a"]);
        }
        Some(parts.into_iter().map(str::to_owned).collect())
    }

    fn controls() -> &'static [Control<Observation>] {
        foreign::CONTROLS
    }

    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut resources = declared::ids(Self::NAME, desired, &seen.resources);
        for (region, inventory) in &seen.regions {
            resources.extend(parts(desired, region, inventory));
            let key = group_key(region);
            if owned::<LogGroup>(Self::NAME, desired, &seen.resources, &key).is_some() {
                let name = names::flow_log_group().into();
                resources.insert(format!("{region}.flow-log-group"), name);
            }
            let mut strangers = strangers(inventory).peekable();
            if strangers.peek().is_some() {
                resources.insert(format!("{region}.held-by-the-tenant"), listed(strangers));
            }
        }
        if owned::<Role>(Self::NAME, desired, &seen.resources, &role_key()).is_some() {
            resources.insert("flow-logs-role".into(), names::FLOW_LOGS_ROLE.into());
        }
        resources
    }
}

/// Parts of every network, one of each kind.
const PARTS: [&str; 12] = [
    "vpc",
    "private-a",
    "igw",
    "rt-private-a",
    "sg-workload",
    "default",
    "endpoint-s3",
    "flow-log",
    "network-acl",
    "default-vpc",
    "flow-log-group",
    "flow-logs-role",
];

/// The ids of our parts in a Region. Of two of a part, the one that the network is built with.
fn parts(
    desired: &Desired,
    region: &Region,
    inventory: &RegionInventory,
) -> BTreeMap<String, String> {
    let named = |part: &str, id: &str| (format!("{region}.{part}"), id.to_owned());
    let all = inventory.all().filter_map(|item| {
        let part = part_of(desired, region, item)?;
        Some(named(part, item.id()))
    });
    let mut parts: BTreeMap<String, String> = all.collect();
    if let Some(cidr) = desired.cidrs.get(region) {
        let ours = ours::ours(desired, *cidr, region, inventory);
        let in_use = ours.parts();
        parts.extend(in_use.iter().map(|(part, item)| named(part, item.id())));
    }
    parts
}

/// Network interfaces that are not of a NAT gateway: what the tenant's own machines and services hold a network with.
fn strangers(inventory: &RegionInventory) -> impl Iterator<Item = &str> {
    inventory
        .interfaces
        .iter()
        .filter(|interface| !interface.of_nat)
        .map(|interface| interface.id.as_str())
}
