//! Whether buckets and objects can be made public: of one bucket, or of the whole account. Source: S3 User Guide, "Blocking public
//! access to your Amazon S3 storage".

use serde::{Deserialize, Serialize};
use tenancy::Severity;

use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

/// All four are set by one call.
const fn block(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Turn on")
        .severity(Severity::Critical)
        .call("blocks")
}

const FIELDS: &[Field] = &[
    block("blockPublicAcls", "block of public ACLs"),
    block("ignorePublicAcls", "ignoring of public ACLs"),
    block("blockPublicPolicy", "block of public policies"),
    block("restrictPublicBuckets", "restriction of public buckets"),
];

/// Whether buckets and objects can be made public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicAccess {
    /// Whether requests to make something public by ACL are refused.
    pub block_public_acls: bool,
    /// Whether public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// Whether public bucket policies are refused.
    pub block_public_policy: bool,
    /// Whether buckets with a public policy are for the account only.
    pub restrict_public_buckets: bool,
}

impl PublicAccess {
    /// Everything is blocked.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

impl Resource for PublicAccess {
    const KIND: Kind = Kind::of::<Self>(
        "public-access-block",
        "block of public access to S3",
        FIELDS,
    )
    .setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}
