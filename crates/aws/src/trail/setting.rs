//! Setting up the bucket of a trail: each setting by itself, so that one that is right is not touched.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketVersioningStatus,
    ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};
use baseline::{
    Desired,
    trail::{Fact, Lifecycle, Setting},
};
use tenancy::Failure;

use super::{TrailPort, bucket::At};
use crate::{calls::sdk_tags, errors};

/// Id of our lifecycle rule.
const RULE: &str = "tenantry";

impl TrailPort {
    pub(super) async fn set(
        &self,
        desired: &Desired,
        name: &str,
        setting: &Setting,
    ) -> Result<Fact, Failure> {
        let doing = format!("setting up bucket `{name}`");
        let region = desired
            .home_region()
            .ok_or_else(|| Failure::bug(doing, "no Region"))?;
        let at = self.bucket_at(desired, region, name).await?;
        match setting {
            Setting::Tags(tags) => at.put_tags(tags).await,
            Setting::Versioning => at.put_versioning().await,
            Setting::Encryption => at.put_encryption().await,
            Setting::PublicAccess => at.put_public_access().await,
            Setting::Ownership => at.put_ownership().await,
            Setting::Policy(document) => at.put_policy(document).await,
            Setting::Lifecycle(lifecycle) => at.put_lifecycle(*lifecycle).await,
        }?;
        Ok(Fact::IsSet(setting.clone()))
    }
}

impl At<'_> {
    async fn put_tags(&self, tags: &BTreeMap<String, String>) -> Result<(), Failure> {
        let doing = format!("tagging bucket `{}`", self.name);
        let bug =
            |error: aws_sdk_s3::error::BuildError| Failure::bug(doing.as_str(), error.to_string());
        let set = sdk_tags!(Tag, tags)?;
        let tagging = Tagging::builder()
            .set_tag_set(Some(set))
            .build()
            .map_err(bug)?;
        let request = self.client.put_bucket_tagging().tagging(tagging);
        let answer = request
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(doing.as_str(), &error))
    }

    async fn put_versioning(&self) -> Result<(), Failure> {
        let on = VersioningConfiguration::builder()
            .status(BucketVersioningStatus::Enabled)
            .build();
        let request = self.client.put_bucket_versioning();
        let answer = request
            .versioning_configuration(on)
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("versioning"), &error))
    }

    async fn put_encryption(&self) -> Result<(), Failure> {
        let bug = |error: aws_sdk_s3::error::BuildError| {
            Failure::bug(self.doing("encryption"), error.to_string())
        };
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::Aes256)
            .build()
            .map_err(bug)?;
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .build();
        let rules = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .map_err(bug)?;
        let request = self.client.put_bucket_encryption();
        let answer = request
            .server_side_encryption_configuration(rules)
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("encryption"), &error))
    }

    async fn put_public_access(&self) -> Result<(), Failure> {
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request = self.client.put_public_access_block();
        let answer = request
            .public_access_block_configuration(all)
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("the public access block"), &error))
    }

    async fn put_ownership(&self) -> Result<(), Failure> {
        let bug = |error: aws_sdk_s3::error::BuildError| {
            Failure::bug(self.doing("ownership"), error.to_string())
        };
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ObjectOwnership::BucketOwnerEnforced)
            .build()
            .map_err(bug)?;
        let controls = OwnershipControls::builder()
            .rules(rule)
            .build()
            .map_err(bug)?;
        let request = self.client.put_bucket_ownership_controls();
        let answer = request
            .ownership_controls(controls)
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("ownership"), &error))
    }

    async fn put_policy(&self, document: &serde_json::Value) -> Result<(), Failure> {
        let request = self.client.put_bucket_policy().policy(document.to_string());
        let answer = request
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("the policy"), &error))
    }

    async fn put_lifecycle(&self, lifecycle: Lifecycle) -> Result<(), Failure> {
        let bug = |error: aws_sdk_s3::error::BuildError| {
            Failure::bug(self.doing("lifecycle"), error.to_string())
        };
        let rule = LifecycleRule::builder()
            .id(RULE)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix("").build())
            .expiration(
                LifecycleExpiration::builder()
                    .days(lifecycle.expire)
                    .build(),
            )
            .noncurrent_version_expiration(
                NoncurrentVersionExpiration::builder()
                    .noncurrent_days(lifecycle.noncurrent)
                    .build(),
            )
            .abort_incomplete_multipart_upload(
                AbortIncompleteMultipartUpload::builder()
                    .days_after_initiation(lifecycle.unfinished)
                    .build(),
            )
            .build()
            .map_err(bug)?;
        let rules = BucketLifecycleConfiguration::builder()
            .rules(rule)
            .build()
            .map_err(bug)?;
        let request = self.client.put_bucket_lifecycle_configuration();
        let answer = request
            .lifecycle_configuration(rules)
            .bucket(self.name)
            .expected_bucket_owner(&self.owner)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| errors::failure(self.doing("lifecycle"), &error))
    }

    fn doing(&self, what: &str) -> String {
        format!("setting {what} of bucket `{}`", self.name)
    }
}
