//! Block of public snapshots.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::SnapshotBlockPublicAccessState as State;
use baseline::{Desired, guard::SnapshotBlock};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<SnapshotBlock> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<SnapshotBlock, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_snapshot_block_public_access_state().send().await;
        let answer = checked(answer, || {
            format!("reading the block of public snapshots in {region}")
        })?;
        Ok(SnapshotBlock {
            state: answer
                .state
                .map_or_else(|| "unblocked".into(), |state| state.as_str().to_owned()),
            managed_by: answer.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        wanted: &SnapshotBlock,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let sent = ec2
            .enable_snapshot_block_public_access()
            .state(State::from(wanted.state.as_str()))
            .send()
            .await;
        checked(sent, || {
            format!("setting the block of public snapshots in {region}")
        })
        .map(drop)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::operation::get_snapshot_block_public_access_state::GetSnapshotBlockPublicAccessStateOutput;
    let answer = GetSnapshotBlockPublicAccessStateOutput::builder().build();
    crate::watched::check("ec2 GetSnapshotBlockPublicAccessStateOutput", &answer);
}
