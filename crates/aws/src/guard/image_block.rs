//! Block of public images. A change takes up to ten minutes to show (EC2 API reference, `EnableImageBlockPublicAccess`).

use async_trait::async_trait;
use aws_sdk_ec2::types::ImageBlockPublicAccessEnabledState as State;
use baseline::guard::ImageBlock;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for ImageBlock {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.ec2().await?.get_image_block_public_access_state();
        let answer = at.read(call.send().await)?;
        let state = answer.image_block_public_access_state;
        Ok(Self {
            state: state.unwrap_or_else(|| "unblocked".into()),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.enable_image_block_public_access();
        let call = call.image_block_public_access_state(State::from(self.state.as_str()));
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_image_block_public_access_state::GetImageBlockPublicAccessStateOutput;
    let answer = GetImageBlockPublicAccessStateOutput::builder().build();
    crate::watched::check("ec2 GetImageBlockPublicAccessStateOutput", &answer);
}
