//! The bucket of a trail: looked at in one round, set setting by setting.

use std::collections::BTreeMap;

use aws_sdk_s3::{
    Client,
    types::{
        AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
        BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration,
        LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, ObjectOwnership,
        OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
    },
};
use baseline::{
    Desired,
    trail::{Bucket, Fact, Lifecycle, Setting},
};
use tenancy::{Failure, Region};

use super::read::present;
use crate::{errors, visit::Visit};

/// Id of our lifecycle rule.
const RULE: &str = "tenantry";

/// A bucket, and whose it must be.
struct At<'a> {
    client: Client,
    name: &'a str,
    owner: String,
}

impl Visit {
    async fn bucket_at<'a>(
        &self,
        desired: &Desired,
        region: &Region,
        name: &'a str,
    ) -> Result<At<'a>, Failure> {
        let client = self.s3(desired, region).await?;
        let owner = desired.account.as_ref().map(ToString::to_string);
        Ok(At {
            client,
            name,
            owner: owner.unwrap_or_default(),
        })
    }

    /// Seven reads side by side.
    pub(super) async fn look_at_bucket(
        &self,
        desired: &Desired,
        region: &Region,
        name: &str,
    ) -> Result<Option<Bucket>, Failure> {
        let at = self.bucket_at(desired, region, name).await?;
        // Versioning has no "not set" error of its own, so its absence is the bucket's.
        let (versioned, tags, encrypted, blocked, owner_enforced, policy, lifecycle) = futures::try_join!(
            at.versioned(),
            at.tags(),
            at.encrypted(),
            at.blocked(),
            at.owner_enforced(),
            at.policy(),
            at.lifecycle(),
        )?;
        Ok(versioned.map(|versioned| Bucket {
            tags,
            versioned,
            encrypted,
            blocked,
            owner_enforced,
            policy,
            lifecycle,
        }))
    }

    pub(super) async fn create_bucket(
        &self,
        desired: &Desired,
        name: &str,
    ) -> Result<Fact, Failure> {
        let doing = format!("creating bucket `{name}`");
        let region = desired
            .home_region()
            .ok_or_else(|| Failure::bug(doing.as_str(), "no Region"))?;
        // us-east-1 is the one Region that must not be named. Source: S3 API reference, `CreateBucket`.
        let place = (region.as_str() != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region.as_str()))
                .build()
        });
        let answer = self
            .s3(desired, region)
            .await?
            .create_bucket()
            .bucket(name)
            .set_create_bucket_configuration(place)
            .send()
            .await;
        match answer {
            Err(error) if !errors::is_already_there(&error) => Err(errors::failure(doing, &error)),
            _ => Ok(Fact::BucketMade),
        }
    }

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

/// Sends a request about the bucket, naming its owner, and gives back the answer or nothing.
macro_rules! look {
    ($at:expr, $operation:ident, $what:literal) => {
        present(
            concat!("reading the ", $what, " of the trail's bucket"),
            $at.client
                .$operation()
                .bucket($at.name)
                .expected_bucket_owner(&$at.owner)
                .send()
                .await,
        )
    };
}

impl At<'_> {
    async fn versioned(&self) -> Result<Option<bool>, Failure> {
        let answer = look!(self, get_bucket_versioning, "versioning")?;
        Ok(answer.map(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled)))
    }

    async fn tags(&self) -> Result<BTreeMap<String, String>, Failure> {
        let answer = look!(self, get_bucket_tagging, "tags")?;
        let tags = answer.into_iter().flat_map(|answer| answer.tag_set);
        Ok(tags.map(|tag| (tag.key, tag.value)).collect())
    }

    async fn encrypted(&self) -> Result<bool, Failure> {
        let answer = look!(self, get_bucket_encryption, "encryption")?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        let algorithms = rules
            .iter()
            .flat_map(|rules| rules.rules())
            .filter_map(|rule| rule.apply_server_side_encryption_by_default())
            .map(|default| default.sse_algorithm());
        let algorithms: Vec<_> = algorithms.collect();
        Ok(!algorithms.is_empty()
            && algorithms
                .iter()
                .all(|a| **a == ServerSideEncryption::Aes256))
    }

    async fn blocked(&self) -> Result<bool, Failure> {
        let answer = look!(self, get_public_access_block, "public access block")?;
        let block = answer.and_then(|answer| answer.public_access_block_configuration);
        Ok(block.is_some_and(|block| {
            [
                block.block_public_acls(),
                block.ignore_public_acls(),
                block.block_public_policy(),
                block.restrict_public_buckets(),
            ]
            .iter()
            .all(|on| *on == Some(true))
        }))
    }

    async fn owner_enforced(&self) -> Result<bool, Failure> {
        let answer = look!(self, get_bucket_ownership_controls, "ownership")?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        Ok(controls.is_some_and(|controls| {
            let mut rules = controls.rules().iter();
            rules.any(|rule| rule.object_ownership() == &ObjectOwnership::BucketOwnerEnforced)
        }))
    }

    async fn policy(&self) -> Result<Option<serde_json::Value>, Failure> {
        let answer = look!(self, get_bucket_policy, "policy")?;
        let text = answer.and_then(|answer| answer.policy);
        // A policy that is no JSON differs from ours like any other.
        Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    async fn lifecycle(&self) -> Result<Option<Lifecycle>, Failure> {
        let answer = look!(self, get_bucket_lifecycle_configuration, "lifecycle")?;
        let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
        // Any other rule could delete logs earlier, so only ours alone will do.
        Ok(match rules.as_slice() {
            [rule] if rule.status() == &ExpirationStatus::Enabled && is_for_all(rule) => {
                read_rule(rule)
            }
            _ => None,
        })
    }

    async fn put_tags(&self, tags: &BTreeMap<String, String>) -> Result<(), Failure> {
        let doing = format!("tagging bucket `{}`", self.name);
        let bug =
            |error: aws_sdk_s3::error::BuildError| Failure::bug(doing.as_str(), error.to_string());
        let set = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(bug)?;
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

/// Whether a rule is for every object, not for some prefix or tag.
fn is_for_all(rule: &LifecycleRule) -> bool {
    rule.filter().is_none_or(|filter| {
        filter.prefix().is_none_or(str::is_empty)
            && filter.tag().is_none()
            && filter.and().is_none()
    })
}

fn read_rule(rule: &LifecycleRule) -> Option<Lifecycle> {
    Some(Lifecycle {
        expire: rule.expiration()?.days()?,
        noncurrent: rule.noncurrent_version_expiration()?.noncurrent_days()?,
        unfinished: rule
            .abort_incomplete_multipart_upload()?
            .days_after_initiation()?,
    })
}
