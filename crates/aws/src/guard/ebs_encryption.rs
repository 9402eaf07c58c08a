//! EBS encryption by default.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{Desired, guard::EbsEncryption};
use tenancy::{Failure, Region};

use crate::{errors, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<EbsEncryption> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<EbsEncryption, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_ebs_encryption_by_default().send().await;
        let answer = answer.map_err(|error| {
            errors::failure(
                format!("reading EBS encryption by default in {region}"),
                &error,
            )
        })?;
        Ok(EbsEncryption {
            on: answer.ebs_encryption_by_default.unwrap_or_default(),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        _wanted: &EbsEncryption,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let sent = ec2.enable_ebs_encryption_by_default().send().await;
        sent.map(drop).map_err(|error| {
            errors::failure(
                format!("setting EBS encryption by default in {region}"),
                &error,
            )
        })
    }
}
