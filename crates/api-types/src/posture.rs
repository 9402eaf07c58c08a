//! Findings with what suppresses them, and the posture of tenants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    Control, ControlId, ControlState, Finding, Slug, Suppression, TenantId, Timestamp,
    posture::{BySeverity, PostureDay},
};

/// A finding, whose it is, and what suppresses it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its slug.
    pub tenant_slug: Slug,
    /// The control it belongs to. Another release may have given it an id of its own form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub control: Option<ControlId>,
    /// What suppresses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed_by: Option<Suppression>,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// A page of findings. It may be short, or empty, although there are more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingsView {
    /// The findings.
    pub items: Vec<FindingView>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many open ones were left out of this page because they are suppressed.
    #[serde(default)]
    pub suppressed: u32,
}

/// The posture of a tenant: what all controls come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostureView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its slug.
    pub slug: Slug,
    /// Since when it is so; of a past day, when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// When everything was last audited; absent for a past day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub audited_at: Option<Timestamp>,
    /// What it comes to.
    #[serde(flatten)]
    pub counts: PostureCounts,
    /// The controls, those that failed first. Of a past day, those that did not pass.
    pub controls: Vec<ControlPostureView>,
    /// How long findings lasted that were resolved.
    #[serde(default)]
    pub repairs: RepairsView,
    /// The days on which it changed, the last 90, newest first; absent for a past day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<PostureDayView>,
}

/// What controls come to, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostureCounts {
    /// What passed of the weight of all controls that passed or failed, in percent; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub score: Option<u8>,
    /// Open findings that nobody suppresses.
    pub open: BySeverity,
    /// How many open findings are suppressed.
    pub suppressed: u32,
    /// Controls that passed.
    pub passed: u32,
    /// Controls with findings that nobody suppresses.
    pub failed: u32,
    /// Controls that do not apply.
    pub not_applicable: u32,
    /// Controls that could not be verified.
    pub not_verifiable: u32,
}

impl PostureCounts {
    /// The numbers of a day.
    pub fn of(day: &PostureDay) -> Self {
        let count = |controls: usize| u32::try_from(controls).unwrap_or(u32::MAX);
        Self {
            score: day.score,
            open: day.open,
            suppressed: day.suppressed.total(),
            passed: day.passed,
            failed: count(day.failed.0.len()),
            not_applicable: count(day.not_applicable.0.len()),
            not_verifiable: count(day.not_verifiable.0.len()),
        }
    }
}

/// A control of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControlPostureView {
    /// Its id.
    pub control: ControlId,
    /// What it is; absent for one that only another release knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Control>,
    /// What it came to.
    pub state: ControlState,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// When the oldest of its open findings was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub first_seen: Option<Timestamp>,
    /// When one of its open findings was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last_seen: Option<Timestamp>,
    /// Its open findings that nobody suppresses.
    pub open: u32,
    /// Its open findings that are suppressed.
    pub suppressed: u32,
    /// Why it does not apply, or could not be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Findings that were resolved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepairsView {
    /// How many.
    pub count: u64,
    /// The mean time from first seen to resolved, in seconds; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_seconds: Option<u64>,
}

/// The posture of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostureDayView {
    /// When it was recorded.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What it came to.
    #[serde(flatten)]
    pub counts: PostureCounts,
}

impl PostureDayView {
    /// What was recorded of a day.
    pub fn of(day: &PostureDay) -> Self {
        Self {
            at: day.at,
            counts: PostureCounts::of(day),
        }
    }
}

/// The posture of a tenant in a list, as its last passes recorded it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostureSummaryView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its slug.
    pub slug: Slug,
    /// What was recorded last; absent before its first audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<PostureDayView>,
    /// How long findings lasted that were resolved.
    pub repairs: RepairsView,
}

/// A suppression, and whether it counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuppressionView {
    /// The suppression.
    #[serde(flatten)]
    pub suppression: Suppression,
    /// Whether it has ended.
    pub expired: bool,
}

/// A report of a tenant, as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// A name for the file.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub content: String,
    /// The digest that the tenant's history has of it.
    pub digest: String,
}
