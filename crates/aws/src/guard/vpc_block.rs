//! Block of public access of VPCs. A change takes minutes, in which the new mode is already shown.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::InternetGatewayBlockMode as Mode;
use baseline::{Desired, guard::VpcBlock};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<VpcBlock> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<VpcBlock, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.describe_vpc_block_public_access_options().send().await;
        let answer = checked(answer, || {
            format!("reading the block of VPCs' public access in {region}")
        })?;
        let options = answer.vpc_block_public_access_options;
        let mode = options
            .as_ref()
            .and_then(|options| options.internet_gateway_block_mode());
        let by = options.as_ref().and_then(|options| options.managed_by());
        Ok(VpcBlock {
            mode: mode.unwrap_or(&Mode::Off).as_str().to_owned(),
            managed_by: by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        wanted: &VpcBlock,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let call = ec2.modify_vpc_block_public_access_options();
        let call = call.internet_gateway_block_mode(Mode::from(wanted.mode.as_str()));
        let sent = call.send().await;
        checked(sent, || {
            format!("setting the block of VPCs' public access in {region}")
        })
        .map(drop)
    }
}
