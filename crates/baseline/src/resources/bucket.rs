//! A bucket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::Severity;

use super::PublicAccess;
use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// A bucket, which holds records: it is never deleted, and nothing in it either. Its name is the key's, and has the account's
/// number in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Bucket {
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Whether versions are kept.
    pub versioning: bool,
    /// How new objects are encrypted by default, such as `AES256`.
    pub encryption: Option<String>,
    /// By which key of KMS, where not by S3's own.
    pub encryption_key: Option<String>,
    /// Whether S3 uses a key of its own under the one of KMS for a while, which it then asks less often.
    pub bucket_key: bool,
    /// What of public access is blocked.
    pub public_access_block: Option<PublicAccess>,
    /// Whose its objects are, such as `BucketOwnerEnforced`.
    pub object_ownership: Option<String>,
    /// Its policy.
    pub policy: Option<Value>,
    /// What it forgets, and when.
    pub lifecycle: Lifecycle,
    /// Its name again, in an account of ours: a bucket has no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What a bucket forgets, and after how many days. The names are those that people read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifecycle {
    /// Objects.
    #[serde(rename = "objects after", skip_serializing_if = "Option::is_none")]
    pub objects: Option<i32>,
    /// Overwritten or deleted versions of them.
    #[serde(rename = "old versions after", skip_serializing_if = "Option::is_none")]
    pub old_versions: Option<i32>,
    /// Uploads that were never finished.
    #[serde(
        rename = "unfinished uploads after",
        skip_serializing_if = "Option::is_none"
    )]
    pub unfinished: Option<i32>,
    /// Rules that are for some objects only, switched off, do something else, or are a second one. They could forget earlier or put
    /// objects out of reach, so none may be there.
    #[serde(rename = "other rules", skip_serializing_if = "Option::is_none")]
    pub others: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::TAGS,
    Field::new("versioning", "versioning", "Turn on the versioning of"),
    Field::new(
        "encryption",
        "default encryption",
        "Set the default encryption of",
    )
    .call("encryption"),
    Field::new(
        "encryption-key",
        "key of the default encryption",
        "Set the default encryption of",
    )
    .call("encryption"),
    Field::new("bucket-key", "bucket key", "Set the default encryption of")
        .severity(Severity::Low)
        .call("encryption"),
    Field::new(
        "public-access-block",
        "public access block",
        "Block public access to",
    )
    .severity(Severity::High),
    Field::new(
        "object-ownership",
        "object ownership",
        "Turn off the access control lists of",
    ),
    Field::new("policy", "policy", "Write the policy of").severity(Severity::High),
    Field::new("lifecycle", "lifecycle", "Write the lifecycle of")
        .severity(Severity::Low)
        .unit("days"),
];

impl Bucket {
    /// The key of the bucket of this name.
    pub const fn key(name: String) -> Key {
        Key::in_account(Self::KIND.name, name)
    }

    /// A bucket of this policy and lifecycle: versioned, encrypted by this key of KMS or by S3's own, closed to the public, and all of
    /// its owner.
    pub fn private(
        tags: BTreeMap<String, String>,
        policy: Value,
        lifecycle: Lifecycle,
        key: Option<String>,
    ) -> Self {
        let algorithm = key.as_ref().map_or("AES256", |_| "aws:kms");
        Self {
            tags,
            versioning: true,
            encryption: Some(algorithm.into()),
            bucket_key: key.is_some(),
            encryption_key: key,
            public_access_block: Some(PublicAccess::ALL),
            object_ownership: Some("BucketOwnerEnforced".into()),
            policy: Some(policy),
            lifecycle,
            id: None,
        }
    }
}

impl Resource for Bucket {
    const KIND: Kind = Kind::of::<Self>("bucket", "bucket", FIELDS).with_account();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::bucket;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    /// It is made with its tags. Everything else follows, each by a call of its own.
    fn created(&self) -> Self {
        Self {
            tags: self.tags.clone(),
            ..Self::default()
        }
    }
}
