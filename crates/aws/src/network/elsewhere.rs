//! Regions outside the spec: their default VPCs, and what a Region that was dropped from the spec has left.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use baseline::{
    Desired,
    network::{DefaultVpc, Observation, is_mine, may_be_ours},
};
use futures::future::join_all;
use tenancy::{Failure, Region, Verb};

use super::{NetworkPort, observe::default_vpc, parse};
use crate::{errors, pass::is_open_to};

/// What was found outside the spec's Regions.
#[derive(Default)]
pub(super) struct Elsewhere {
    pub defaults: BTreeMap<Region, DefaultVpc>,
    /// Regions that could not be read, and why.
    pub unreadable: BTreeMap<Region, Failure>,
    /// Regions with a VPC of ours.
    pub dropped: Vec<Region>,
}

impl NetworkPort {
    /// Regions that are enabled in the account.
    pub(super) async fn enabled_regions(&self, desired: &Desired) -> Result<Vec<Region>, Failure> {
        let Some(home) = desired.home_region() else {
            return Ok(Vec::new());
        };
        let ec2 = self.pass.clients.ec2(desired, home).await?;
        // Without `AllRegions`, AWS lists the enabled ones only.
        let answer = ec2.describe_regions().send().await;
        let answer =
            answer.map_err(|error| errors::failure("reading which Regions are enabled", &error))?;
        let names = answer.regions().iter().filter_map(|r| r.region_name());
        Ok(names.filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether the guardrail leaves the Region open to whoever observes: the role of audits may no more there than the tenant, so nothing
    /// is asked. Those who build and remove may, and find what a Region that was closed later has left.
    pub(super) fn is_open(&self, desired: &Desired, region: &Region) -> bool {
        is_open_to(self.pass.verb, &desired.deployment.allowed_regions, region)
    }

    /// Whether nothing of ours has been built yet.
    pub(super) fn is_fresh(&self, desired: &Desired, seen: &Observation) -> bool {
        let building = self.pass.verb == Verb::Onboard && !desired.leaving();
        let built = seen.regions.iter().any(|(region, inventory)| {
            inventory
                .vpcs
                .iter()
                .any(|vpc| may_be_ours(desired, region, vpc))
        });
        building && desired.spec.network && !built
    }

    /// Observes `regions`, or leaves that to the removal where the account is `fresh`.
    pub(super) async fn elsewhere(
        &self,
        desired: &Desired,
        regions: Vec<Region>,
        fresh: bool,
    ) -> Elsewhere {
        let mut elsewhere = Elsewhere::default();
        if fresh {
            let unknown = |region| (region, DefaultVpc::default());
            elsewhere.defaults = regions.into_iter().map(unknown).collect();
            return elsewhere;
        }
        let reads = regions.iter().map(|region| self.vpcs_in(desired, region));
        for (region, read) in regions.iter().zip(join_all(reads).await) {
            match read {
                Ok((default, ours)) => {
                    let found = default.map(|vpc| (region.clone(), vpc));
                    elsewhere.defaults.extend(found);
                    elsewhere.dropped.extend(ours.then(|| region.clone()));
                }
                // Enabled, as AWS lists it, and yet closed: nobody uses it, and nothing is asked of it.
                Err(failure) if errors::is_shut_out(&failure) => {}
                Err(failure) => drop(elsewhere.unreadable.insert(region.clone(), failure)),
            }
        }
        elsewhere
    }

    /// The default VPC of a Region, and whether one of ours is there.
    async fn vpcs_in(
        &self,
        desired: &Desired,
        region: &Region,
    ) -> Result<(Option<DefaultVpc>, bool), Failure> {
        let ec2 = self.pass.clients.ec2(desired, region).await?;
        let answer = ec2.describe_vpcs().into_paginator().items().send();
        let vpcs = match answer.collect::<Result<Vec<_>, _>>().await {
            Ok(vpcs) => vpcs,
            Err(error) if is_closed(&error) => return Ok((None, false)),
            Err(error) => {
                let doing = format!("reading VPCs in `{region}`");
                return Err(errors::failure(doing, &error));
            }
        };
        let mut others = vpcs.iter().filter_map(parse::vpc);
        let ours = others.any(|vpc| is_mine(desired, region, &vpc));
        Ok((default_vpc(&vpcs), ours))
    }
}

/// Whether the guardrail closes the Region, for us as for everybody in the account.
pub(super) fn is_closed(error: &SdkError<DescribeVpcsError, HttpResponse>) -> bool {
    errors::is_denied(error)
}
