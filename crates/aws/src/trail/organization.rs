//! The organization's trail, as the account sees it.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    trail::OrganizationTrail,
};
use tenancy::Failure;

use super::{Trails, gap, listing, status};
use crate::{
    pass::PassContext,
    resources::{each, not_visible},
};

/// Reads, and changes nothing.
pub(super) struct Port(pub(super) Arc<PassContext>, pub(super) Arc<Trails>);

#[async_trait]
impl ResourcePort<OrganizationTrail> for Port {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<OrganizationTrail>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }
}

impl Port {
    async fn read(
        &self,
        desired: &Desired,
        key: &Key,
    ) -> Result<Option<OrganizationTrail>, Failure> {
        let (client, _) = listing(&self.0, desired).await?;
        let trails = self.1.read(&client).await?;
        let mut trails = trails.into_iter();
        let Some(trail) = trails.find(|trail| trail.is_organization_trail() == Some(true)) else {
            return Ok(None);
        };
        let arn = trail.trail_arn.unwrap_or_default();
        // A trail that was listed and is not found by its ARN is not one that stopped.
        let status = status(&client, &arn).await?;
        let status = status.ok_or_else(|| not_visible(key))?;
        Ok(Some(OrganizationTrail {
            multi_region: trail.is_multi_region_trail == Some(true),
            validation: trail.log_file_validation_enabled == Some(true),
            stopped: gap(&status),
            delivery_error: status
                .latest_delivery_error
                .filter(|error| !error.is_empty()),
            arn,
        }))
    }
}
