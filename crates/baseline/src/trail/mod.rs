//! The record of what happens in the account: its own trail in its own bucket, or the organization's trail.
//!
//! # Guarantees
//! The bucket is never deleted and nothing in it either: on the way out the trail goes, for trails outlive their account, and the
//! record stays until AWS removes the closed account. A blueprint that turns to the organization's trail leaves the tenant's own
//! where it is, since repair never deletes.

mod change;
mod grants;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;
use tenancy::{AccountId, ComponentName, Region, names, spec};

pub use change::{Fact, Setting, TrailChange};

use crate::{
    component::{Component, Departure, Plan},
    desired::Desired,
    policy::{Grants, Scope},
};

/// The record of what happens in the account.
pub struct Trail;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The bucket of the tenant's own trail.
    pub bucket: Option<Bucket>,
    /// The tenant's own trail.
    pub trail: Option<Own>,
    /// The organization's trail, as the account sees it.
    pub organization: Option<Shared>,
}

/// A trail bucket: what we set on it, as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    /// All its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether versions are kept.
    pub versioned: bool,
    /// Whether new objects are encrypted with S3's own key.
    pub encrypted: bool,
    /// Whether all four blocks of public access are on.
    pub blocked: bool,
    /// Whether everything in it belongs to the account.
    pub owner_enforced: bool,
    /// Its policy.
    pub policy: Option<Value>,
    /// After how many days the three lifecycle rules act.
    pub lifecycle: Option<Lifecycle>,
}

/// What a trail bucket forgets, and when, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifecycle {
    /// Log files.
    pub expire: i32,
    /// Overwritten or deleted versions of them.
    pub noncurrent: i32,
    /// Uploads that were never finished.
    pub unfinished: i32,
}

/// The tenant's own trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its ARN.
    pub arn: String,
    /// Where it can be changed.
    pub home: Region,
    /// Whether it is ours: it delivers to our bucket, or carries our tag.
    pub ours: bool,
    /// Where it delivers to.
    pub bucket: String,
    /// Whether it records all Regions.
    pub multi_region: bool,
    /// Whether it records IAM and other services without Region.
    pub global_events: bool,
    /// Whether its log files can be validated.
    pub validation: bool,
    /// Whether it records every management event, reads and writes.
    pub all_management: bool,
    /// Whether it is logging.
    pub logging: bool,
    /// When it was stopped, and when it last delivered, in words; for the report of the gap.
    pub gap: String,
}

/// The organization's trail as it covers the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Its ARN.
    pub arn: String,
    /// Whether it records all Regions.
    pub multi_region: bool,
    /// Whether its log files can be validated.
    pub validation: bool,
    /// Whether it is logging.
    pub logging: bool,
    /// What its last delivery failed with.
    pub delivery_error: Option<String>,
}

/// The name of the bucket, where account and home Region are known.
pub fn bucket_name(desired: &Desired) -> Option<String> {
    Some(names::trail_bucket(
        desired.account.as_ref()?,
        desired.home_region()?,
    ))
}

/// Whether a bucket of this name is one of ours for this account, in whatever Region.
pub fn is_our_bucket(account: &AccountId, bucket: &str) -> bool {
    bucket.starts_with(&format!("tenantry-trail-{account}-"))
}

/// The ARN the trail has, or will have.
fn arn(desired: &Desired, seen: &Seen) -> Option<String> {
    if let Some(trail) = seen.trail.as_ref() {
        return Some(trail.arn.clone());
    }
    let (account, region) = (desired.account.as_ref()?, desired.home_region()?);
    Some(format!(
        "arn:aws:cloudtrail:{region}:{account}:trail/{}",
        names::TRAIL
    ))
}

/// The bucket's policy: CloudTrail may deliver for this one trail, and nobody may speak to the bucket without TLS.
/// Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
pub fn bucket_policy(account: &AccountId, bucket: &str, trail_arn: &str) -> Value {
    let bucket = format!("arn:aws:s3:::{bucket}");
    let cloudtrail = serde_json::json!({ "Service": "cloudtrail.amazonaws.com" });
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "CloudTrailLooks",
                "Effect": "Allow",
                "Principal": cloudtrail,
                "Action": "s3:GetBucketAcl",
                "Resource": bucket,
                "Condition": { "StringEquals": { "aws:SourceArn": trail_arn } }
            },
            {
                "Sid": "CloudTrailDelivers",
                "Effect": "Allow",
                "Principal": cloudtrail,
                "Action": "s3:PutObject",
                "Resource": format!("{bucket}/AWSLogs/{account}/*"),
                "Condition": { "StringEquals": {
                    "aws:SourceArn": trail_arn,
                    "s3:x-amz-acl": "bucket-owner-full-control"
                } }
            },
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, format!("{bucket}/*")],
                "Condition": { "Bool": { "aws:SecureTransport": "false" } }
            }
        ]
    })
}

/// What the bucket forgets: log files after the blueprint's days; what was overwritten a month later.
fn lifecycle(spec: &spec::EffectiveSpec) -> Lifecycle {
    Lifecycle {
        expire: spec.trail_retention_days,
        noncurrent: 30,
        unfinished: 7,
    }
}

impl Component for Trail {
    const NAME: ComponentName = ComponentName::TRAIL;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS];
    const DEPARTURE: Departure = Departure::Recorder;
    type Seen = Seen;
    type Change = TrailChange;
    type Fact = Fact;

    fn plan(desired: &Desired, seen: &Seen) -> Plan<TrailChange> {
        plan::plan(desired, seen)
    }

    fn learn(seen: &mut Seen, fact: Fact) {
        change::learn(seen, fact);
    }

    fn imagine(desired: &Desired, change: &TrailChange) -> Fact {
        change::imagine(desired, change)
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        let own = seen.trail.iter().flat_map(|trail| {
            [
                ("trail".to_owned(), trail.arn.clone()),
                ("bucket".to_owned(), trail.bucket.clone()),
            ]
        });
        let shared = seen
            .organization
            .iter()
            .map(|trail| ("organization-trail".to_owned(), trail.arn.clone()));
        own.chain(shared).collect()
    }
}
