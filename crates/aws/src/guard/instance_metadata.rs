//! Defaults of instance metadata.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::MetadataDefaultHttpTokensState as Tokens;
use baseline::{Desired, guard::InstanceMetadata};
use tenancy::{Failure, Region};

use crate::{calls::checked, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<InstanceMetadata> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<InstanceMetadata, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_instance_metadata_defaults().send().await;
        let answer = checked(answer, || {
            format!("reading the defaults of instance metadata in {region}")
        })?;
        let level = answer.account_level.as_ref();
        Ok(InstanceMetadata {
            http_tokens: level
                .and_then(|level| level.http_tokens.as_ref())
                .map(|tokens| tokens.as_str().to_owned()),
            managed_by: level
                .and_then(|level| level.managed_by.as_ref())
                .map(|by| by.as_str().to_owned()),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        wanted: &InstanceMetadata,
    ) -> Result<(), Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let sent = ec2
            .modify_instance_metadata_defaults()
            .set_http_tokens(wanted.http_tokens.as_deref().map(Tokens::from))
            .send()
            .await;
        checked(sent, || {
            format!("setting the defaults of instance metadata in {region}")
        })
        .map(drop)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    use aws_sdk_ec2::types::InstanceMetadataDefaultsResponse;
    let answer = InstanceMetadataDefaultsResponse::builder().build();
    crate::watched::check("ec2 InstanceMetadataDefaultsResponse", &answer);
}
