//! An analyzer of IAM Access Analyzer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
    watched::{Properties, reported, restored},
};

/// An analyzer in one Region. The name of its key is its name in AWS, and tells its type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Analyzer {
    /// After how many days something counts as unused; none for external access.
    pub days: Option<i32>,
    /// Whom it leaves out.
    pub exclusions: Option<String>,
    /// Why it does not work, where it does not.
    pub fault: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The name of the one that is there instead of ours, whose tags do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it was made, in seconds: only that tells it from a later one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<i64>,
}

/// Those that are set are set in one go: one with another period is another analyzer, made with everything else.
const FIELDS: &[Field] = &[
    Field::new("days", "period of no use", "Make again, with its period,")
        .unit("days")
        .call("analyzer"),
    Field::new("exclusions", "exclusions", "Take the exclusions off").call("analyzer"),
    Field::new(
        "fault",
        "fault",
        "Delete the analyzer, or have AWS Support look at it; the next repair makes it again:",
    )
    .person(),
    Field::TAGS.call("analyzer"),
];

/// What is watched of an analyzer.
pub const WATCHED: &[Properties] = &[
    Properties {
        resource: "Analyzer of IAM Access Analyzer",
        kind: "analyzer",
        shape: "accessanalyzer AnalyzerSummary",
        watched: &[
            reported("status", "fault"),
            reported("status_reason", "fault"),
            restored("configuration", ""),
            restored("tags", "tags"),
        ],
        identity: &["arn", "name", "type"],
        unwatched: &[
            "created_at, last_resource_analyzed, last_resource_analyzed_at: it is history",
            "managed_by: an analyzer that a service of AWS made is not ours, and counts as what it is",
        ],
    },
    Properties {
        resource: "Configuration of an analyzer for unused access",
        kind: "analyzer",
        shape: "accessanalyzer UnusedAccessConfiguration",
        watched: &[
            restored("unused_access_age", "days"),
            restored("analysis_rule", "exclusions"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Archive rule of an analyzer",
        kind: "analyzer",
        shape: "accessanalyzer ArchiveRuleSummary",
        watched: &[],
        identity: &["rule_name"],
        unwatched: &[
            "filter, created_at, updated_at: a read of each analyzer more; it archives findings, which no control counts, and the guardrail closes it to the tenant",
        ],
    },
];

impl Analyzer {
    /// The key of the analyzer of this name in a Region.
    pub fn key(name: &str, region: &Region) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }

    /// One that finds what others have access to.
    pub fn external(tags: BTreeMap<String, String>) -> Self {
        Self {
            tags,
            ..Self::default()
        }
    }

    /// One that finds what was not used for so many days.
    pub fn unused(days: i32, tags: BTreeMap<String, String>) -> Self {
        Self {
            days: Some(days),
            ..Self::external(tags)
        }
    }
}

impl Resource for Analyzer {
    const KIND: Kind =
        Kind::of::<Self>("analyzer", "access analyzer", FIELDS).missing(Severity::Medium);

    /// One that is there instead of ours satisfies a tenant that is there, and is nothing to remove.
    fn ours(&self, desired: &Desired) -> bool {
        match self.other {
            Some(_) => !desired.leaving(),
            None => desired.owns(&self.tags),
        }
    }

    fn id(&self) -> Option<String> {
        let (arn, made) = (self.id.as_ref()?, self.made?);
        Some(format!("{arn} of {made}"))
    }

    fn locked(&self) -> Option<String> {
        let other = self.other.as_ref()?;
        Some(format!(
            "the analyzer `{other}`, which tenantry did not make"
        ))
    }
}
