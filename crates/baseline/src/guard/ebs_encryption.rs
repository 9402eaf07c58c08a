//! Whether new volumes are encrypted. Source: EC2 API reference, `GetEbsEncryptionByDefault`

use serde::{Deserialize, Serialize};
use tenancy::{EffectiveSpec, Severity};

use super::{Reach, Switch};
use crate::{
    declared::{Field, Kind, Resource},
    desired::Desired,
};

const FIELDS: &[Field] =
    &[Field::new("on", "encryption of new volumes", "Turn on").severity(Severity::High)];

/// Whether new volumes are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EbsEncryption {
    /// Whether it is on.
    pub on: bool,
}

impl Resource for EbsEncryption {
    const KIND: Kind =
        Kind::of::<Self>("ebs-encryption", "EBS encryption by default", FIELDS).setting();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

impl Switch for EbsEncryption {
    const REACH: Reach = Reach::EachRegion;
    const READ: &'static str = "ec2:GetEbsEncryptionByDefault";
    const WRITES: &'static [&'static str] = &["ec2:EnableEbsEncryptionByDefault"];

    fn wanted(_: &EffectiveSpec) -> Option<Self> {
        Some(Self { on: true })
    }
}
