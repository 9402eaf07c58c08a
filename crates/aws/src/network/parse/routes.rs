//! Route tables.

use aws_sdk_ec2::types;
use baseline::network::Table;

use super::tags;

pub(in crate::network) fn table(table: &types::RouteTable) -> Option<Table> {
    let associations = table.associations();
    let default = |route: &&types::Route| route.destination_cidr_block() == Some("0.0.0.0/0");
    let others = table.routes().iter().filter(|route| !default(route));
    Some(Table {
        id: table.route_table_id.clone()?,
        vpc: table.vpc_id.clone()?,
        main: associations.iter().any(|a| a.main == Some(true)),
        default_route: table.routes().iter().find(default).map(target),
        routes: others
            .filter_map(|route| Some((destination(route)?, target(route))))
            .collect(),
        subnets: associations
            .iter()
            .filter_map(|a| Some((a.route_table_association_id.clone()?, a.subnet_id.clone()?)))
            .collect(),
        tags: tags(table.tags()),
    })
}

fn destination(route: &types::Route) -> Option<String> {
    let destinations = [
        &route.destination_cidr_block,
        &route.destination_ipv6_cidr_block,
        &route.destination_prefix_list_id,
    ];
    let mut named = destinations.into_iter().flatten();
    named.find(|it| !it.is_empty()).cloned()
}

fn target(route: &types::Route) -> String {
    let targets = [
        &route.gateway_id,
        &route.nat_gateway_id,
        &route.transit_gateway_id,
        &route.network_interface_id,
        &route.instance_id,
        &route.vpc_peering_connection_id,
        &route.local_gateway_id,
        &route.carrier_gateway_id,
        &route.egress_only_internet_gateway_id,
        &route.core_network_arn,
    ];
    let named = targets.into_iter().flatten().find(|id| !id.is_empty());
    named.cloned().unwrap_or_else(|| "nothing known".into())
}
