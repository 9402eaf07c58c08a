//! EBS encryption by default.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{Desired, guard::EbsEncryption};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<EbsEncryption> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<EbsEncryption, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_ebs_encryption_by_default().send().await;
        let answer = checked(answer, || {
            format!("reading EBS encryption by default in {region}")
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
        checked(sent, || {
            format!("setting EBS encryption by default in {region}")
        })
        .map(drop)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_ebs_encryption_by_default::GetEbsEncryptionByDefaultOutput;
    let answer = GetEbsEncryptionByDefaultOutput::builder().build();
    crate::watched::check("ec2 GetEbsEncryptionByDefaultOutput", &answer);
}
