//! Trails that others made, as the Regions of the spec show them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudtrail::types::Trail;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    trail::OtherTrails,
};
use futures::future::join_all;
use tenancy::{Failure, Region, names};

use super::{Trails, at_home};
use crate::{calls::checked, errors, pass::PassContext, resources::each};

/// Reads, and changes nothing.
pub(super) struct Port(pub(super) Arc<PassContext>, pub(super) Arc<Trails>);

#[async_trait]
impl ResourcePort<OtherTrails> for Port {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<OtherTrails>, Failure> {
        each(&self.0, desired, keys, |_| self.read(desired)).await
    }
}

impl Port {
    async fn read(&self, desired: &Desired) -> Result<Option<OtherTrails>, Failure> {
        let (client, _) = at_home(&self.0, desired).await?;
        let further = desired.spec.regions.iter().skip(1);
        let further = further.map(|region| self.of_region(desired, region));
        let (trails, further) = tokio::join!(self.1.read(&client), join_all(further));
        let (mut trails, mut unreadable) = (trails?, Vec::new());
        for of_region in further {
            match of_region {
                Ok(read) => trails.extend(read),
                // Nothing is in a Region that is not enabled.
                Err(failure) if errors::is_shut_out(&failure) => {}
                // One Region does not keep the others from being told of, nor ours from being worked on.
                Err(failure) => unreadable.push(failure.to_string()),
            }
        }
        let named = |trail: Trail| {
            let bucket = trail.s3_bucket_name.unwrap_or_default();
            (trail.trail_arn.unwrap_or_default(), bucket)
        };
        let others = trails.into_iter().filter(is_of_others).map(named);
        Ok(Some(OtherTrails {
            trails: others.collect(),
            unreadable,
        }))
    }

    /// The trails of one Region alone: the first Region shows all others.
    async fn of_region(&self, desired: &Desired, region: &Region) -> Result<Vec<Trail>, Failure> {
        let client = self.0.clients.cloudtrail(desired, region).await?;
        let call = client.describe_trails().include_shadow_trails(false);
        let doing = || format!("reading the trails of `{region}`");
        let answer = checked(call.send().await, doing)?;
        let trails = answer.trail_list.unwrap_or_default().into_iter();
        let alone = trails.filter(|trail| trail.is_multi_region_trail() != Some(true));
        Ok(alone.collect())
    }
}

/// One with our name is ours, or in our way and an obstacle.
fn is_of_others(trail: &Trail) -> bool {
    trail.is_organization_trail() != Some(true) && trail.name() != Some(names::TRAIL)
}
