//! What is set on a bucket. What AWS reports as an error of its own while nothing is set is absent.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketVersioningStatus, ExpirationStatus, LifecycleRule, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionRule,
};
use aws_smithy_runtime_api::client::result::SdkError;
use baseline::{
    Desired,
    declared::Key,
    guard::PublicAccess,
    resources::{Bucket, Lifecycle},
};
use serde_json::Value;
use tenancy::{Failure, FailureKind};

use super::At;
use crate::{
    calls::present,
    errors::{self, Call, HttpStatus},
    resources::{doing, not_visible, with_details},
};

/// How new objects are encrypted by default.
struct Encryption {
    algorithms: Option<String>,
    keys: Option<String>,
    bucket_key: bool,
}

/// Texts as one; nothing where there are none.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Reads something of the bucket, naming its owner: the answer, or nothing.
macro_rules! get {
    ($at:expr, $operation:ident, $what:literal) => {{
        let request = $at.client.$operation().bucket(&$at.key.name);
        let answer = request.expected_bucket_owner(&$at.owner).send().await;
        let doing = || doing::<Bucket>(concat!("reading ", $what, " of"), $at.key);
        told($at.key, answer, doing)
    }};
}

/// The answer, or nothing where this call says so. That there is no bucket says nothing of a setting.
fn told<T, E: Call, R: HttpStatus>(
    key: &Key,
    answer: Result<T, SdkError<E, R>>,
    doing: impl FnOnce() -> String,
) -> Result<Option<T>, Failure> {
    match answer {
        Err(error) if errors::is_without_bucket(&error) && !errors::is_absent(&error) => {
            Err(not_visible(key))
        }
        answer => present(answer, doing),
    }
}

/// What a bucket is set to, but for its versioning.
struct Settings {
    encryption: Encryption,
    public_access_block: Option<PublicAccess>,
    object_ownership: Option<String>,
    policy: Option<Value>,
    lifecycle: Lifecycle,
}

impl At<'_> {
    /// S3 denies what is asked of another customer's bucket (S3 User Guide, "Verifying bucket ownership"): its creation says whose it is.
    pub(super) async fn exists(&self) -> Result<bool, Failure> {
        match self.versioning().await {
            Err(failure) if failure.kind == FailureKind::Denied => Ok(false),
            versioning => Ok(versioning?.is_some()),
        }
    }

    /// Seven reads side by side.
    pub(super) async fn read(&self) -> Result<Option<Bucket>, Failure> {
        let bucket = async { futures::try_join!(self.versioning(), self.tags()) };
        let (bucket, settings) = futures::join!(bucket, self.settings());
        let (versioning, tags) = bucket?;
        // Versioning has no "not set" error of its own, so its absence is the bucket's, whatever was said of the settings.
        let Some((versioning, tags)) = with_details(self.key, versioning, tags)? else {
            return Ok(None);
        };
        let settings = settings?;
        Ok(Some(Bucket {
            tags,
            versioning,
            encryption: settings.encryption.algorithms,
            encryption_key: settings.encryption.keys,
            bucket_key: settings.encryption.bucket_key,
            public_access_block: settings.public_access_block,
            object_ownership: settings.object_ownership,
            policy: settings.policy,
            lifecycle: settings.lifecycle,
            id: Some(self.key.name.clone()),
        }))
    }

    async fn settings(&self) -> Result<Settings, Failure> {
        let (encryption, public_access_block, object_ownership, policy, lifecycle) = futures::try_join!(
            self.encryption(),
            self.public_access_block(),
            self.object_ownership(),
            self.policy(),
            self.lifecycle(),
        )?;
        Ok(Settings {
            encryption,
            public_access_block,
            object_ownership,
            policy,
            lifecycle,
        })
    }

    async fn versioning(&self) -> Result<Option<bool>, Failure> {
        let answer = get!(self, get_bucket_versioning, "the versioning")?;
        Ok(answer.map(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled)))
    }

    /// The tags, or none at all; nothing where the bucket is not found.
    async fn tags(&self) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let request = self.client.get_bucket_tagging().bucket(&self.key.name);
        let answer = request.expected_bucket_owner(&self.owner).send().await;
        if answer.as_ref().is_err_and(errors::has_no_tags) {
            return Ok(Some(BTreeMap::new()));
        }
        let doing = || doing::<Bucket>("reading the tags of", self.key);
        let tags = present(answer, doing)?.map(|answer| answer.tag_set.into_iter());
        Ok(tags.map(|tags| tags.map(|tag| (tag.key, tag.value)).collect()))
    }

    /// Whether it carries our tags.
    pub(super) async fn is_tagged(&self, desired: &Desired) -> Result<bool, Failure> {
        let tags = self.tags().await?;
        Ok(tags.is_some_and(|tags| desired.owns(&tags)))
    }

    async fn encryption(&self) -> Result<Encryption, Failure> {
        let answer = get!(self, get_bucket_encryption, "the encryption")?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        let rules = || rules.iter().flat_map(|rules| rules.rules());
        let defaults = || {
            rules().filter_map(ServerSideEncryptionRule::apply_server_side_encryption_by_default)
        };
        let algorithms = defaults().map(|default| default.sse_algorithm().as_str());
        let keys = defaults().filter_map(|default| default.kms_master_key_id());
        let by_kms = |default: &ServerSideEncryptionByDefault| {
            default.sse_algorithm() == &ServerSideEncryption::AwsKms
        };
        Ok(Encryption {
            algorithms: joined(algorithms),
            keys: joined(keys),
            // Without a key of KMS it has no effect.
            bucket_key: defaults().any(by_kms)
                && rules().all(|rule| rule.bucket_key_enabled() == Some(true)),
        })
    }

    async fn public_access_block(&self) -> Result<Option<PublicAccess>, Failure> {
        let answer = get!(self, get_public_access_block, "the public access block")?;
        let block = answer.and_then(|answer| answer.public_access_block_configuration);
        Ok(block.map(|block| PublicAccess {
            block_public_acls: block.block_public_acls == Some(true),
            ignore_public_acls: block.ignore_public_acls == Some(true),
            block_public_policy: block.block_public_policy == Some(true),
            restrict_public_buckets: block.restrict_public_buckets == Some(true),
        }))
    }

    async fn object_ownership(&self) -> Result<Option<String>, Failure> {
        let answer = get!(self, get_bucket_ownership_controls, "the ownership")?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        let rule = controls.and_then(|controls| controls.rules.into_iter().next());
        Ok(rule.map(|rule| rule.object_ownership.to_string()))
    }

    async fn policy(&self) -> Result<Option<Value>, Failure> {
        let answer = get!(self, get_bucket_policy, "the policy")?;
        let text = answer.and_then(|answer| answer.policy);
        // The whole body is the policy. S3 keeps none that is no JSON (`PutBucketPolicy`, MalformedPolicy), so this is half an answer, or another.
        let unreadable = |_| {
            let doing = doing::<Bucket>("reading the policy of", self.key);
            errors::unreadable(doing, "the answer is no policy")
        };
        let policy = text.map(|text| serde_json::from_str(&text));
        policy.transpose().map_err(unreadable)
    }

    async fn lifecycle(&self) -> Result<Lifecycle, Failure> {
        let answer = get!(self, get_bucket_lifecycle_configuration, "the lifecycle")?;
        let rules = answer.and_then(|answer| answer.rules);
        Ok(lifecycle(&rules.unwrap_or_default()))
    }
}

