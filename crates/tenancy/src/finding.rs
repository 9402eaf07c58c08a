//! Drift and failed controls, in words an administrator understands.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    component::ComponentName,
    stored::{OtherFields, Word},
};

/// The severity of a finding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Cosmetic: a tag, a retention period.
    Low,
    /// A protection is weaker than the blueprint says.
    Medium,
    /// A protection is off: logging stopped, a security group open, a guardrail missing.
    High,
    /// The tenant's isolation is broken, or the account is open to others.
    Critical,
    /// What another release wrote.
    #[serde(untagged)]
    Other(Word),
}

/// A difference between what is wanted and what is there, as planning finds it: no times, no identity beyond its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Stable within the tenant: the same drift has the same key every time it is found, such as `trail.logging`.
    pub key: String,
    /// The component that found it.
    pub component: ComponentName,
    /// The resource, by its AWS name or id where it has one.
    pub resource: String,
    /// Which property differs, such as `logging`.
    pub field: String,
    /// What the blueprint and spec ask for.
    pub wanted: String,
    /// What is there.
    pub found: String,
    /// Its severity.
    pub severity: Severity,
    /// What repair would do, or what a person has to do, as a sentence.
    pub remedy: String,
    /// Who can resolve it.
    #[serde(default, skip_serializing_if = "Repair::is_ours")]
    pub repair: Repair,
}

/// Who can resolve a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repair {
    /// tenantry, at the next repair.
    #[default]
    Tenantry,
    /// Only a person: a repair leaves it as it is.
    Person,
    /// What another release wrote, as it wrote it.
    #[serde(untagged)]
    Other(Word),
}

impl Repair {
    /// Whether tenantry can.
    pub fn is_ours(&self) -> bool {
        *self == Self::Tenantry
    }
}

/// Whether a finding is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingState {
    /// The last observation found it.
    Open,
    /// A later observation did not find it again.
    Resolved,
    /// What another release wrote. The finding is left alone.
    #[serde(untagged)]
    Other(Word),
}

impl Finding {
    /// The finding, seen until the last audit of everything if it is still open: what is found again as it was is not written again.
    #[must_use]
    pub fn seen_until(mut self, audited_at: Option<Timestamp>) -> Self {
        if let Some(audited_at) = audited_at.filter(|_| self.state == FindingState::Open) {
            self.last_seen = self.last_seen.max(audited_at);
        }
        self
    }
}

/// A difference over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What differs.
    #[serde(flatten)]
    pub difference: Difference,
    /// Open or resolved.
    pub state: FindingState,
    /// When it was first seen (of this occurrence).
    #[schemars(with = "String")]
    pub first_seen: Timestamp,
    /// When it was last seen.
    #[schemars(with = "String")]
    pub last_seen: Timestamp,
    /// When an observation no longer found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub resolved_at: Option<Timestamp>,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}
