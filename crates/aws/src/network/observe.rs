//! Everything of interest in one Region, read at once.

use aws_sdk_ec2::{
    Client,
    types::{Filter, Vpc, VpcAttributeName},
};
use baseline::{
    Component, Desired,
    network::{
        self, DefaultVpc, GroupAssociation, Interface, Network, RegionInventory, lacks_subnets,
        may_be_ours,
    },
};
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, Region, Verb};

use super::{NetworkPort, contents, parse};
use crate::{calls::present, errors};

/// All pages of a description.
macro_rules! all {
    ($region:expr, $what:literal, $call:expr) => {
        async {
            let pages = $call.into_paginator().items().send();
            let items = pages.collect::<Result<Vec<_>, _>>().await;
            items.map_err(|error| unreadable($what, $region, &error))
        }
    };
}

/// A description that has no pages.
macro_rules! one {
    ($region:expr, $what:literal, $call:expr) => {
        async {
            $call
                .send()
                .await
                .map_err(|error| unreadable($what, $region, &error))
        }
    };
}

fn unreadable<E, R>(
    what: &str,
    region: &Region,
    error: &aws_smithy_runtime_api::client::result::SdkError<E, R>,
) -> Failure
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata,
    R: errors::HttpStatus,
{
    errors::failure(format!("reading {what} in `{region}`"), error)
}

/// A filter by one name and some values.
pub(super) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    let values = values.into_iter().map(Into::into).collect();
    Filter::builder()
        .name(name)
        .set_values(Some(values))
        .build()
}

impl NetworkPort {
    /// Everything in a Region, and its default VPC.
    pub(super) async fn inventory(
        &self,
        desired: &Desired,
        region: &Region,
    ) -> Result<(RegionInventory, Option<DefaultVpc>), Failure> {
        let ec2 = &self.pass.clients.ec2(desired, region).await?;
        let zones = async {
            // An audit asks for them later, and only where a subnet is missing.
            match self.pass.verb {
                Verb::Audit => Ok(Vec::new()),
                Verb::Onboard | Verb::Offboard => zones(ec2, region).await,
            }
        };
        // A page size keeps EC2 from counting these as unpaginated, which has a smaller bucket.
        let vpcs = ec2.describe_vpcs().max_results(1000);
        let subnets = ec2.describe_subnets().max_results(1000);
        let gateways = ec2.describe_internet_gateways().max_results(1000);
        let tables = ec2.describe_route_tables().max_results(100);
        let groups = ec2.describe_security_groups().max_results(1000);
        let (zones, dns, vpcs, subnets, gateways, tables, groups, rest) = tokio::try_join!(
            zones,
            self.expected_dns(desired, region, ec2),
            all!(region, "VPCs", vpcs),
            all!(region, "subnets", subnets),
            all!(region, "internet gateways", gateways),
            all!(region, "route tables", tables),
            all!(region, "security groups", groups),
            rest(ec2, region),
        )?;
        let default = default_vpc(&vpcs);
        let mut vpcs: Vec<network::Vpc> = vpcs.iter().filter_map(parse::vpc).collect();
        if let Some(dns) = dns {
            let mut read = vpcs.iter_mut();
            let its = read.find(|vpc| vpc.id == dns.vpc);
            its.into_iter().for_each(|vpc| dns.write(vpc));
        }
        let inventory = RegionInventory {
            zones,
            vpcs,
            subnets: subnets.iter().filter_map(parse::subnet).collect(),
            gateways: gateways.iter().filter_map(parse::gateway).collect(),
            tables: tables.iter().filter_map(parse::table).collect(),
            groups: groups.iter().filter_map(parse::group).collect(),
            ..rest
        };
        Ok((inventory, default))
    }

    /// What is asked once a Region's VPCs and subnets are known.
    pub(super) async fn details(
        &self,
        desired: &Desired,
        region: &Region,
        inventory: &mut RegionInventory,
    ) -> Result<(), Failure> {
        if desired.leaving() {
            // What is removed may be as it is.
            return Ok(());
        }
        let ask = inventory.zones.is_empty() && lacks_subnets(desired, region, inventory);
        let zones = async {
            match ask {
                true => zones(&self.pass.clients.ec2(desired, region).await?, region).await,
                false => Ok(Vec::new()),
            }
        };
        let (zones, ()) = tokio::try_join!(zones, self.dns(desired, region, inventory))?;
        inventory.zones.extend(zones);
        Ok(())
    }

    /// The DNS attributes of the VPC that the ledger recorded, read beside all else: of no other are they read where nothing was changed
    /// by hand. `None` where there is none, or it is not there any more.
    async fn expected_dns(
        &self,
        desired: &Desired,
        region: &Region,
        ec2: &Client,
    ) -> Result<Option<Dns>, Failure> {
        let recorded = format!("{region}.vpc");
        let recorded = desired.recorded.id(Network::NAME, &recorded);
        let stays = !desired.leaving() && desired.spec.regions.contains(region);
        match recorded.filter(|_| stays) {
            Some(vpc) => Dns::read(ec2, region, vpc).await,
            None => Ok(None),
        }
    }

