//! What goes into the ledger and comes out of it, beyond the words of `tenancy`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{
    AccountId, BlueprintRef, ComponentName, DesiredState, Finding, GroupName, Operation, Phase,
    Region, Slug, Suppression, Tenant, TenantId, Timestamp, Verb, posture::Controls,
};

use super::cache::RowCache;

/// Who asks for a change, when, and how a repetition is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The ARN of the caller; the actor in the history.
    pub actor: String,
    /// The request id, kept in the history.
    pub request_id: String,
    /// Now.
    pub at: Timestamp,
    /// How a repetition is recognised, if the caller gave a key.
    pub idempotency: Option<Idempotency>,
}

/// A caller's key for one request: the same key and request give the same answer for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Whose key it is: two callers may use the same one.
    pub caller: String,
    /// The key as given.
    pub key: String,
    /// A hash over method, path and body; what must be the same when the key is.
    pub request_hash: String,
}

/// A change the ledger took.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The tenant after it.
    pub tenant: Tenant,
    /// The operation that carries it out; `None` when there was nothing to change.
    pub operation: Option<Operation>,
    /// Whether this is the answer to an earlier request with the same idempotency key.
    pub replayed: bool,
}

/// Some of the answers to a question, and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The answers.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next_cursor: Option<String>,
}

/// Which tenants to list. What is `None` is not filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TenantFilter {
    /// In this phase.
    pub phase: Option<Phase>,
    /// Of this blueprint: any version if the reference has none.
    pub blueprint: Option<BlueprintRef>,
    /// With this tag in their spec, as key and value.
    pub tag: Option<(String, String)>,
    /// With this slug; matches tombstones too.
    pub slug: Option<Slug>,
    /// In this group.
    pub group: Option<GroupName>,
}

impl TenantFilter {
    /// Whether a tenant is one of those.
    pub(super) fn matches(&self, tenant: &TenantSummary) -> bool {
        let is_blueprint = |wanted: &BlueprintRef| {
            wanted.name == tenant.blueprint.name
                && (wanted.version.is_none() || wanted.version == tenant.blueprint.version)
        };
        let has_tag = |(key, value): &(String, String)| tenant.tags.get(key) == Some(value);
        self.phase.is_none_or(|phase| phase == tenant.phase)
            && self.blueprint.as_ref().is_none_or(is_blueprint)
            && self.tag.as_ref().is_none_or(has_tag)
            && self.slug.as_ref().is_none_or(|slug| *slug == tenant.slug)
            && (self.group.as_ref()).is_none_or(|group| Some(group) == tenant.group.as_ref())
    }
}

/// What a list shows of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSummary {
    /// Immutable id.
    pub id: TenantId,
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// The summary a person sees, as the last pass left it.
    pub phase: Phase,
    /// Its blueprint, with the version pinned.
    pub blueprint: BlueprintRef,
    /// Its Regions, if its spec names any.
    pub regions: Option<Vec<Region>>,
    /// The tags of its spec.
    pub tags: BTreeMap<String, String>,
    /// Its group, if it is in one.
    pub group: Option<GroupName>,
    /// Whether it is to exist.
    pub desired_state: DesiredState,
    /// Grows by one with every change of spec or desired state.
    pub spec_version: u64,
    /// 1, and one more for each account created after an earlier one was closed.
    pub generation: u32,
    /// Its account, once known.
    pub account_id: Option<AccountId>,
    /// How many operations are not finished.
    pub open_operations: u32,
    /// How many findings are open.
    pub open_findings: u32,
    /// How many of them a repair would resolve.
    pub open_drift: u32,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it first matched its spec.
    pub ready_at: Option<Timestamp>,
    /// When its account was seen closed.
    pub closed_at: Option<Timestamp>,
}

/// A tenant whose next pass is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTenant {
    /// The tenant.
    pub id: TenantId,
    /// The function it needs.
    pub verb: Verb,
}

/// The right to work on a tenant, for a while. Every write under it fails with [`super::LedgerError::LostLease`] once
/// another pass has taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The tenant.
    pub tenant: TenantId,
    /// Who holds it: unique to the pass.
    pub holder: String,
    /// Grows with every lease of the tenant; what fences stale writers off.
    pub epoch: u64,
    /// When others may take over.
    pub expires_at: Timestamp,
    /// How often something had been asked of the tenant when the lease was taken; a difference at the end of the pass
    /// means that the pass may not have seen it.
    pub(crate) asked: u64,
    /// The tenant's rows as the pass last wrote or read them.
    pub(super) cache: RowCache,
}

/// What came of asking for a tenant to work on.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// The tenant is this pass's, and this is all it needs to know.
    Pass(Box<(Lease, Loaded)>),
    /// Another pass has it.
    Busy,
    /// It is not due, so whoever sent for it has been answered already.
    NotDue,
}

/// All that a pass needs to know, read in one consistent query.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The tenant.
    pub tenant: Tenant,
    /// Its intents.
    pub intents: Vec<Intent>,
    /// Its operations that are not over, oldest first.
    pub operations: Vec<Operation>,
    /// Its findings, open and resolved, by key.
    pub findings: BTreeMap<String, Finding>,
    /// Its controls, and what is suppressed.
    pub posture: PostureRows,
}

/// The controls of a tenant as the last audits left them, and what is suppressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PostureRows {
    /// The controls; `None` before the first audit.
    pub controls: Option<Controls>,
    /// Suppressions, those that have ended included.
    pub suppressions: Vec<Suppression>,
}

/// A tenant with all that its posture follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantPosture {
    /// The tenant.
    pub tenant: Tenant,
    /// Its findings, open and resolved.
    pub findings: Vec<Finding>,
    /// Its controls, and what is suppressed.
    pub rows: PostureRows,
}

/// A note written before AWS is asked for something that has no client token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The component that asks.
    pub component: ComponentName,
    /// What is requested, unique within the component, such as `create-account` or `eu-central-1.vpc`.
    pub key: String,
    /// When it was last requested.
    pub asked_at: Timestamp,
    /// How often it was requested.
    pub attempts: u32,
    /// By what the result can be recognised, such as the value of a tag or an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What came of it, such as a `car-` id or a resource id; `None` while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// An intent about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// The component that asks.
    pub component: ComponentName,
    /// What is requested.
    pub key: String,
    /// By what the result can be recognised.
    pub token: Option<String>,
}

/// An operation with the tenant it is about, whose components are its progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The operation.
    pub operation: Operation,
    /// The tenant.
    pub tenant: Tenant,
}

/// A switch by which a person, or the circuit breaker, stops something for all tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Whether it is on; a switch that was never set is.
    pub on: bool,
    /// Why it was last set.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A switch event: how a switch was set, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SwitchEvent {
    /// The switch as it was set.
    #[serde(flatten)]
    pub switch: Switch,
    /// The creation budget an operator has set instead of the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<super::CreationBudget>,
}

/// A small JSON document shared by all passes, such as the ids of organizational units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Its content.
    pub content: serde_json::Value,
    /// Grows with every change.
    pub version: u64,
}

/// Names an intent within a tenant.
pub type IntentKey = (ComponentName, String);
