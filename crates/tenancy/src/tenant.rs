//! A tenant as the ledger knows it, and the summary a person sees.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::Ipv4Net;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    access::RefusedSessions,
    component::ComponentName,
    failure::Failure,
    id::{AccountId, Email, OperationId, Region, TenantId},
    spec::Spec,
    stored::{OtherFields, Word, readable_entries},
};

/// Whether the tenant is to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DesiredState {
    /// Built and kept as its spec says.
    Present,
    /// Removed, and its account closed. This cannot be undone.
    Absent,
    /// What another release wrote. Nothing is done about the tenant.
    #[serde(untagged)]
    Other(Word),
}

/// How a component was last observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentState {
    /// Not observed yet, or its needs are not met yet.
    Pending,
    /// Changes were applied, and more may follow.
    Working,
    /// Waiting for AWS; the message says for what.
    Waiting,
    /// As the spec wants it.
    Ready,
    /// Observed to differ and not repaired (an audit, or mode `observe-only`).
    Drifted,
    /// A step failed and will be tried again.
    Failed,
    /// A person must act; the obstacle says what.
    Parked,
    /// Retried for too long: a person must act, and it is still retried.
    Stalled,
    /// Removed.
    // The release before wrote `gone`.
    #[serde(alias = "gone")]
    Absent,
    /// What another release wrote.
    #[serde(untagged)]
    Other(Word),
}

/// A component as it was last observed. Shown to people; never read by the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentStatus {
    /// How it was last observed.
    pub state: ComponentState,
    /// Since when it has been in this state.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// Since when it has been failing, without having been ready or parked in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub failing_since: Option<Timestamp>,
    /// Whether a part of it could not be observed yet, such as a report that AWS is still generating.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// Whether the obstacle kept it from being observed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// What it waits for or is doing, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The obstacle because of which the tenant waits or is parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Failure>,
    /// The resources it is made of: ids and names by role, such as `eu-central-1.vpc`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, String>,
}

/// The summary a person sees. Derived, never stored as truth, never read by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Recorded; no pass has worked on it.
    Requested,
    /// Being built for the first time.
    Onboarding,
    /// As its spec wants it.
    Active,
    /// Was active; a changed spec or a repair is being carried out.
    Updating,
    /// Was active; open findings are left alone or not yet repaired.
    Drifted,
    /// A person must act.
    Parked,
    /// Something has been retried for too long: a person must act. The tenant leaves this phase by itself once it succeeds.
    Stalled,
    /// Being removed.
    Offboarding,
    /// Its account is closed; this is its tombstone.
    Closed,
    /// What another release says.
    #[serde(untagged)]
    Other(Word),
}

impl Phase {
    /// All phases of this release, for filters and documentation.
    pub const ALL: [Self; 9] = [
        Self::Requested,
        Self::Onboarding,
        Self::Active,
        Self::Updating,
        Self::Drifted,
        Self::Parked,
        Self::Stalled,
        Self::Offboarding,
        Self::Closed,
    ];

    /// The word as written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Onboarding => "onboarding",
            Self::Active => "active",
            Self::Updating => "updating",
            Self::Drifted => "drifted",
            Self::Parked => "parked",
            Self::Stalled => "stalled",
            Self::Offboarding => "offboarding",
            Self::Closed => "closed",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// A tenant as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Immutable id.
    pub id: TenantId,
    /// 1, and one more for each account made after an earlier one was closed.
    pub generation: u32,
    /// What is wanted, with the blueprint's version pinned.
    pub spec: Spec,
    /// Grows by one with every change of spec or desired state; the `ETag`.
    pub spec_version: u64,
    /// Whether it is to be there.
    // The release before wrote `wish`.
    #[serde(alias = "wish")]
    pub desired_state: DesiredState,
    /// The address of its account.
    pub account_email: Email,
    /// Its account, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Its networks, allocated from the pool and kept until it is closed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub cidrs: BTreeMap<Region, Ipv4Net>,
    /// Keys of tags that the spec had and has no more, until they are off everything we made.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub retired_tags: BTreeSet<String>,
    /// Fingerprints of private keys that were rotated out, latest last: no key pair may have one of them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_keys: Vec<String>,
    /// Sessions in its account that are refused, until they have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_sessions: Vec<RefusedSessions>,
    /// Components as last observed. In the ledger each has a row of its own, and the tenant's main row the state alone.
    #[serde(default, deserialize_with = "readable_entries")]
    pub components: BTreeMap<ComponentName, ComponentStatus>,
    /// Operations that are not over.
    #[serde(default)]
    pub open_operations: Vec<OperationId>,
    /// How many findings are open.
    #[serde(default)]
    pub open_findings: u32,
    /// How many of them a repair would correct: only those make a tenant `drifted`.
    #[serde(default)]
    pub open_drift: u32,
    /// When it was requested.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// Who asked: the ARN of the caller.
    pub created_by: String,
    /// When spec or desired state last changed.
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
    /// When it was first as its spec wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ready_at: Option<Timestamp>,
    /// When it was last audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub audited_at: Option<Timestamp>,
    /// When the next pass is due; absent when nothing is to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub due_at: Option<Timestamp>,
    /// When its account was seen closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub closed_at: Option<Timestamp>,
    /// How many history entries there are.
    #[serde(default)]
    pub history_length: u64,
    /// Hash of the last history entry.
    #[serde(default)]
    pub history_head: String,
    /// What another release wrote beside.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: OtherFields,
}

impl Tenant {
    /// Notes which tags have to come off what we made once this is the spec: a resource may carry others that are not ours to remove.
    pub fn retire_tags(&mut self, next: &Spec) {
        let before = self.spec.tag_keys().map(str::to_owned);
        self.retired_tags.extend(before);
        let kept: BTreeSet<&str> = next.tag_keys().collect();
        self.retired_tags.retain(|key| !kept.contains(key.as_str()));
    }

    /// The summary a person sees, derived from what was seen last.
    pub fn phase(&self) -> Phase {
        let any = |state| self.components.values().any(|c| c.state == state);
        if self.closed_at.is_some() {
            Phase::Closed
        } else if any(ComponentState::Parked) {
            Phase::Parked
        } else if any(ComponentState::Stalled) {
            Phase::Stalled
        } else if self.desired_state == DesiredState::Absent {
            Phase::Offboarding
        } else if self.components.is_empty() {
            Phase::Requested
        } else if any(ComponentState::Drifted) || (self.open_drift > 0 && self.ready_at.is_some()) {
            Phase::Drifted
        } else if self.ready_at.is_some() && self.components.values().all(as_wanted) {
            Phase::Active
        } else if self.ready_at.is_some() {
            Phase::Updating
        } else {
            Phase::Onboarding
        }
    }
}

/// Whether a component leaves nothing to do. What another release wrote and this one does not know says nothing.
fn as_wanted(status: &ComponentStatus) -> bool {
    matches!(
        status.state,
        ComponentState::Ready | ComponentState::Absent | ComponentState::Other(_)
    )
}
