//! Block of public access to S3, for the whole account.

use async_trait::async_trait;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration as Block;
use baseline::guard::PublicAccess;
use tenancy::Failure;

use super::{SwitchContext, SwitchPort};
use crate::errors;

#[async_trait]
impl SwitchPort for PublicAccess {
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure> {
        let call = at.s3control().await?.get_public_access_block();
        let block = match call.account_id(at.account()?).send().await {
            // A new account has none (S3 API reference, `GetPublicAccessBlock` of S3 Control).
            Err(error) if errors::is_absent(&error) => None,
            answer => at.read(answer)?.public_access_block_configuration,
        };
        let block = block.unwrap_or_else(|| Block::builder().build());
        Ok(Self {
            block_public_acls: block.block_public_acls.unwrap_or_default(),
            ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
            block_public_policy: block.block_public_policy.unwrap_or_default(),
            restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
        })
    }

    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure> {
        let block = Block::builder()
            .block_public_acls(self.block_public_acls)
            .ignore_public_acls(self.ignore_public_acls)
            .block_public_policy(self.block_public_policy)
            .restrict_public_buckets(self.restrict_public_buckets);
        let call = at.s3control().await?.put_public_access_block();
        let call = call.account_id(at.account()?);
        let call = call.public_access_block_configuration(block.build());
        at.written(call.send().await)
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_switch_is_decided_about() {
    let answer = Block::builder().build();
    crate::watched::check("s3control PublicAccessBlockConfiguration", &answer);
}
