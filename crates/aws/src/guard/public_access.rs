//! Block of public access to S3, for the whole account.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;
use baseline::{Desired, guard::PublicAccess};
use tenancy::{Failure, Region};

use crate::{
    errors,
    pass::{PassContext, account as account_id},
    resources::SwitchPort,
};

pub(super) struct Port(pub(super) Arc<PassContext>);

#[async_trait]
impl SwitchPort<PublicAccess> for Port {
    async fn get(&self, desired: &Desired, region: &Region) -> Result<PublicAccess, Failure> {
        let call = self
            .0
            .clients
            .s3control(desired, region)
            .await?
            .get_public_access_block();
        let account = account_id(desired)?.to_string();
        let block = match call.account_id(account).send().await {
            // A new account has none (S3 API reference, `GetPublicAccessBlock` of S3 Control).
            Err(error) if errors::is_absent(&error) => None,
            answer => {
                answer
                    .map_err(|error| {
                        errors::failure("reading the account's block of public access", &error)
                    })?
                    .public_access_block_configuration
            }
        };
        let is = |on: fn(&PublicAccessBlockConfiguration) -> Option<bool>| {
            block.as_ref().and_then(on).unwrap_or_default()
        };
        Ok(PublicAccess {
            block_public_acls: is(|block| block.block_public_acls),
            ignore_public_acls: is(|block| block.ignore_public_acls),
            block_public_policy: is(|block| block.block_public_policy),
            restrict_public_buckets: is(|block| block.restrict_public_buckets),
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        region: &Region,
        wanted: &PublicAccess,
    ) -> Result<(), Failure> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(wanted.block_public_acls)
            .ignore_public_acls(wanted.ignore_public_acls)
            .block_public_policy(wanted.block_public_policy)
            .restrict_public_buckets(wanted.restrict_public_buckets)
            .build();
        let call = self
            .0
            .clients
            .s3control(desired, region)
            .await?
            .put_public_access_block();
        let call = call.account_id(account_id(desired)?.to_string());
        let sent = call.public_access_block_configuration(block).send().await;
        sent.map(drop).map_err(|error| {
            errors::failure("setting the account's block of public access", &error)
        })
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    let answer = PublicAccessBlockConfiguration::builder().build();
    crate::watched::check("s3control PublicAccessBlockConfiguration", &answer);
}
