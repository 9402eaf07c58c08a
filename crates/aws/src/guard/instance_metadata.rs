//! Defaults of instance metadata.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::MetadataDefaultHttpTokensState as Tokens;
use baseline::{Desired, guard::InstanceMetadata};
use tenancy::{Failure, Region};

use crate::{errors, pass::PassContext, resources::SwitchPort};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<InstanceMetadata> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<InstanceMetadata, Failure> {
        let ec2 = self.0.clients.ec2(desired, region).await?;
        let answer = ec2.get_instance_metadata_defaults().send().await;
        let answer = answer.map_err(|error| {
            errors::failure(
                format!("reading the defaults of instance metadata in {region}"),
                &error,
            )
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
        sent.map(drop).map_err(|error| {
            errors::failure(
                format!("setting the defaults of instance metadata in {region}"),
                &error,
            )
        })
    }
}
