//! What a part is like right after it was made.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use tenancy::names;

use super::{effect::NewPart, observation::*};

/// Adds a part that was made a moment ago.
pub(super) fn make(
    inventory: &mut RegionInventory,
    new: NewPart,
    id: String,
    tags: Tags,
    pending: bool,
) {
    inventory.forget(&id);
    match new {
        NewPart::Vpc { cidr } => inventory.vpcs.push(vpc(id, cidr, tags)),
        NewPart::Gateway => inventory.gateways.push(Gateway {
            id,
            vpc: None,
            tags,
        }),
        NewPart::Subnet { vpc, cidr, zone } => inventory.subnets.push(Subnet {
            id,
            vpc,
            cidr,
            zone,
            public_addresses: false,
            ipv6_addresses: false,
            tags,
        }),
        NewPart::Table { vpc } => inventory.tables.push(Table {
            id,
            vpc,
            main: false,
            default_route: None,
            routes: BTreeMap::new(),
            subnets: BTreeMap::new(),
            tags,
        }),
        NewPart::Address => inventory.addresses.push(Address {
            id,
            association: None,
            tags,
        }),
        NewPart::Nat {
            subnet, allocation, ..
        } => make_nat(inventory, id, subnet, allocation, tags, pending),
        NewPart::Endpoint {
            vpc,
            service,
            tables,
        } => inventory.endpoints.push(Endpoint {
            id,
            vpc,
            service,
            gateway: true,
            tables,
            policy: None,
            tags,
        }),
        NewPart::Group { vpc, name, .. } => {
            // What a new group starts with (VPC User Guide, "Security group rules").
            let egress = BTreeSet::from([Rule::all(Peer::V4("0.0.0.0/0".into()))]);
            inventory.groups.push(group(id, vpc, name, egress, tags));
        }
        NewPart::FlowLog { vpc } => inventory.flow_logs.push(flow_log(id, vpc, tags)),
    }
}

/// What a VPC made by CreateVpc starts with (VPC User Guide, "DNS attributes").
fn vpc(id: String, cidr: Ipv4Net, tags: Tags) -> Vpc {
    Vpc {
        id,
        cidr,
        dns_support: Some(true),
        dns_hostnames: Some(false),
        other_cidrs: BTreeSet::new(),
        internet_blocked: None,
        tags,
    }
}

fn flow_log(id: String, vpc: String, tags: Tags) -> FlowLog {
    FlowLog {
        id,
        resource: vpc,
        group: Some(names::flow_log_group().into()),
        all_traffic: true,
        active: true,
        role: None,
        format: None,
        delivery_error: None,
        tags,
    }
}

pub(super) fn group(
    id: String,
    vpc: String,
    name: String,
    egress: BTreeSet<Rule>,
    tags: Tags,
) -> Group {
    Group {
        id,
        vpc,
        name,
        ingress: BTreeSet::new(),
        egress,
        tags,
    }
}

fn make_nat(
    inventory: &mut RegionInventory,
    id: String,
    subnet: String,
    allocation: String,
    tags: Tags,
    pending: bool,
) {
    let home = inventory.subnets.iter().find(|known| known.id == subnet);
    let vpc = home.map(|known| known.vpc.clone()).unwrap_or_default();
    inventory.nats.push(Nat {
        id,
        vpc,
        subnet,
        state: match pending {
            true => NatState::Pending,
            false => NatState::Available,
        },
        failure: None,
        allocations: BTreeSet::from([allocation]),
        tags,
    });
}
