//! Whether buckets and objects can be made public: of one bucket, or of the whole account. Source: S3 User Guide, "Blocking public
//! access to your Amazon S3 storage".

use serde::{Deserialize, Serialize};

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
