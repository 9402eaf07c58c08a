//! Block of public access of VPCs. A change takes minutes, in which the new mode is shown and not in force: then it is waited for, and nothing
//! else is set, which EC2 would refuse (EC2 API reference, `VpcBlockPublicAccessOptions`).

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    InternetGatewayBlockMode as Mode, VpcBlockPublicAccessOptions as Options,
    VpcBlockPublicAccessState as State,
};
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
        let options = answer.vpc_block_public_access_options.as_ref();
        observed(region, options)
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

/// How long a change takes, in seconds, as far as it is worth to look again.
const AGAIN_SECS: u32 = 60;

fn observed(region: &Region, options: Option<&Options>) -> Result<VpcBlock, Failure> {
    if let Some(options) = options.filter(|all| all.state() == Some(&State::UpdateInProgress)) {
        let doing = format!("reading the block of VPCs' public access in {region}");
        let why = options.reason().unwrap_or("no reason given");
        let waited = format!("its change to be in force ({why})");
        return Err(Failure::wait(doing, waited, AGAIN_SECS));
    }
    let mode = options.and_then(Options::internet_gateway_block_mode);
    let by = options.and_then(Options::managed_by);
    Ok(VpcBlock {
        mode: mode.unwrap_or(&Mode::Off).as_str().to_owned(),
        managed_by: by.map(|by| by.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_being_changed_is_not_yet_in_force() {
        let region = "eu-central-1".parse().unwrap();
        let options = |state: State| {
            let options = Options::builder().internet_gateway_block_mode(Mode::BlockIngress);
            options.state(state).reason("being applied").build()
        };
        let changing = observed(&region, Some(&options(State::UpdateInProgress)));
        let waits = changing.unwrap_err();
        assert!(waits.to_string().contains("being applied"), "{waits}");
        assert_eq!(waits.retry_after_secs(), Some(AGAIN_SECS));
        for state in [State::UpdateComplete, State::DefaultState] {
            let known = observed(&region, Some(&options(state))).unwrap();
            assert_eq!(known.mode, "block-ingress");
        }
        assert_eq!(observed(&region, None).unwrap().mode, "off");
    }

    #[test]
    fn every_property_of_the_switch_is_decided_about() {
        use aws_sdk_ec2::types::VpcBlockPublicAccessOptions;
        let answer = VpcBlockPublicAccessOptions::builder().build();
        crate::watched::check("ec2 VpcBlockPublicAccessOptions", &answer);
    }
}
