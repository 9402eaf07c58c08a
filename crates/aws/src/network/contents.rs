//! What is in a default VPC: what AWS made, and what it did not.
//!
//! Source: EC2 API reference, `DeleteVpc`: all but the default security group, the main route table and the default network ACL has
//! to go before the VPC.

use aws_sdk_ec2::{
    Client,
    types::{self, AttachmentStatus, VpcPeeringConnectionStateReasonCode as Peering},
};
use baseline::network::Gateway;
use tenancy::{Failure, names};

use super::{defaults::PART, observe::filter, parse};
use crate::calls::checked;

/// What is in a default VPC.
pub(super) struct Contents {
    /// The subnets AWS made in it.
    pub(super) subnets: Vec<String>,
    /// The internet gateway AWS made for it, also where an earlier pass detached it and got no further.
    pub(super) gateways: Vec<String>,
    /// Everything else that keeps it from being deleted, in words.
    pub(super) others: Vec<String>,
}

/// Everything of one kind.
macro_rules! all {
    ($doing:expr, $call:expr, $items:ident) => {
        async {
            let answer = checked($call.send().await, || $doing.to_owned())?;
            Ok::<_, Failure>(answer.$items.unwrap_or_default())
        }
    };
}

/// What of one kind is not AWS's own, by kind and id.
macro_rules! others {
    ($doing:expr, $call:expr, $items:ident, $kind:literal, $id:ident, $is_other:expr) => {
        async {
            let others = all!($doing, $call, $items).await?;
            let others = others.into_iter().filter($is_other);
            let ids = others.filter_map(|other| other.$id);
            let words = ids.map(|id| format!(concat!($kind, " `{}`"), id));
            Ok::<Vec<String>, Failure>(words.collect())
        }
    };
}

impl Contents {
    /// Reads everything at once. Deleting is by id: whatever a filter let through, only what says that it is in this VPC counts.
    pub(super) async fn read(ec2: &Client, vpc: &str, doing: &str) -> Result<Self, Failure> {
        let here = ec2.describe_subnets().filters(filter("vpc-id", [vpc]));
        let (subnets, gateways, inside, around) = futures::try_join!(
            all!(doing, here, subnets),
            // All of them, five at most: one that an earlier pass detached is attached to nothing.
            all!(doing, ec2.describe_internet_gateways(), internet_gateways),
            inside(ec2, vpc, doing),
            around(ec2, vpc, doing),
        )?;
        let here = subnets.into_iter().filter(|one| one.vpc_id() == Some(vpc));
        let (made_by_aws, own): (Vec<_>, Vec<_>) =
            here.partition(|subnet| subnet.default_for_az == Some(true));
        let own = own.into_iter().filter_map(|subnet| subnet.subnet_id);
        let own = own.map(|id| format!("subnet `{id}`"));
        let gateways = gateways.iter().filter_map(parse::gateway);
        let gateways = gateways.filter(|one| one.vpc.as_deref() == Some(vpc) || is_marked(one));
        Ok(Self {
            subnets: (made_by_aws.into_iter())
                .filter_map(|subnet| subnet.subnet_id)
                .collect(),
            gateways: gateways.map(|gateway| gateway.id).collect(),
            others: own.chain(inside).chain(around).collect(),
        })
    }
}

/// Whether an earlier pass detached it from the default VPC and got no further.
fn is_marked(gateway: &Gateway) -> bool {
    let part = gateway.tags.get(names::TAG_PART);
    gateway.vpc.is_none() && part.is_some_and(|part| part == PART)
}

/// What keeps a VPC of ours from being deleted and is not seen otherwise: only its own last step would find it.
pub(super) async fn blockers(ec2: &Client, vpc: &str, doing: &str) -> Result<Vec<String>, Failure> {
    Ok(connections(ec2, vpc, doing).await?.concat())
}

