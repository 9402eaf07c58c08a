//! Block of public access of VPCs. A change takes minutes, in which the new mode is shown and not in force: then it is waited for, and nothing
//! else is set, which EC2 would refuse (EC2 API reference, `VpcBlockPublicAccessOptions`).

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    InternetGatewayBlockMode as Mode, VpcBlockPublicAccessOptions as Options,
    VpcBlockPublicAccessState as State,
};
use baseline::guard::VpcBlock;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for VpcBlock {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.ec2().await?.describe_vpc_block_public_access_options();
        let answer = at.read(call.send().await)?;
        let options = answer.vpc_block_public_access_options.as_ref();
        observed(options).map_err(|(why, again)| Failure::wait(at.doing("reading"), why, again))
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.modify_vpc_block_public_access_options();
        let call = call.internet_gateway_block_mode(Mode::from(self.mode.as_str()));
        at.written(call.send().await)
    }
}

/// How many seconds after a change it is observed again.
const AGAIN_SECS: u32 = 60;

/// The block in force, or what is waited for and how many seconds.
fn observed(options: Option<&Options>) -> Result<VpcBlock, (String, u32)> {
    if let Some(options) = options.filter(|all| all.state() == Some(&State::UpdateInProgress)) {
        let why = options.reason().unwrap_or("no reason given");
        return Err((format!("its change to be in force ({why})"), AGAIN_SECS));
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
        let options = |state: State| {
            let options = Options::builder().internet_gateway_block_mode(Mode::BlockIngress);
            options.state(state).reason("being applied").build()
        };
        let changing = observed(Some(&options(State::UpdateInProgress)));
        let (why, again) = changing.unwrap_err();
        assert!(why.contains("being applied"), "{why}");
        assert_eq!(again, AGAIN_SECS);
        for state in [State::UpdateComplete, State::DefaultState] {
            let known = observed(Some(&options(state))).unwrap();
            assert_eq!(known.mode, "block-ingress");
        }
        assert_eq!(observed(None).unwrap().mode, "off");
    }

    #[test]
    fn every_property_of_the_switch_is_decided_about() {
        let answer = Options::builder().build();
        crate::watched::check("ec2 VpcBlockPublicAccessOptions", &answer);
    }
}
