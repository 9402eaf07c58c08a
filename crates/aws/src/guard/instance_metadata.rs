//! Defaults of instance metadata.

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    InstanceMetadataDefaultsResponse as Defaults, MetadataDefaultHttpTokensState as Tokens,
};
use baseline::guard::InstanceMetadata;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};

#[async_trait]
impl SwitchPort for InstanceMetadata {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.ec2().await?.get_instance_metadata_defaults();
        let set = at.read(call.send().await)?.account_level;
        let set = set.unwrap_or_else(|| Defaults::builder().build());
        Ok(Self {
            http_tokens: set.http_tokens.map(|tokens| tokens.as_str().to_owned()),
            managed_by: set.managed_by.map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let call = at.ec2().await?.modify_instance_metadata_defaults();
        let call = call.set_http_tokens(self.http_tokens.as_deref().map(Tokens::from));
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    let answer = Defaults::builder().build();
    crate::watched::check("ec2 InstanceMetadataDefaultsResponse", &answer);
}
