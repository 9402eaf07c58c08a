//! Block of public snapshots.

use async_trait::async_trait;
use aws_sdk_ec2::types::SnapshotBlockPublicAccessState as State;
use baseline::guard::SnapshotBlock;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for SnapshotBlock {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.ec2().await?.get_snapshot_block_public_access_state();
        let answer = at.read(call.send().await)?;
        Ok(Self {
            state: answer.state.unwrap_or(State::Unblocked).as_str().to_owned(),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.enable_snapshot_block_public_access();
        let call = call.state(State::from(self.state.as_str()));
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_snapshot_block_public_access_state::GetSnapshotBlockPublicAccessStateOutput;
    let answer = GetSnapshotBlockPublicAccessStateOutput::builder().build();
    crate::watched::check("ec2 GetSnapshotBlockPublicAccessStateOutput", &answer);
}
