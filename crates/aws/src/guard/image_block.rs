//! Block of public images. A change takes up to ten minutes to show (EC2 API reference, `EnableImageBlockPublicAccess`).

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::ImageBlockPublicAccessEnabledState as State;
use baseline::{Desired, guard::ImageBlock};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<ImageBlock> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<ImageBlock, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_image_block_public_access_state().send().await;
        let answer = checked(answer, || {
            format!("reading the block of public images in {region}")
        })?;
        Ok(ImageBlock {
            state: answer
                .image_block_public_access_state
                .unwrap_or_else(|| "unblocked".into()),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        wanted: &ImageBlock,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let sent = ec2
            .enable_image_block_public_access()
            .image_block_public_access_state(State::from(wanted.state.as_str()))
            .send()
            .await;
        checked(sent, || {
            format!("setting the block of public images in {region}")
        })
        .map(drop)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_image_block_public_access_state::GetImageBlockPublicAccessStateOutput;
    let answer = GetImageBlockPublicAccessStateOutput::builder().build();
    crate::watched::check("ec2 GetImageBlockPublicAccessStateOutput", &answer);
}