/// The first rule that is in force for all objects and only forgets after some days, and the names of all others.
fn lifecycle(rules: &[LifecycleRule]) -> Lifecycle {
    let main = rules
        .iter()
        .position(|rule| is_for_all(rule) && only_counts_days(rule));
    let others = rules.iter().enumerate();
    let others: Vec<&str> = others
        .filter(|(index, _)| Some(*index) != main)
        .map(|(_, rule)| rule.id().unwrap_or("unnamed"))
        .collect();
    let found = main.and_then(|main| rules.get(main));
    Lifecycle {
        objects: found.and_then(|rule| rule.expiration()?.days()),
        old_versions: found
            .and_then(|rule| rule.noncurrent_version_expiration()?.noncurrent_days()),
        unfinished: found.and_then(|rule| {
            let unfinished = rule.abort_incomplete_multipart_upload()?;
            unfinished.days_after_initiation()
        }),
        others: (!others.is_empty()).then(|| others.join(", ")),
    }
}

/// Whether a rule does nothing but forget after some days: no move to another class, no date, no versions that are kept longer.
fn only_counts_days(rule: &LifecycleRule) -> bool {
    let dated = rule.expiration().is_some_and(|when| when.date().is_some());
    let kept = rule
        .noncurrent_version_expiration()
        .is_some_and(|when| when.newer_noncurrent_versions().is_some());
    let moves = rule.transitions().is_empty() && rule.noncurrent_version_transitions().is_empty();
    !dated && !kept && moves
}

/// Whether a rule is in force for every object, not for some prefix, tag or size.
fn is_for_all(rule: &LifecycleRule) -> bool {
    let everything = rule.filter().is_none_or(|filter| {
        filter.prefix().is_none_or(str::is_empty)
            && filter.tag().is_none()
            && filter.and().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none()
    });
    // The way to name a prefix before there were filters.
    #[expect(deprecated, reason = "S3 still gives and obeys it")]
    let everything = everything && rule.prefix().is_none_or(str::is_empty);
    everything && rule.status() == &ExpirationStatus::Enabled
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{LifecycleExpiration, LifecycleRuleFilter};

    use super::*;

    fn rule(id: &str, prefix: &str, days: i32) -> LifecycleRule {
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
            .expiration(LifecycleExpiration::builder().days(days).build())
            .build()
            .unwrap()
    }

    #[test]
    fn a_rule_for_some_objects_is_not_taken_for_ours_and_is_named() {
        let found = lifecycle(&[rule("theirs", "AWSLogs/", 1), rule("tenantry", "", 365)]);
        assert_eq!(found.objects, Some(365));
        assert_eq!(found.others.as_deref(), Some("theirs"));
        assert_eq!(lifecycle(&[]), Lifecycle::default());
    }
}
