//! Block of public access to S3, for the whole account.

use tenancy::{EffectiveSpec, Severity};

use super::{Covers, Field, Properties, Reach, Switch, restored};
pub use crate::resources::PublicAccess;

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

impl Switch for PublicAccess {
    const NAME: &'static str = "public-access-block";
    const TITLE: &'static str = "block of public access to S3";
    const NUMBER: u32 = 101;
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::Account;
    const READ: &'static str = "s3:GetAccountPublicAccessBlock";
    const CALL: Option<&'static str> = Some("s3control GetPublicAccessBlock");
    const WRITES: &'static [&'static str] = &["s3:PutAccountPublicAccessBlock"];
    const COVERS: Covers = Covers::of(&["S3.1"], &["2.1.4"], &["2.1.4"]);
    const WATCHED: Properties = Properties {
        resource: "Public access block of the account",
        kind: Self::NAME,
        shape: "s3control PublicAccessBlockConfiguration",
        watched: &[
            restored("block_public_acls", "blockPublicAcls"),
            restored("ignore_public_acls", "ignorePublicAcls"),
            restored("block_public_policy", "blockPublicPolicy"),
            restored("restrict_public_buckets", "restrictPublicBuckets"),
        ],
        identity: &[],
        unwatched: &[],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"blockPublicAcls": false, "ignorePublicAcls": false, "blockPublicPolicy": false, "restrictPublicBuckets": false}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self::ALL)
    }
}