async fn acls(ec2: &Client, vpc: &str, doing: &str) -> Result<Vec<String>, Failure> {
    others!(
        doing,
        ec2.describe_network_acls().filters(filter("vpc-id", [vpc])),
        network_acls,
        "network ACL",
        network_acl_id,
        |one| one.vpc_id() == Some(vpc) && one.is_default != Some(true)
    )
    .await
}

async fn inside(ec2: &Client, vpc: &str, doing: &str) -> Result<Vec<String>, Failure> {
    let here = || filter("vpc-id", [vpc]);
    let (interfaces, groups, tables, acls) = futures::try_join!(
        others!(
            doing,
            ec2.describe_network_interfaces().filters(here()),
            network_interfaces,
            "network interface",
            network_interface_id,
            |one| one.vpc_id() == Some(vpc)
        ),
        others!(
            doing,
            ec2.describe_security_groups().filters(here()),
            security_groups,
            "security group",
            group_id,
            |one| one.vpc_id() == Some(vpc) && one.group_name() != Some("default")
        ),
        others!(
            doing,
            ec2.describe_route_tables().filters(here()),
            route_tables,
            "route table",
            route_table_id,
            |one| one.vpc_id() == Some(vpc)
                && !one.associations().iter().any(|is| is.main == Some(true))
        ),
        acls(ec2, vpc, doing),
    )?;
    Ok([interfaces, groups, tables, acls].concat())
}

/// What leads out of it.
async fn around(ec2: &Client, vpc: &str, doing: &str) -> Result<Vec<String>, Failure> {
    let endpoints = others!(
        doing,
        ec2.describe_vpc_endpoints()
            .filters(filter("vpc-id", [vpc])),
        vpc_endpoints,
        "endpoint",
        vpc_endpoint_id,
        |one| parse::endpoint(one).is_some_and(|endpoint| endpoint.vpc == vpc)
    );
    let connections = connections(ec2, vpc, doing);
    let (endpoints, connections) = futures::try_join!(endpoints, connections)?;
    Ok([endpoints, connections.concat()].concat())
}

/// Peering connections, VPN gateways and egress-only internet gateways.
async fn connections(ec2: &Client, vpc: &str, doing: &str) -> Result<[Vec<String>; 3], Failure> {
    let outgoing = ec2.describe_egress_only_internet_gateways();
    let (peerings, vpns, outgoing) = futures::try_join!(
        // A filter would know one side only.
        others!(
            doing,
            ec2.describe_vpc_peering_connections(),
            vpc_peering_connections,
            "peering connection",
            vpc_peering_connection_id,
            |one| is_peering_of(one, vpc)
        ),
        others!(
            doing,
            ec2.describe_vpn_gateways()
                .filters(filter("attachment.vpc-id", [vpc])),
            vpn_gateways,
            "VPN gateway",
            vpn_gateway_id,
            |one| one.vpc_attachments().iter().any(|is| {
                is.vpc_id() == Some(vpc) && is.state() != Some(&AttachmentStatus::Detached)
            })
        ),
        others!(
            doing,
            outgoing,
            egress_only_internet_gateways,
            "egress-only internet gateway",
            egress_only_internet_gateway_id,
            |one| one.attachments().iter().any(|is| is.vpc_id() == Some(vpc))
        ),
    )?;
    Ok([peerings, vpns, outgoing])
}

/// Whether a peering connection that is there or coming has this VPC at one of its ends.
fn is_peering_of(peering: &types::VpcPeeringConnection, vpc: &str) -> bool {
    let status = peering.status().and_then(|status| status.code());
    let alive = status.is_none_or(|status| {
        matches!(
            status,
            Peering::Active
                | Peering::InitiatingRequest
                | Peering::PendingAcceptance
                | Peering::Provisioning
        )
    });
    let ends = [peering.requester_vpc_info(), peering.accepter_vpc_info()];
    let mut ends = ends.into_iter().flatten();
    alive && ends.any(|end| end.vpc_id() == Some(vpc))
}
