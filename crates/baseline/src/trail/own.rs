//! The tenant's own trail, as a declared resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
    trail_home,
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
    /// What comes before the paths of its log files. The bucket's policy lets it deliver without one.
    #[serde(default)]
    pub prefix: Option<String>,
    /// The key of KMS its log files are encrypted with, where not by S3's own: whoever can disable the key can stop delivery.
    #[serde(default)]
    pub key: Option<String>,
    /// The topic that is notified of each delivery.
    #[serde(default)]
    pub topic: Option<String>,
    /// The ARN of the log group its events are copied to.
    #[serde(default)]
    pub copies_to: Option<String>,
    /// The ARN of the role by which they are copied.
    #[serde(default)]
    pub copies_by: Option<String>,
    /// Which events it records, in words: [`OwnTrail::ALL_EVENTS`] or others.
    pub events: String,
    /// [`OwnTrail::LOGGING`], or since when nothing was recorded, in words.
    pub logging: String,
    /// What its last delivery to the bucket failed with.
    #[serde(default)]
    pub delivery_error: Option<String>,
    /// What the last delivery of digests, by which log files are validated, failed with.
    #[serde(default)]
    pub digest_error: Option<String>,
    /// What the last delivery to the log group failed with.
    #[serde(default)]
    pub copy_error: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
}

/// What `UpdateTrail` sets. CloudTrail tries the bucket's policy first.
const fn property(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Restore the properties of")
        .severity(Severity::High)
        .call("properties")
        .once()
}

const FIELDS: &[Field] = &[
    property("deliversTo", "bucket it delivers to"),
    property("multiRegion", "recording of all Regions"),
    property("globalEvents", "recording of global services"),
    property("validation", "validation of log files"),
    property("prefix", "prefix of log files"),
    property("key", "KMS key"),
    property("topic", "topic notified of deliveries"),
    property("copiesTo", "log group events are copied to"),
    property("copiesBy", "role by which events are copied"),
    Field::TAGS,
    Field::new(
        "events",
        "events",
        "Record all management events and no others by",
    )
    .severity(Severity::High),
    Field::new(
        "logging",
        "logging",
        "What happened in the gap is not recorded. Start logging of",
    )
    .severity(Severity::High),
    failing("deliveryError", "last delivery"),
    failing("digestError", "last delivery of digests"),
    failing("copyError", "last delivery to the log group"),
];

/// What CloudTrail could not do, by the error it got. What we set is put back; for other causes read the error.
const fn failing(name: &'static str, label: &'static str) -> Field {
    Field::new(
        name,
        label,
        "Correct what the error names about the delivery of",
    )
    .severity(Severity::High)
    .absent("no error")
    .person()
}

impl OwnTrail {
    /// The key of the one trail we make.
    pub fn key() -> Key {
        trail_home::own_trail()
    }

    /// Every management event, reads and writes, and no other.
    pub const ALL_EVENTS: &str = "All management events";
    /// It is logging.
    pub const LOGGING: &str = "on";
}

impl Resource for OwnTrail {
    const KIND: Kind = Kind::of::<Self>(trail_home::KIND, "trail", FIELDS).extra(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::trail;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    /// Its ARN: CloudTrail gives no other id. One of the tenant's of this name in its place was recorded by nobody.
    fn id(&self) -> Option<String> {
        (!self.arn.is_empty()).then(|| self.arn.clone())
    }

    /// It records all management events by default, is not logging, and copies to no log group: recording does not wait for that.
    /// Source: CloudTrail API reference, `CreateTrail` and `PutEventSelectors`.
    fn created(&self) -> Self {
        Self {
            logging: "off: never started".into(),
            copies_to: None,
            copies_by: None,
            ..self.clone()
        }
    }
}