    /// The DNS attributes of VPCs that may be ours and whose have not been read.
    async fn dns(
        &self,
        desired: &Desired,
        region: &Region,
        inventory: &mut RegionInventory,
    ) -> Result<(), Failure> {
        let ec2 = &self.pass.clients.ec2(desired, region).await?;
        let unread = |vpc: &&mut network::Vpc| vpc.dns_support.is_none();
        let vpcs = inventory.vpcs.iter_mut().filter(unread);
        for vpc in vpcs.filter(|vpc| may_be_ours(desired, region, vpc)) {
            let dns = Dns::read(ec2, region, &vpc.id).await?;
            let absent = || {
                let doing = format!("reading the DNS attributes of `{}` in `{region}`", vpc.id);
                Failure::retry(
                    FailureKind::NotReady,
                    doing,
                    "it does not exist any more",
                    5,
                )
            };
            dns.ok_or_else(absent)?.write(vpc);
        }
        Ok(())
    }

    /// What blocks the removal of `vpcs`: network interfaces in them, and all that is not seen otherwise, in words.
    pub(super) async fn blockers(
        &self,
        desired: &Desired,
        region: &Region,
        vpcs: Vec<String>,
    ) -> Result<(Vec<Interface>, Vec<String>), Failure> {
        let ec2 = &self.pass.clients.ec2(desired, region).await?;
        let doing = &format!("reading what holds the network in `{region}`");
        let others = vpcs.iter().map(|vpc| contents::blockers(ec2, vpc, doing));
        let (interfaces, others) =
            tokio::try_join!(interfaces_in(ec2, region, &vpcs), try_join_all(others))?;
        Ok((interfaces, others.concat()))
    }

    /// Security groups that are associated with a VPC beside their own. Of all: one filter would know either the VPC or the group.
    pub(super) async fn associations(
        &self,
        desired: &Desired,
        region: &Region,
    ) -> Result<Vec<GroupAssociation>, Failure> {
        let ec2 = &self.pass.clients.ec2(desired, region).await?;
        let call = ec2.describe_security_group_vpc_associations();
        let call = call.max_results(1000);
        let found = all!(region, "associations of security groups", call).await?;
        Ok(found.iter().filter_map(parse::association).collect())
    }
}

/// The DNS attributes of a VPC; AWS tells one of one VPC a call.
struct Dns {
    vpc: String,
    support: Option<bool>,
    hostnames: Option<bool>,
}

impl Dns {
    /// `None` where there is no such VPC.
    async fn read(ec2: &Client, region: &Region, vpc: &str) -> Result<Option<Self>, Failure> {
        let ask = async |attribute, what: &str| {
            let call = ec2.describe_vpc_attribute().vpc_id(vpc);
            let answer = call.attribute(attribute).send().await;
            present(answer, || format!("reading {what} in `{region}`"))
        };
        let (support, hostnames) = tokio::try_join!(
            ask(VpcAttributeName::EnableDnsSupport, "the VPC's DNS support"),
            ask(
                VpcAttributeName::EnableDnsHostnames,
                "the VPC's DNS hostnames"
            ),
        )?;
        Ok(support.zip(hostnames).map(|(support, hostnames)| Self {
            vpc: vpc.to_owned(),
            support: support.enable_dns_support.and_then(|it| it.value),
            hostnames: hostnames.enable_dns_hostnames.and_then(|it| it.value),
        }))
    }

    fn write(&self, vpc: &mut network::Vpc) {
        vpc.dns_support = self.support;
        vpc.dns_hostnames = self.hostnames;
    }
}

async fn interfaces_in(
    ec2: &Client,
    region: &Region,
    vpcs: &[String],
) -> Result<Vec<Interface>, Failure> {
    let here = filter("vpc-id", vpcs.to_vec());
    let call = ec2.describe_network_interfaces().filters(here);
    let call = call.max_results(1000);
    let found = all!(region, "network interfaces", call).await?;
    let interfaces = found.iter().filter_map(parse::interface);
    let here = interfaces.filter(|interface| vpcs.contains(&interface.vpc));
    Ok(here.collect())
}

/// The default VPC among those of a Region.
pub(super) fn default_vpc(vpcs: &[Vpc]) -> Option<DefaultVpc> {
    let default = vpcs.iter().find(|vpc| vpc.is_default == Some(true))?;
    Some(DefaultVpc {
        id: default.vpc_id.clone(),
    })
}

async fn zones(ec2: &Client, region: &Region) -> Result<Vec<String>, Failure> {
    let call = ec2.describe_availability_zones();
    let zones = one!(region, "Availability Zones", call).await?;
    Ok(parse::zones(zones.availability_zones()))
}

async fn rest(ec2: &Client, region: &Region) -> Result<RegionInventory, Failure> {
    let nats = ec2.describe_nat_gateways().max_results(1000);
    let endpoints = ec2.describe_vpc_endpoints().max_results(1000);
    let flow_logs = ec2.describe_flow_logs().max_results(1000);
    let acls = ec2.describe_network_acls().max_results(1000);
    let (nats, addresses, endpoints, flow_logs, acls) = tokio::try_join!(
        all!(region, "NAT gateways", nats),
        one!(region, "addresses", ec2.describe_addresses()),
        all!(region, "endpoints", endpoints),
        all!(region, "flow logs", flow_logs),
        all!(region, "network ACLs", acls),
    )?;
    let addresses = addresses.addresses().iter();
    Ok(RegionInventory {
        nats: nats.iter().filter_map(parse::nat).collect(),
        addresses: addresses.filter_map(parse::address).collect(),
        endpoints: endpoints.iter().filter_map(parse::endpoint).collect(),
        flow_logs: flow_logs.iter().filter_map(parse::flow_log).collect(),
        acls: acls.iter().filter_map(parse::acl).collect(),
        ..RegionInventory::default()
    })
}
