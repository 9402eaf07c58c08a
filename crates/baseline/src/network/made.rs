//! What a part is like right after it was made.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use tenancy::names;

use super::{effect::NewPart, observation::*};

/// Adds a part that was made a moment ago, and that nothing is known of yet.
pub(super) fn make(
    inventory: &mut RegionInventory,
    new: NewPart,
    id: String,
    tags: Tags,
    pending: bool,
) {
    match new {
        NewPart::Vpc { cidr } => {
            let vpc = vpc(cidr);
            inventory.vpcs.push(Vpc { id, tags, ..vpc });
        }
        NewPart::Gateway => inventory.gateways.push(Gateway {
            id,
            tags,
            ..Gateway::default()
        }),
        NewPart::Subnet { vpc, cidr, zone } => {
            let subnet = subnet(vpc, cidr, zone);
            inventory.subnets.push(Subnet { id, tags, ..subnet });
        }
        NewPart::Table { vpc } => inventory.tables.push(Table {
            id,
            vpc,
            tags,
            ..Table::default()
        }),
        NewPart::Address => inventory.addresses.push(Address {
            id,
            tags,
            ..Address::default()
        }),
        NewPart::Nat {
            subnet, allocation, ..
        } => {
            let nat = nat(inventory, subnet, allocation, pending);
            inventory.nats.push(Nat { id, tags, ..nat });
        }
        NewPart::Endpoint {
            vpc,
            service,
            tables,
        } => {
            let endpoint = endpoint(vpc, service, tables);
            inventory.endpoints.push(Endpoint {
                id,
                tags,
                ..endpoint
            });
        }
        NewPart::Group { vpc, name, .. } => {
            let group = group(vpc, name);
            inventory.groups.push(Group { id, tags, ..group });
        }
        NewPart::FlowLog { vpc } => {
            let log = flow_log(vpc);
            inventory.flow_logs.push(FlowLog { id, tags, ..log });
        }
    }
}

/// What a VPC made by CreateVpc starts with (VPC User Guide, "DNS attributes").
fn vpc(cidr: Ipv4Net) -> Vpc {
    Vpc {
        cidr,
        dns_support: Some(true),
        dns_hostnames: Some(false),
        ..Vpc::default()
    }
}

fn subnet(vpc: String, cidr: Ipv4Net, zone: String) -> Subnet {
    Subnet {
        vpc,
        cidr,
        zone,
        ..Subnet::default()
    }
}

/// What a new group starts with (VPC User Guide, "Security group rules").
fn group(vpc: String, name: String) -> Group {
    Group {
        vpc,
        name,
        egress: BTreeSet::from([Rule::all(Peer::V4("0.0.0.0/0".into()))]),
        ..Group::default()
    }
}

fn endpoint(vpc: String, service: String, tables: BTreeSet<String>) -> Endpoint {
    Endpoint {
        vpc,
        service,
        gateway: true,
        tables,
        ..Endpoint::default()
    }
}

fn flow_log(vpc: String) -> FlowLog {
    FlowLog {
        resource: vpc,
        group: Some(names::flow_log_group().into()),
        all_traffic: true,
        active: true,
        ..FlowLog::default()
    }
}

fn nat(inventory: &RegionInventory, subnet: String, allocation: String, pending: bool) -> Nat {
    let home = inventory.subnets.iter().find(|known| known.id == subnet);
    Nat {
        vpc: home.map(|known| known.vpc.clone()).unwrap_or_default(),
        subnet,
        state: match pending {
            true => NatState::Pending,
            false => NatState::Available,
        },
        allocations: BTreeSet::from([allocation]),
        ..Nat::default()
    }
}
