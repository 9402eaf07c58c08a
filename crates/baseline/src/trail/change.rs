//! The effects on trail and bucket, in words.

use std::collections::BTreeMap;

use serde_json::Value;
use tenancy::{
    Region,
    finding::{Difference, Severity},
    names,
};

use super::{Bucket, Lifecycle, Own, Seen, Trail, arn};
use crate::{
    component::{Change, Component},
    desired::Desired,
};

/// Something set on the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// All its tags: ours, and those of others it has.
    Tags(BTreeMap<String, String>),
    /// Keep versions.
    Versioning,
    /// Encrypt with S3's own key.
    Encryption,
    /// Block public access.
    PublicAccess,
    /// Everything in it belongs to the account.
    Ownership,
    /// Its policy.
    Policy(Value),
    /// What it forgets, and when.
    Lifecycle(Lifecycle),
}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailChange {
    /// Makes the bucket.
    CreateBucket {
        /// Its name.
        bucket: String,
    },
    /// Sets something on the bucket.
    Set {
        /// Its name.
        bucket: String,
        /// What.
        setting: Setting,
    },
    /// Makes the trail, not logging yet.
    CreateTrail {
        /// Where it delivers to.
        bucket: String,
    },
    /// Gives the trail its properties back.
    UpdateTrail {
        /// Its ARN.
        arn: String,
        /// Where it can be changed.
        home: Region,
        /// Where it delivers to.
        bucket: String,
        /// What differs, in words.
        found: String,
    },
    /// Records every management event again.
    SelectEvents {
        /// Its ARN.
        arn: String,
        /// Where it can be changed.
        home: Region,
    },
    /// Starts, or restarts, logging.
    StartLogging {
        /// Its ARN.
        arn: String,
        /// Where it can be changed.
        home: Region,
        /// Since when nothing was recorded, in words.
        gap: String,
    },
    /// Takes the trail away; its bucket stays.
    DeleteTrail {
        /// Its ARN.
        arn: String,
        /// Where it can be changed.
        home: Region,
    },
}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The bucket is there, with nothing set.
    BucketMade,
    /// Something is set on the bucket.
    IsSet(Setting),
    /// The trail is there, or as it is now.
    Trail(Own),
    /// The trail delivers where and what it is to.
    Updated {
        /// Where it delivers to.
        bucket: String,
    },
    /// Every management event is recorded.
    Selected,
    /// It is logging.
    Started,
    /// The trail is gone.
    Deleted,
}

pub(super) fn learn(seen: &mut Seen, fact: Fact) {
    match (fact, &mut seen.trail) {
        (Fact::BucketMade, _) => {
            seen.bucket.get_or_insert_default();
        }
        (Fact::IsSet(setting), _) => set(seen.bucket.get_or_insert_default(), setting),
        (Fact::Trail(own), trail) => *trail = Some(own),
        (Fact::Deleted, trail) => *trail = None,
        (Fact::Updated { bucket }, Some(trail)) => {
            trail.bucket = bucket;
            trail.multi_region = true;
            trail.global_events = true;
            trail.validation = true;
        }
        (Fact::Selected, Some(trail)) => trail.all_management = true,
        (Fact::Started, Some(trail)) => trail.logging = true,
        (Fact::Updated { .. } | Fact::Selected | Fact::Started, None) => {}
    }
}

fn set(bucket: &mut Bucket, setting: Setting) {
    match setting {
        Setting::Tags(tags) => bucket.tags = tags,
        Setting::Versioning => bucket.versioned = true,
        Setting::Encryption => bucket.encrypted = true,
        Setting::PublicAccess => bucket.blocked = true,
        Setting::Ownership => bucket.owner_enforced = true,
        Setting::Policy(policy) => bucket.policy = Some(policy),
        Setting::Lifecycle(lifecycle) => bucket.lifecycle = Some(lifecycle),
    }
}

pub(super) fn imagine(desired: &Desired, change: &TrailChange) -> Fact {
    match change {
        TrailChange::CreateBucket { .. } => Fact::BucketMade,
        TrailChange::Set { setting, .. } => Fact::IsSet(setting.clone()),
        TrailChange::CreateTrail { bucket } => {
            made(desired, bucket).map_or(Fact::Deleted, Fact::Trail)
        }
        TrailChange::UpdateTrail { bucket, .. } => Fact::Updated {
            bucket: bucket.clone(),
        },
        TrailChange::SelectEvents { .. } => Fact::Selected,
        TrailChange::StartLogging { .. } => Fact::Started,
        TrailChange::DeleteTrail { .. } => Fact::Deleted,
    }
}

