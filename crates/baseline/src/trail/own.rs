//! The tenant's own trail, as a declared resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity, names};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// The tenant's own trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnTrail {
    /// Its ARN.
    pub arn: String,
    /// Where it can be changed.
    pub home: Region,
    /// The bucket it delivers to.
    pub delivers_to: String,
    /// Whether it records all Regions.
    pub multi_region: bool,
    /// Whether it records IAM and other services without Region.
    pub global_events: bool,
    /// Whether its log files can be validated.
    pub validation: bool,
    /// Which management events it records, in words: [`OwnTrail::ALL_EVENTS`] or others.
    pub events: String,
    /// [`OwnTrail::LOGGING`], or since when nothing was recorded, in words.
    pub logging: String,
    /// Its tags; written at creation, and read only where the bucket does not say whose it is.
    pub tags: BTreeMap<String, String>,
}

/// What `UpdateTrail` sets. CloudTrail tries the bucket's policy first.
const fn property(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Put back the properties of")
        .severity(Severity::High)
        .call("properties")
        .once()
}

const FIELDS: &[Field] = &[
    property("deliversTo", "bucket it delivers to"),
    property("multiRegion", "recording of all Regions"),
    property("globalEvents", "recording of global services"),
    property("validation", "validation of log files"),
    Field::new("events", "events", "Record all management events by").severity(Severity::High),
    Field::new(
        "logging",
        "logging",
        "What happened in the gap is not recorded. Start logging of",
    )
    .severity(Severity::High),
];

impl OwnTrail {
    /// The key of the one trail we make.
    pub fn key() -> Key {
        Key::in_account(Self::KIND.name, names::TRAIL.to_owned())
    }

    /// Every management event, reads and writes.
    pub const ALL_EVENTS: &str = "All management events";
    /// It is logging.
    pub const LOGGING: &str = "on";
}

impl Resource for OwnTrail {
    const KIND: Kind = Kind::of::<Self>("trail", "trail", FIELDS).extra(Severity::Medium);

    /// It delivers to our bucket, or carries our tag.
    fn ours(&self, desired: &Desired) -> bool {
        let ours = |account| names::is_trail_bucket(account, &self.delivers_to);
        desired.account.as_ref().is_some_and(ours) || desired.owns(&self.tags)
    }

    /// It records all management events by default and is not logging.
    /// Source: CloudTrail API reference, `CreateTrail` and `PutEventSelectors`.
    fn created(&self) -> Self {
        Self {
            logging: "off: never started".into(),
            ..self.clone()
        }
    }
}
