//! Rules of security groups.

use std::collections::BTreeSet;

use aws_sdk_ec2::types;
use baseline::network::{Peer, Rule};

/// Permissions taken apart: one rule for each peer.
pub(in crate::network) fn rules(permissions: &[types::IpPermission]) -> BTreeSet<Rule> {
    permissions.iter().flat_map(apart).collect()
}

fn apart(permission: &types::IpPermission) -> Vec<Rule> {
    let v4 = permission
        .ip_ranges()
        .iter()
        .filter_map(|r| r.cidr_ip.clone());
    let v6 = permission
        .ipv6_ranges()
        .iter()
        .filter_map(|r| r.cidr_ipv6.clone());
    let groups = permission
        .user_id_group_pairs()
        .iter()
        .filter_map(|g| g.group_id.clone());
    let lists = permission
        .prefix_list_ids()
        .iter()
        .filter_map(|l| l.prefix_list_id.clone());
    let peers = v4
        .map(Peer::V4)
        .chain(v6.map(Peer::V6))
        .chain(groups.map(Peer::Group))
        .chain(lists.map(Peer::Prefixes));
    let protocol = permission.ip_protocol().unwrap_or("-1");
    let all = protocol == "-1";
    peers
        .map(|peer| Rule {
            protocol: protocol.into(),
            // With all protocols, ports mean nothing, whatever is written there.
            from: permission.from_port.filter(|_| !all),
            to: permission.to_port.filter(|_| !all),
            peer,
        })
        .collect()
}
