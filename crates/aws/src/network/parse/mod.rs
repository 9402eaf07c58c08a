//! What EC2 answers, in our types. What lacks an id is skipped.

mod routes;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use self::{routes::table, rules::rules};

use std::collections::BTreeSet;

use aws_sdk_ec2::types;
use baseline::network::{
    Acl, AclEntry, Address, Endpoint, FlowLog, Gateway, Group, GroupAssociation, Interface, Nat,
    NatState, Subnet, Tags, Vpc,
};

use crate::calls::{any_tags, document};

pub(super) fn tags(tags: &[types::Tag]) -> Tags {
    let pair = |tag: &types::Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    tags.iter().filter_map(pair).collect()
}

/// Ordinary zones that can be used: no Local Zones, none that is impaired.
pub(super) fn zones(zones: &[types::AvailabilityZone]) -> Vec<String> {
    let usable = |zone: &&types::AvailabilityZone| {
        zone.zone_type()
            .is_none_or(|kind| kind == "availability-zone")
            && zone.state() == Some(&types::AvailabilityZoneState::Available)
    };
    let mut names: Vec<String> = zones
        .iter()
        .filter(usable)
        .filter_map(|zone| zone.zone_name.clone())
        .collect();
    names.sort();
    names
}

/// A VPC that is not the default one.
pub(super) fn vpc(vpc: &types::Vpc) -> Option<Vpc> {
    if vpc.is_default == Some(true) {
        return None;
    }
    Some(Vpc {
        id: vpc.vpc_id.clone()?,
        cidr: vpc.cidr_block()?.parse().ok()?,
        dns_support: None,
        dns_hostnames: None,
        other_cidrs: other_cidrs(vpc),
        internet_blocked: internet_blocked(vpc),
        tags: tags(vpc.tags()),
    })
}

/// Blocks of addresses besides the primary one.
fn other_cidrs(vpc: &types::Vpc) -> BTreeSet<String> {
    let there = |state: Option<&types::VpcCidrBlockState>| {
        let code = state.and_then(types::VpcCidrBlockState::state);
        code.is_none_or(|code| {
            use types::VpcCidrBlockStateCode as Code;
            !matches!(
                code,
                Code::Disassociating | Code::Disassociated | Code::Failed
            )
        })
    };
    let v4 = vpc.cidr_block_association_set().iter();
    let v4 = v4.filter(|one| there(one.cidr_block_state()));
    let v4 = v4.filter_map(|one| one.cidr_block.clone());
    let v6 = vpc.ipv6_cidr_block_association_set().iter();
    let v6 = v6.filter(|one| there(one.ipv6_cidr_block_state()));
    let v6 = v6.filter_map(|one| one.ipv6_cidr_block.clone());
    let others = v4.chain(v6);
    others
        .filter(|cidr| vpc.cidr_block() != Some(cidr))
        .collect()
}

/// How the account's block of public access keeps the VPC from the internet, in EC2's word.
fn internet_blocked(vpc: &types::Vpc) -> Option<String> {
    let states = vpc.block_public_access_states()?;
    let mode = states.internet_gateway_block_mode()?;
    (mode != &types::BlockPublicAccessMode::Off).then(|| mode.as_str().to_owned())
}

pub(super) fn subnet(subnet: &types::Subnet) -> Option<Subnet> {
    Some(Subnet {
        id: subnet.subnet_id.clone()?,
        vpc: subnet.vpc_id.clone()?,
        cidr: subnet.cidr_block()?.parse().ok()?,
        zone: subnet.availability_zone.clone().unwrap_or_default(),
        public_addresses: subnet.map_public_ip_on_launch == Some(true),
        ipv6_addresses: subnet.assign_ipv6_address_on_creation == Some(true),
        tags: tags(subnet.tags()),
    })
}

pub(super) fn gateway(gateway: &types::InternetGateway) -> Option<Gateway> {
    let attachment = gateway.attachments().first();
    Some(Gateway {
        id: gateway.internet_gateway_id.clone()?,
        vpc: attachment.and_then(|attachment| attachment.vpc_id.clone()),
        tags: tags(gateway.tags()),
    })
}

pub(super) fn group(group: &types::SecurityGroup) -> Option<Group> {
    Some(Group {
        id: group.group_id.clone()?,
        vpc: group.vpc_id.clone()?,
        name: group.group_name.clone()?,
        ingress: rules(group.ip_permissions()),
        egress: rules(group.ip_permissions_egress()),
        tags: tags(group.tags()),
    })
}

pub(super) fn nat(nat: &types::NatGateway) -> Option<Nat> {
    let failure = nat.failure_code().zip(nat.failure_message());
    Some(Nat {
        id: nat.nat_gateway_id.clone()?,
        vpc: nat.vpc_id.clone().unwrap_or_default(),
        subnet: nat.subnet_id.clone().unwrap_or_default(),
        state: match nat.state()? {
            types::NatGatewayState::Available => NatState::Available,
            types::NatGatewayState::Failed => NatState::Failed,
            types::NatGatewayState::Deleting => NatState::Deleting,
            types::NatGatewayState::Deleted => NatState::Deleted,
            // One that this release does not know is no state in which it could be used.
            _ => NatState::Pending,
        },
        failure: failure.map(|(code, message)| format!("{code}: {message}")),
        allocations: nat
            .nat_gateway_addresses()
            .iter()
            .filter_map(|address| address.allocation_id.clone())
            .collect(),
        tags: tags(nat.tags()),
    })
}