/// A trail as `CreateTrail` leaves it: all management events by default, and not logging.
/// Source: CloudTrail API reference, `CreateTrail` and `PutEventSelectors`.
fn made(desired: &Desired, bucket: &str) -> Option<Own> {
    Some(Own {
        arn: arn(desired, &Seen::default())?,
        home: desired.home_region()?.clone(),
        ours: true,
        bucket: bucket.to_owned(),
        multi_region: true,
        global_events: true,
        validation: true,
        all_management: true,
        logging: false,
        gap: "never started".into(),
    })
}

impl Own {
    /// The trail `CreateTrail` has just made.
    pub fn made(desired: &Desired, bucket: &str) -> Option<Self> {
        made(desired, bucket)
    }
}

/// How a setting reads: key, field, wanted, found, severity, remedy.
fn setting_words(
    setting: &Setting,
) -> (&'static str, String, &'static str, Severity, &'static str) {
    match setting {
        Setting::Tags(_) => (
            "tags",
            "the tenant's tags".into(),
            "some are missing",
            Severity::Low,
            "Put the tags back.",
        ),
        Setting::Versioning => (
            "versioning",
            "on".into(),
            "off",
            Severity::Medium,
            "Turn versioning on.",
        ),
        Setting::Encryption => (
            "encryption",
            "AES256".into(),
            "something else",
            Severity::Medium,
            "Encrypt new objects with S3's own key.",
        ),
        Setting::PublicAccess => (
            "public access block",
            "all four on".into(),
            "not all on",
            Severity::High,
            "Block public access.",
        ),
        Setting::Ownership => (
            "object ownership",
            "bucket owner enforced".into(),
            "something else",
            Severity::Medium,
            "Turn access control lists off.",
        ),
        Setting::Policy(_) => (
            "policy",
            "delivery by this trail only, TLS only".into(),
            "something else",
            Severity::High,
            "Write the bucket's policy again.",
        ),
        Setting::Lifecycle(lifecycle) => (
            "lifecycle",
            format!("log files kept {} days", lifecycle.expire),
            "something else",
            Severity::Low,
            "Write the bucket's lifecycle again.",
        ),
    }
}

impl Change for TrailChange {
    fn key(&self) -> String {
        match self {
            Self::CreateBucket { .. } => "trail.bucket".into(),
            Self::Set { setting, .. } => {
                format!(
                    "trail.bucket.{}",
                    setting_words(setting).0.replace(' ', "-")
                )
            }
            Self::CreateTrail { .. } => "trail.trail".into(),
            Self::UpdateTrail { .. } => "trail.properties".into(),
            Self::SelectEvents { .. } => "trail.events".into(),
            Self::StartLogging { .. } => "trail.logging".into(),
            Self::DeleteTrail { .. } => "trail.deletion".into(),
        }
    }

    fn difference(&self) -> Difference {
        let trail = names::TRAIL.to_owned();
        let (resource, field, wanted, found, severity, remedy) = match self {
            Self::CreateBucket { bucket } => (
                bucket.clone(),
                "bucket",
                "present".into(),
                "missing".into(),
                Severity::High,
                "Make the bucket.",
            ),
            Self::Set { bucket, setting } => {
                let (field, wanted, found, severity, remedy) = setting_words(setting);
                (
                    bucket.clone(),
                    field,
                    wanted,
                    found.to_owned(),
                    severity,
                    remedy,
                )
            }
            Self::CreateTrail { .. } => (
                trail,
                "trail",
                "present".into(),
                "missing".into(),
                Severity::High,
                "Make the trail.",
            ),
            Self::UpdateTrail { found, bucket, .. } => (
                trail,
                "properties",
                format!("all Regions, global events, validated log files, into `{bucket}`"),
                found.clone(),
                Severity::High,
                "Give the trail its properties back.",
            ),
            Self::SelectEvents { .. } => (
                trail,
                "events",
                "all management events".into(),
                "some are left out".into(),
                Severity::High,
                "Record all management events again.",
            ),
            Self::StartLogging { gap, .. } => (
                trail,
                "logging",
                "on".into(),
                format!("off: {gap}"),
                Severity::High,
                "Start logging; what happened in the gap is not in the trail.",
            ),
            Self::DeleteTrail { .. } => (
                trail,
                "trail",
                "gone".into(),
                "present".into(),
                Severity::Medium,
                "Delete the trail; its bucket stays with the account.",
            ),
        };
        Difference {
            key: self.key(),
            component: Trail::NAME,
            resource,
            field: field.into(),
            wanted,
            found,
            severity,
            remedy: remedy.into(),
            repair: tenancy::finding::Repair::Tenantry,
        }
    }
}
