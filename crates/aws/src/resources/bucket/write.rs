//! Making a bucket, and what can be set on it.

use aws_sdk_s3::{
    error::BuildError,
    types::{
        AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
        BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration,
        LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, ObjectOwnership,
        OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
    },
};
use baseline::resources::Bucket;
use tenancy::{Failure, Region};

use super::At;
use crate::{
    calls::{checked, sdk_tags},
    errors,
};

/// Id of our lifecycle rule.
const RULE: &str = "tenantry";

/// Sends a request about the bucket, naming its owner.
macro_rules! put {
    ($at:expr, $request:expr, $what:literal) => {{
        let request = $request.bucket($at.name).expected_bucket_owner(&$at.owner);
        let what = $what;
        let doing = || format!("setting {what} of bucket `{}`", $at.name);
        checked(request.send().await, doing).map(drop)
    }};
}

impl At<'_> {
    /// Makes it in this Region.
    pub(super) async fn create(&self, region: &Region) -> Result<(), Failure> {
        // us-east-1 is the one Region that must not be named. Source: S3 API reference, `CreateBucket`.
        let place = (region.as_str() != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region.as_str()))
                .build()
        });
        let request = self.client.create_bucket().bucket(self.name);
        match request.set_create_bucket_configuration(place).send().await {
            Err(error) if errors::is_already_there(&error) => Ok(()),
            answer => checked(answer, || format!("creating bucket `{}`", self.name)).map(drop),
        }
    }

    /// S3 replaces all tags, so those of others go along.
    pub(super) async fn put_tags(&self, wanted: &Bucket, found: &Bucket) -> Result<(), Failure> {
        let mut tags = found.tags.clone();
        tags.extend(wanted.tags.clone());
        let tags = sdk_tags!(Tag, tags)?;
        let tagging = built(Tagging::builder().set_tag_set(Some(tags)).build())?;
        put!(
            self,
            self.client.put_bucket_tagging().tagging(tagging),
            "the tags"
        )
    }

    pub(super) async fn put_versioning(&self, wanted: &Bucket) -> Result<(), Failure> {
        let status = match wanted.versioning {
            true => BucketVersioningStatus::Enabled,
            false => BucketVersioningStatus::Suspended,
        };
        let versioning = VersioningConfiguration::builder().status(status).build();
        let request = self.client.put_bucket_versioning();
        put!(
            self,
            request.versioning_configuration(versioning),
            "the versioning"
        )
    }

    pub(super) async fn put_encryption(&self, wanted: &Bucket) -> Result<(), Failure> {
        let algorithm = wanted.encryption.as_deref().unwrap_or_default();
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm))
            .build();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(built(default)?)
            .build();
        let rules = built(
            ServerSideEncryptionConfiguration::builder()
                .rules(rule)
                .build(),
        )?;
        let request = self.client.put_bucket_encryption();
        put!(
            self,
            request.server_side_encryption_configuration(rules),
            "the encryption"
        )
    }

    pub(super) async fn put_public_access_block(&self, wanted: &Bucket) -> Result<(), Failure> {
        let block = wanted.public_access_block.as_ref();
        let block = PublicAccessBlockConfiguration::builder()
            .set_block_public_acls(block.map(|block| block.block_public_acls))
            .set_ignore_public_acls(block.map(|block| block.ignore_public_acls))
            .set_block_public_policy(block.map(|block| block.block_public_policy))
            .set_restrict_public_buckets(block.map(|block| block.restrict_public_buckets))
            .build();
        let request = self.client.put_public_access_block();
        put!(
            self,
            request.public_access_block_configuration(block),
            "the public access block"
        )
    }

    pub(super) async fn put_object_ownership(&self, wanted: &Bucket) -> Result<(), Failure> {
        let ownership = wanted.object_ownership.as_deref().unwrap_or_default();
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ObjectOwnership::from(ownership))
            .build();
        let controls = built(OwnershipControls::builder().rules(built(rule)?).build())?;
        let request = self.client.put_bucket_ownership_controls();
        put!(self, request.ownership_controls(controls), "the ownership")
    }

    pub(super) async fn put_policy(&self, wanted: &Bucket) -> Result<(), Failure> {
        let policy = wanted.policy.as_ref().map(ToString::to_string);
        let request = self.client.put_bucket_policy().set_policy(policy);
        put!(self, request, "the policy")
    }

    pub(super) async fn put_lifecycle(&self, wanted: &Bucket) -> Result<(), Failure> {
        let days = &wanted.lifecycle;
        let expiration = LifecycleExpiration::builder()
            .set_days(days.objects)
            .build();
        let old_versions = NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(days.old_versions)
            .build();
        let unfinished = AbortIncompleteMultipartUpload::builder()
            .set_days_after_initiation(days.unfinished)
            .build();
        let rule = LifecycleRule::builder()
            .id(RULE)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix("").build())
            .expiration(expiration)
            .noncurrent_version_expiration(old_versions)
            .abort_incomplete_multipart_upload(unfinished);
        let rules = BucketLifecycleConfiguration::builder().rules(built(rule.build())?);
        let request = self.client.put_bucket_lifecycle_configuration();
        put!(
            self,
            request.lifecycle_configuration(built(rules.build())?),
            "the lifecycle"
        )
    }
}

fn built<T>(result: Result<T, BuildError>) -> Result<T, Failure> {
    result.map_err(|error| Failure::bug("writing a request to S3", error.to_string()))
}