pub(super) fn address(address: &types::Address) -> Option<Address> {
    Some(Address {
        id: address.allocation_id.clone()?,
        association: address.association_id.clone().filter(|id| !id.is_empty()),
        tags: tags(address.tags()),
    })
}

/// An endpoint that is there or coming.
pub(super) fn endpoint(endpoint: &types::VpcEndpoint) -> Option<Endpoint> {
    let state = endpoint
        .state()
        .map(|state| state.as_str().to_ascii_lowercase());
    let going = ["deleting", "deleted", "failed", "rejected", "expired"];
    if state.is_some_and(|state| going.contains(&state.as_str())) {
        return None;
    }
    Some(Endpoint {
        id: endpoint.vpc_endpoint_id.clone()?,
        vpc: endpoint.vpc_id.clone()?,
        service: endpoint.service_name.clone()?,
        gateway: endpoint.vpc_endpoint_type() == Some(&types::VpcEndpointType::Gateway),
        tables: endpoint.route_table_ids().iter().cloned().collect(),
        policy: endpoint
            .policy_document()
            .filter(|text| !text.is_empty())
            .map(document),
        tags: tags(endpoint.tags()),
    })
}

pub(super) fn flow_log(log: &types::FlowLog) -> Option<FlowLog> {
    Some(FlowLog {
        id: log.flow_log_id.clone()?,
        resource: log.resource_id.clone()?,
        group: log_group(log),
        all_traffic: log.traffic_type() == Some(&types::TrafficType::All),
        active: log
            .flow_log_status()
            .is_none_or(|status| status == "ACTIVE"),
        role: log.deliver_logs_permission_arn.clone(),
        format: log.log_format.clone().filter(|format| !format.is_empty()),
        delivery_error: delivery_error(log),
        tags: tags(log.tags()),
    })
}

/// What AWS says of a delivery that fails.
fn delivery_error(log: &types::FlowLog) -> Option<String> {
    if log.deliver_logs_status() != Some("FAILED") {
        return None;
    }
    let said = log
        .deliver_logs_error_message()
        .filter(|said| !said.is_empty());
    Some(said.unwrap_or("delivery fails").to_owned())
}

/// A network ACL. Its last entry, which nobody can change, is passed over.
/// Source: EC2 API reference, `NetworkAclEntry`: rule numbers 1 to 32766.
pub(super) fn acl(acl: &types::NetworkAcl) -> Option<Acl> {
    let entries = acl.entries().iter().filter_map(acl_entry);
    let associations = acl.associations().iter();
    Some(Acl {
        id: acl.network_acl_id.clone()?,
        vpc: acl.vpc_id.clone()?,
        default: acl.is_default == Some(true),
        entries: entries.filter(|entry| entry.number <= 32766).collect(),
        subnets: associations
            .filter_map(|one| {
                let id = one.network_acl_association_id.clone()?;
                Some((id, one.subnet_id.clone()?))
            })
            .collect(),
        tags: tags(acl.tags()),
    })
}

fn acl_entry(entry: &types::NetworkAclEntry) -> Option<AclEntry> {
    let ports = entry.port_range();
    Some(AclEntry {
        number: entry.rule_number?,
        egress: entry.egress == Some(true),
        allow: entry.rule_action() == Some(&types::RuleAction::Allow),
        protocol: entry.protocol.clone().unwrap_or_default(),
        cidr: entry
            .cidr_block
            .clone()
            .or_else(|| entry.ipv6_cidr_block.clone())
            .unwrap_or_default(),
        ports: ports.and_then(|range| Some((range.from?, range.to?))),
    })
}

/// By name, or from the destination's ARN, whichever AWS gives.
fn log_group(log: &types::FlowLog) -> Option<String> {
    let named = log.log_group_name.clone().filter(|name| !name.is_empty());
    named.or_else(|| {
        let destination = log.log_destination()?.trim_end_matches(":*");
        let name = destination.rsplit(":log-group:").next()?;
        (!name.starts_with("arn:")).then(|| name.to_owned())
    })
}

pub(super) fn interface(interface: &types::NetworkInterface) -> Option<Interface> {
    let groups = interface.groups().iter();
    Some(Interface {
        id: interface.network_interface_id.clone()?,
        vpc: interface.vpc_id.clone()?,
        subnet: interface.subnet_id.clone().unwrap_or_default(),
        groups: groups.filter_map(|group| group.group_id.clone()).collect(),
        of_nat: interface.interface_type() == Some(&types::NetworkInterfaceType::NatGateway),
    })
}

/// An association of a security group that is there or coming.
pub(super) fn association(one: &types::SecurityGroupVpcAssociation) -> Option<GroupAssociation> {
    use types::SecurityGroupVpcAssociationState as State;
    let gone = matches!(
        one.state(),
        Some(State::AssociationFailed | State::Disassociated | State::Disassociating)
    );
    if gone {
        return None;
    }
    Some(GroupAssociation {
        group: one.group_id.clone()?,
        vpc: one.vpc_id.clone()?,
    })
}

/// The kind of resource, for tags given on creation.
pub(super) fn tagged(
    kind: types::ResourceType,
    tags: &Tags,
) -> aws_sdk_ec2::types::TagSpecification {
    types::TagSpecification::builder()
        .resource_type(kind)
        .set_tags(Some(any_tags!(types::Tag, tags)))
        .build()
}
