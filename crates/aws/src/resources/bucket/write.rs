//! Making a bucket, and what can be set on it.

use aws_sdk_s3::{error::BuildError, types as s3};
use baseline::{Desired, resources::Bucket};
use tenancy::{Failure, Region};

use super::{At, US_EAST_1};
use crate::{
    calls::{checked, sdk_tags},
    errors,
    resources::doing,
};

/// Id of our lifecycle rule.
const RULE: &str = "tenantry";

/// Sets something on the bucket, naming its owner.
macro_rules! put {
    ($at:expr, $what:literal, $operation:ident, $field:ident($value:expr)) => {{
        let request = $at.client.$operation().$field($value);
        let request = request
            .bucket(&$at.key.name)
            .expected_bucket_owner(&$at.owner);
        let doing = || doing::<Bucket>(concat!("setting ", $what, " of"), $at.key);
        checked(request.send().await, doing).map(drop)
    }};
}

fn built<T>(result: Result<T, BuildError>) -> Result<T, Failure> {
    result.map_err(|error| Failure::bug("writing a request to S3", error.to_string()))
}

impl At<'_> {
    /// Makes it in this Region, with its tags. False if S3 says that one of the name is in the account already: ours, if it carries them.
    pub(super) async fn create(&self, region: &Region, wanted: &Bucket) -> Result<bool, Failure> {
        let tags = sdk_tags!(s3::Tag, wanted.tags)?;
        let place = s3::CreateBucketConfiguration::builder().set_tags(Some(tags));
        let place = match region.as_str() {
            US_EAST_1 => place,
            other => place.location_constraint(other.into()),
        };
        let request = self.client.create_bucket().bucket(&self.key.name);
        let request = request.create_bucket_configuration(place.build());
        match request.send().await {
            Err(error) if errors::is_already_there(&error) => Ok(false),
            answer => checked(answer, || doing::<Bucket>("creating", self.key)).map(|_| true),
        }
    }

    /// S3 replaces all tags, so those of others go along.
    pub(super) async fn put_tags(
        &self,
        desired: &Desired,
        wanted: &Bucket,
        found: &Bucket,
    ) -> Result<(), Failure> {
        let retired = desired.retired(&found.tags, &wanted.tags);
        let mut tags = found.tags.clone();
        tags.retain(|key, _| !retired.contains(key));
        tags.extend(wanted.tags.clone());
        let tags = sdk_tags!(s3::Tag, tags)?;
        let tagging = built(s3::Tagging::builder().set_tag_set(Some(tags)).build())?;
        put!(self, "the tags", put_bucket_tagging, tagging(tagging))
    }

    pub(super) async fn put_versioning(&self, wanted: &Bucket) -> Result<(), Failure> {
        let status = match wanted.versioning {
            true => s3::BucketVersioningStatus::Enabled,
            false => s3::BucketVersioningStatus::Suspended,
        };
        let versioning = s3::VersioningConfiguration::builder()
            .status(status)
            .build();
        put!(
            self,
            "the versioning",
            put_bucket_versioning,
            versioning_configuration(versioning)
        )
    }

    pub(super) async fn put_encryption(&self, wanted: &Bucket) -> Result<(), Failure> {
        let algorithm = wanted.encryption.as_deref().unwrap_or_default();
        let default = s3::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm.into())
            .set_kms_master_key_id(wanted.encryption_key.clone());
        let rule = s3::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(built(default.build())?)
            .set_bucket_key_enabled(wanted.bucket_key.then_some(true));
        let rules = s3::ServerSideEncryptionConfiguration::builder().rules(rule.build());
        let rules = built(rules.build())?;
        put!(
            self,
            "the encryption",
            put_bucket_encryption,
            server_side_encryption_configuration(rules)
        )
    }

    pub(super) async fn put_public_access_block(&self, wanted: &Bucket) -> Result<(), Failure> {
        let block = wanted.public_access_block.as_ref();
        let block = s3::PublicAccessBlockConfiguration::builder()
            .set_block_public_acls(block.map(|block| block.block_public_acls))
            .set_ignore_public_acls(block.map(|block| block.ignore_public_acls))
            .set_block_public_policy(block.map(|block| block.block_public_policy))
            .set_restrict_public_buckets(block.map(|block| block.restrict_public_buckets))
            .build();
        put!(
            self,
            "the public access block",
            put_public_access_block,
            public_access_block_configuration(block)
        )
    }

    pub(super) async fn put_object_ownership(&self, wanted: &Bucket) -> Result<(), Failure> {
        let ownership = wanted.object_ownership.as_deref().unwrap_or_default();
        let rule = s3::OwnershipControlsRule::builder().object_ownership(ownership.into());
        let controls = s3::OwnershipControls::builder().rules(built(rule.build())?);
        let controls = built(controls.build())?;
        put!(
            self,
            "the ownership",
            put_bucket_ownership_controls,
            ownership_controls(controls)
        )
    }

    pub(super) async fn put_policy(&self, wanted: &Bucket) -> Result<(), Failure> {
        let policy = wanted.policy.as_ref().map(ToString::to_string);
        put!(self, "the policy", put_bucket_policy, set_policy(policy))
    }

    pub(super) async fn put_lifecycle(&self, wanted: &Bucket) -> Result<(), Failure> {
        let days = &wanted.lifecycle;
        let objects = s3::LifecycleExpiration::builder().set_days(days.objects);
        let old = s3::NoncurrentVersionExpiration::builder().set_noncurrent_days(days.old_versions);
        let unfinished = s3::AbortIncompleteMultipartUpload::builder()
            .set_days_after_initiation(days.unfinished);
        let rule = s3::LifecycleRule::builder()
            .id(RULE)
            .status(s3::ExpirationStatus::Enabled)
            .filter(s3::LifecycleRuleFilter::builder().prefix("").build())
            .expiration(objects.build())
            .noncurrent_version_expiration(old.build())
            .abort_incomplete_multipart_upload(unfinished.build());
        let rules = s3::BucketLifecycleConfiguration::builder().rules(built(rule.build())?);
        let rules = built(rules.build())?;
        put!(
            self,
            "the lifecycle",
            put_bucket_lifecycle_configuration,
            lifecycle_configuration(rules)
        )
    }
}
