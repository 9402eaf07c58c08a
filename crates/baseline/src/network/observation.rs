//! What was found of networks in the account: facts only, no decision. Which of it is ours is decided in `ours`.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use serde_json::Value;
use tenancy::{Failure, Region};

pub use super::{
    acl::Acl,
    resource::Resource,
    rule::{Direction, Peer, Rule},
};
use crate::declared;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Networks by Region: the spec's Regions, and others in which a VPC carries our tags.
    pub regions: BTreeMap<Region, RegionInventory>,
    /// Regions that could not be read, and why: nothing is known of them, and nothing is done there.
    pub unreadable: BTreeMap<Region, Failure>,
    /// The role of the flow logs, and by Region the log group for them and the default VPC.
    pub resources: declared::Observation,
}

impl Observation {
    /// Gives up Regions of which a read failed: what is known of them by half is nothing to plan on.
    pub fn blind(&mut self, reads: impl IntoIterator<Item = (Region, Result<(), Failure>)>) {
        for (region, read) in reads {
            if let Err(failure) = read {
                self.regions.remove(&region);
                self.unreadable.insert(region, failure);
            }
        }
    }
}

/// Everything of interest in one Region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegionInventory {
    /// Usable Availability Zones, in the order of their names.
    pub zones: Vec<String>,
    /// VPCs, without the default one.
    pub vpcs: Vec<Vpc>,
    /// Subnets.
    pub subnets: Vec<Subnet>,
    /// Internet gateways.
    pub gateways: Vec<Gateway>,
    /// Route tables.
    pub tables: Vec<Table>,
    /// Security groups.
    pub groups: Vec<Group>,
    /// NAT gateways, also those that failed or are going.
    pub nats: Vec<Nat>,
    /// Elastic IP addresses.
    pub addresses: Vec<Address>,
    /// VPC endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Flow logs.
    pub flow_logs: Vec<FlowLog>,
    /// Network ACLs.
    pub acls: Vec<Acl>,
    /// Network interfaces in VPCs of ours; read only where a network is to be removed.
    pub interfaces: Vec<Interface>,
    /// Security groups that are associated with a VPC beside their own; read only where a network is to be removed, and there are VPCs of
    /// others.
    pub associations: Vec<GroupAssociation>,
    /// What else keeps VPCs of ours from being deleted, in words; read only where a network is to be removed.
    pub in_the_way: Vec<String>,
}

/// A security group that may be used in a VPC beside its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupAssociation {
    /// The group.
    pub group: String,
    /// The other VPC.
    pub vpc: String,
}

/// A VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// Its primary IPv4 addresses.
    pub cidr: Ipv4Net,
    /// Whether the resolver answers in it; `None` where it was not read because the VPC cannot be ours.
    pub dns_support: Option<bool>,
    /// Whether instances get public DNS names.
    pub dns_hostnames: Option<bool>,
    /// Blocks of addresses it was given besides, IPv4 and IPv6.
    pub other_cidrs: BTreeSet<String>,
    /// How the account's block of public access keeps it from the internet, where it does.
    pub internet_blocked: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A subnet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// Its Availability Zone.
    pub zone: String,
    /// Whether what is launched in it gets a public IPv4 address.
    pub public_addresses: bool,
    /// Whether what is launched in it gets an IPv6 address.
    pub ipv6_addresses: bool,
    /// Tags.
    pub tags: Tags,
}

/// An internet gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gateway {
    /// `igw-…`.
    pub id: String,
    /// The VPC it is attached to.
    pub vpc: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A route table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// `rtb-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Whether it is its VPC's main table.
    pub main: bool,
    /// Where 0.0.0.0/0 goes: the id of a gateway, NAT gateway, interface, connection or instance.
    pub default_route: Option<String>,
    /// Where other destinations go: IPv4 or IPv6 addresses, or a prefix list, and the id of the target.
    pub routes: BTreeMap<String, String>,
    /// Subnets by association id.
    pub subnets: BTreeMap<String, String>,
    /// Tags.
    pub tags: Tags,
}

/// A security group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// `sg-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its name.
    pub name: String,
    /// What may come in.
    pub ingress: BTreeSet<Rule>,
    /// What may go out.
    pub egress: BTreeSet<Rule>,
    /// Tags.
    pub tags: Tags,
}

impl Group {
    /// Its rules of one direction.
    pub const fn rules(&self, direction: Direction) -> &BTreeSet<Rule> {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    pub(super) const fn rules_mut(&mut self, direction: Direction) -> &mut BTreeSet<Rule> {
        match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        }
    }
}

/// A NAT gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nat {
    /// `nat-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// How it is.
    pub state: NatState,
    /// Why it failed, as AWS says.
    pub failure: Option<String>,
    /// Addresses it holds.
    pub allocations: BTreeSet<String>,
    /// Tags.
    pub tags: Tags,
}

/// The states of a NAT gateway; a deleted one stays visible for about an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NatState {
    /// Coming.
    #[default]
    Pending,
    /// Working.
    Available,
    /// Never came; it must be made again.
    Failed,
    /// Going; it still holds its address and its interface.
    Deleting,
    /// Deleted.
    Deleted,
}

impl Nat {
    /// Whether it is there or coming.
    pub fn is_alive(&self) -> bool {
        matches!(self.state, NatState::Pending | NatState::Available)
    }

    /// Whether it still holds its address and its subnet.
    pub fn holds(&self) -> bool {
        self.is_alive() || self.state == NatState::Deleting
    }
}

/// An Elastic IP address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// `eipalloc-…`.
    pub id: String,
    /// What it is associated with, if it is.
    pub association: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A VPC endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// `vpce-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its service, such as `com.amazonaws.eu-central-1.s3`.
    pub service: String,
    /// Whether it is a gateway endpoint, which costs nothing, and not an interface.
    pub gateway: bool,
    /// Route tables it is in.
    pub tables: BTreeSet<String>,
    /// Its policy, where AWS shows one.
    pub policy: Option<Value>,
    /// Tags.
    pub tags: Tags,
}

/// A flow log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowLog {
    /// `fl-…`.
    pub id: String,
    /// The VPC, subnet or interface it records.
    pub resource: String,
    /// The log group it writes to; absent when it writes elsewhere.
    pub group: Option<String>,
    /// Whether it records accepted and rejected traffic.
    pub all_traffic: bool,
    /// Whether it runs.
    pub active: bool,
    /// The role it writes with, where AWS says so.
    pub role: Option<String>,
    /// The fields of its records, where AWS shows them.
    pub format: Option<String>,
    /// What its last delivery failed with.
    pub delivery_error: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interface {
    /// `eni-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its security groups.
    pub groups: BTreeSet<String>,
    /// Whether it belongs to a NAT gateway.
    pub of_nat: bool,
}
