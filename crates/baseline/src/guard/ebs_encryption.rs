//! Whether new volumes are encrypted. Source: EC2 API reference, `GetEbsEncryptionByDefault`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Covers, Field, Properties, Reach, Switch, restored};

const FIELDS: &[Field] =
    &[Field::new("on", "encryption of new volumes", "Turn on").severity(Severity::High)];

/// Whether new volumes are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EbsEncryption {
    /// Whether it is on.
    pub on: bool,
}

impl Switch for EbsEncryption {
    const NAME: &'static str = "ebs-encryption";
    const TITLE: &'static str = "EBS encryption by default";
    const NUMBER: u32 = 102;
    const CHECKED: &'static str = "encryption of volumes by default";
    const FIELDS: &'static [Field] = FIELDS;
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetEbsEncryptionByDefault";
    const WRITES: &'static [&'static str] = &["ec2:EnableEbsEncryptionByDefault"];
    const COVERS: Covers = Covers::of(&["EC2.7"], &["5.1.1"], &["2.2.1"]);
    const WATCHED: Properties = Properties {
        resource: "EBS encryption by default",
        kind: Self::NAME,
        shape: "ec2 GetEbsEncryptionByDefaultOutput",
        watched: &[restored("ebs_encryption_by_default", "on")],
        identity: &[],
        unwatched: &["sse_type: it says which kind of key is used, which is the tenant's choice"],
    };
    #[cfg(test)]
    const FRESH: &'static str = r#"{"on": false}"#;

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self { on: true })
    }
}
