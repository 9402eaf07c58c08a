//! The bucket of a trail: made, and observed in one round.

use std::collections::BTreeMap;

use aws_sdk_s3::{
    Client,
    types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
        ExpirationStatus, LifecycleRule, ObjectOwnership, ServerSideEncryption,
    },
};
use baseline::{
    Desired,
    trail::{Bucket, Fact, Lifecycle},
};
use tenancy::{Failure, Region};

use super::TrailPort;
use crate::{calls::present, errors};

/// A bucket, and whose it must be.
pub(super) struct At<'a> {
    pub(super) client: Client,
    pub(super) name: &'a str,
    pub(super) owner: String,
}

impl TrailPort {
    pub(super) async fn bucket_at<'a>(
        &self,
        desired: &Desired,
        region: &Region,
        name: &'a str,
    ) -> Result<At<'a>, Failure> {
        let client = self.pass.clients.s3(desired, region).await?;
        let owner = desired.account.as_ref().map(ToString::to_string);
        Ok(At {
            client,
            name,
            owner: owner.unwrap_or_default(),
        })
    }

    /// Seven reads side by side.
    pub(super) async fn observe_bucket(
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
            .pass
            .clients
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
}

/// Sends a request about the bucket, naming its owner, and gives back the answer or nothing.
macro_rules! read {
    ($at:expr, $operation:ident, $what:literal) => {
        present(
            $at.client
                .$operation()
                .bucket($at.name)
                .expected_bucket_owner(&$at.owner)
                .send()
                .await,
            || concat!("reading the ", $what, " of the trail's bucket").into(),
        )
    };
}

impl At<'_> {
    async fn versioned(&self) -> Result<Option<bool>, Failure> {
        let answer = read!(self, get_bucket_versioning, "versioning")?;
        Ok(answer.map(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled)))
    }

    async fn tags(&self) -> Result<BTreeMap<String, String>, Failure> {
        let answer = read!(self, get_bucket_tagging, "tags")?;
        let tags = answer.into_iter().flat_map(|answer| answer.tag_set);
        Ok(tags.map(|tag| (tag.key, tag.value)).collect())
    }

    async fn encrypted(&self) -> Result<bool, Failure> {
        let answer = read!(self, get_bucket_encryption, "encryption")?;
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
        let answer = read!(self, get_public_access_block, "public access block")?;
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
        let answer = read!(self, get_bucket_ownership_controls, "ownership")?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        Ok(controls.is_some_and(|controls| {
            let mut rules = controls.rules().iter();
            rules.any(|rule| rule.object_ownership() == &ObjectOwnership::BucketOwnerEnforced)
        }))
    }

    async fn policy(&self) -> Result<Option<serde_json::Value>, Failure> {
        let answer = read!(self, get_bucket_policy, "policy")?;
        let text = answer.and_then(|answer| answer.policy);
        // A policy that is no JSON differs from ours like any other.
        Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    async fn lifecycle(&self) -> Result<Option<Lifecycle>, Failure> {
        let answer = read!(self, get_bucket_lifecycle_configuration, "lifecycle")?;
        let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
        // Any other rule could delete logs earlier, so only ours alone will do.
        Ok(match rules.as_slice() {
            [rule] if rule.status() == &ExpirationStatus::Enabled && is_for_all(rule) => {
                read_rule(rule)
            }
            _ => None,
        })
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
