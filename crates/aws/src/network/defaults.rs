//! Removing a default VPC: only if nothing of others is in it.
//!
//! What is in it is read by the removal and not by observing: that is needed once in a tenant's life, and an audit that did it in
//! every Region would double its calls. Nothing is deleted before all of it is read, so that what is in use stays whole.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_ec2::{Client, types::Tag};
use baseline::{
    Desired,
    declared::{Deleted, Key, Observations, ResourcePort},
    network::{DefaultVpc, Tags, listed},
};
use futures::future::try_join_all;
use tenancy::{Failure, FailureKind, names};

use super::{contents::Contents, elsewhere::is_closed, observe::filter};
use crate::{
    calls::{any_tags, checked, removed},
    pass::PassContext,
};

/// The value of the tag `tenantry:part` on what is left of a default VPC whose removal did not get to its end.
pub(super) const PART: &str = "default-vpc";

/// Removes default VPCs. Where they are is observed with the networks.
pub(super) struct DefaultVpcPort(pub(super) Arc<PassContext>);

#[async_trait]
impl ResourcePort<DefaultVpc> for DefaultVpcPort {
    async fn observe(
        &self,
        _desired: &Desired,
        _keys: &[Key],
    ) -> Result<Observations<DefaultVpc>, Failure> {
        Ok(Observations::new())
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &DefaultVpc,
    ) -> Result<Deleted, Failure> {
        let none = || Failure::bug(format!("working on `{key}`"), "it is in no Region");
        let region = key.region().ok_or_else(none)?;
        let ec2 = &self.0.clients.ec2(desired, region).await?;
        let known = match &found.id {
            Some(vpc) => Some(vpc.clone()),
            None => find(ec2, key).await?,
        };
        if let Some(vpc) = known {
            let doing = format!("removing default VPC `{vpc}` in `{region}`");
            remove(ec2, &vpc, &doing).await?;
        }
        Ok(Deleted::Removed)
    }
}

async fn find(ec2: &Client, key: &Key) -> Result<Option<String>, Failure> {
    let call = ec2.describe_vpcs().filters(filter("is-default", ["true"]));
    match call.send().await {
        Err(error) if is_closed(&error) => Ok(None),
        answer => {
            let answer = checked(answer, || format!("finding the {}", key.resource()))?;
            let mut vpcs = answer.vpcs.into_iter().flatten();
            Ok(vpcs
                .find(|vpc| vpc.is_default == Some(true))
                .and_then(|vpc| vpc.vpc_id))
        }
    }
}

async fn remove(ec2: &Client, vpc: &str, doing: &str) -> Result<(), Failure> {
    let contents = Contents::read(ec2, vpc, doing).await?;
    if !contents.others.is_empty() {
        return Err(Failure::park(
            FailureKind::Conflict,
            doing,
            format!("in it are {}", listed(&contents.others)),
            "default-vpc-in-use",
            "Move what is in the default VPC into the tenant's own, or delete it; then retry the tenant.",
        ));
    }
    let gateways = contents.gateways.iter();
    let gateways = gateways.map(|gateway| drop_gateway(ec2, gateway, vpc, doing));
    let subnets = contents.subnets.iter();
    let subnets = subnets.map(|subnet| drop_subnet(ec2, subnet, doing));
    futures::try_join!(try_join_all(gateways), try_join_all(subnets))?;
    removed(ec2.delete_vpc().vpc_id(vpc).send().await, || {
        doing.to_owned()
    })
}

/// Not the tenant's tags, which say that we made a thing: whoever leaves now leaves this one where AWS put it.
fn mark() -> Tags {
    BTreeMap::from([(names::TAG_PART.to_owned(), PART.to_owned())])
}

/// Marked first: once detached, nothing else would say that it was the default VPC's, and it would stay for ever.
async fn drop_gateway(ec2: &Client, gateway: &str, vpc: &str, doing: &str) -> Result<(), Failure> {
    let tag = ec2.create_tags().resources(gateway);
    let tag = tag.set_tags(Some(any_tags!(Tag, mark())));
    checked(tag.send().await, || doing.to_owned())?;
    let detach = ec2.detach_internet_gateway().vpc_id(vpc);
    let sent = detach.internet_gateway_id(gateway).send().await;
    removed(sent, || doing.to_owned())?;
    let delete = ec2.delete_internet_gateway().internet_gateway_id(gateway);
    removed(delete.send().await, || doing.to_owned())
}

async fn drop_subnet(ec2: &Client, subnet: &str, doing: &str) -> Result<(), Failure> {
    let sent = ec2.delete_subnet().subnet_id(subnet).send().await;
    removed(sent, || doing.to_owned())
}
