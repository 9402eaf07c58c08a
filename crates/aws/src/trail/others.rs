//! Trails that others made, as the tenant's first Region shows them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudtrail::types::Trail;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    trail::OtherTrails,
};
use tenancy::{Failure, names};

use super::{Trails, at_home};
use crate::{pass::PassContext, resources::each};

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
        let trails = self.1.read(&client).await?;
        let named = |trail: Trail| {
            let bucket = trail.s3_bucket_name.unwrap_or_default();
            (trail.trail_arn.unwrap_or_default(), bucket)
        };
        let others = trails.into_iter().filter(is_of_others).map(named);
        Ok(Some(OtherTrails {
            trails: others.collect(),
        }))
    }
}

/// One with our name is ours, or in our way and an obstacle.
fn is_of_others(trail: &Trail) -> bool {
    trail.is_organization_trail() != Some(true) && trail.name() != Some(names::TRAIL)
}
