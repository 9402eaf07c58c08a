//! A log group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// A log group of CloudWatch Logs. Its name is the key's, unique in its Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogGroup {
    /// How many days events are kept; for ever where absent.
    pub retention: Option<i32>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The key of KMS it is encrypted with, where not by Logs' own: whoever can disable the key can stop the recording.
    pub key: Option<String>,
    /// Whether parts of events are masked, so that they cannot be read.
    pub masked: bool,
    /// On, where it cannot be deleted.
    pub protected: Option<bool>,
    /// When it was made, in milliseconds: Logs gives no other id, and another one of the same name was made at another time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const FIELDS: &[Field] = &[
    Field::new("retention", "retention", "Set the retention of")
        .severity(Severity::Low)
        .unit("days")
        .absent("for ever"),
    Field::TAGS,
    Field::new("key", "KMS key", "Restore the KMS key of").severity(Severity::High),
    Field::new(
        "masked",
        "masking of data",
        "Delete the data protection policy, of the account (`PutAccountPolicy`) or of this group alone, that holds for",
    )
    .person(),
    Field::new(
        "protected",
        "deletion protection",
        "Turn off the deletion protection of",
    )
    .severity(Severity::Low)
    .absent("off")
    .person()
    // Logs deletes no group that is protected (API reference, `PutLogGroupDeletionProtection`).
    .strip(),
];

impl LogGroup {
    /// The key of the group of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }
}

impl Resource for LogGroup {
    const KIND: Kind = Kind::of::<Self>("log-group", "log group", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::log_group;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    /// Its retention follows.
    fn created(&self) -> Self {
        Self {
            retention: None,
            ..self.clone()
        }
    }
}
