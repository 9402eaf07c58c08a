//! Block of public images.
//!
//! A change takes up to ten minutes to show (EC2 API reference, `EnableImageBlockPublicAccess`). Where it does not show at once it is noted,
//! and counts as made until a pass has seen it, or it has to show: what is read meanwhile is neither drift nor a reason to ask again.
//! Whoever opens it before any pass has seen it shut is found when the ten minutes are over: nothing tells the two apart.

use async_trait::async_trait;
use aws_sdk_ec2::types::ImageBlockPublicAccessEnabledState as State;
use baseline::guard::ImageBlock;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

/// How long a change may take to show, in seconds.
const SHOWS_WITHIN_SECS: i64 = 600;

#[async_trait]
impl SwitchPort for ImageBlock {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let mut shown = shown(at).await?;
        match at.noted(SHOWS_WITHIN_SECS) {
            // From here on, whoever changes it is found at once.
            Some(state) if state == shown.state => at.forget().await?,
            Some(state) => shown.state = state,
            None => {}
        }
        Ok(shown)
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.enable_image_block_public_access();
        let call = call.image_block_public_access_state(State::from(self.state.as_str()));
        at.written(call.send().await)?;
        // Once it shows, whoever changes it is found at once.
        if shown(at).await?.state != self.state {
            at.note(&self.state).await?;
        }
        Ok(())
    }
}

async fn shown(at: &SwitchContext<'_>) -> Result<ImageBlock, Failure> {
    let call = at.ec2().await?.get_image_block_public_access_state();
    let answer = at.read(call.send().await)?;
    let state = answer.image_block_public_access_state;
    Ok(ImageBlock {
        state: state.unwrap_or_else(|| "unblocked".into()),
        managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
    })
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_image_block_public_access_state::GetImageBlockPublicAccessStateOutput;
    let answer = GetImageBlockPublicAccessStateOutput::builder().build();
    crate::watched::check("ec2 GetImageBlockPublicAccessStateOutput", &answer);
}
