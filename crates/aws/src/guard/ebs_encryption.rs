//! EBS encryption by default.

use async_trait::async_trait;
use baseline::guard::EbsEncryption;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for EbsEncryption {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let answer = at.ec2().await?.get_ebs_encryption_by_default().send().await;
        let on = at.read(answer)?.ebs_encryption_by_default;
        Ok(Self {
            on: on.unwrap_or_default(),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.enable_ebs_encryption_by_default();
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_ebs_encryption_by_default::GetEbsEncryptionByDefaultOutput;
    let answer = GetEbsEncryptionByDefaultOutput::builder().build();
    crate::watched::check("ec2 GetEbsEncryptionByDefaultOutput", &answer);
}
