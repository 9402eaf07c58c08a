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
}

const FIELDS: &[Field] = &[
    Field::new("retention", "retention", "Set the retention of")
        .severity(Severity::Low)
        .unit("days")
        .absent("for ever"),
    Field::TAGS,
];

impl LogGroup {
    /// The key of the group of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }
}

impl Resource for LogGroup {
    const KIND: Kind = Kind::of::<Self>("log-group", "log group", FIELDS).missing(Severity::Medium);

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    /// Its retention follows.
    fn created(&self) -> Self {
        Self {
            retention: None,
            ..self.clone()
        }
    }
}
