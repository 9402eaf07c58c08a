//! Trails that others made, as the Regions of the spec show them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudtrail::types::Trail;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    trail::{OtherTrails, home},
};
use futures::future::join_all;
use tenancy::{Failure, Region};

use super::{Trails, listing, own_arn};
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
        let (client, at) = listing(&self.0, desired).await?;
        let home = home(desired).unwrap_or_else(|| at.clone());
        let ours = own_arn(desired, &home)?;
        let further = desired.spec.regions.iter().filter(|one| **one != at);
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
        let others = trails.into_iter();
        let others = others.filter(|trail| is_of_others(trail, &ours));
        Ok(Some(OtherTrails {
            trails: others.map(named).collect(),
            unreadable,
        }))
    }

    /// The trails of one Region alone: the home of ours shows all others.
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

/// The one where ours is expected is ours, or in our way and an obstacle. Our name alone says nothing: names are free in each Region.
fn is_of_others(trail: &Trail, ours: &str) -> bool {
    trail.is_organization_trail() != Some(true) && trail.trail_arn() != Some(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(arn: &str) -> Trail {
        let name = arn.split('/').next_back();
        Trail::builder()
            .set_name(name.map(str::to_owned))
            .trail_arn(arn)
            .build()
    }

    #[test]
    fn only_our_own_trail_is_not_told_of_and_one_of_its_name_elsewhere_is() {
        let ours = "arn:aws:cloudtrail:eu-central-1:444455556666:trail/tenantry-trail";
        assert!(!is_of_others(&trail(ours), ours));
        for theirs in [
            "arn:aws:cloudtrail:us-east-1:444455556666:trail/tenantry-trail",
            "arn:aws:cloudtrail:eu-central-1:444455556666:trail/theirs",
        ] {
            assert!(is_of_others(&trail(theirs), ours), "{theirs}");
        }
        let organizations = Trail::builder()
            .is_organization_trail(true)
            .trail_arn("theirs");
        assert!(!is_of_others(&organizations.build(), ours));
    }
}
