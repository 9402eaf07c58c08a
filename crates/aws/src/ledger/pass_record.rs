//! What a pass leaves in the ledger.

use std::collections::BTreeMap;

use tenancy::{
    ComponentName, ComponentStatus, Finding, Operation, Tenant, Timestamp, posture::Controls,
};

use super::IntentKey;

/// What one pass leaves behind. What is empty or `None` changes nothing, but for what is due.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PassRecord {
    /// Components as seen; the others stay as they are.
    pub components: BTreeMap<ComponentName, ComponentStatus>,
    /// Findings that are new, seen again or resolved; the others stay as they are.
    pub findings: Vec<Finding>,
    /// Operations that got on; one that is over in the ledger already stays as it is.
    pub operations: Vec<Operation>,
    /// Set once; a later value is ignored.
    pub ready_at: Option<Timestamp>,
    /// The controls, where they or what they come to changed.
    pub controls: Option<Controls>,
    /// When the tenant was audited.
    pub audited_at: Option<Timestamp>,
    /// The account was seen closed: frees slug and networks, and makes the tenant a tombstone.
    pub closed_at: Option<Timestamp>,
    /// When the next pass is due; `None` for never. Something asked during the pass makes it due at once.
    pub due_at: Option<Timestamp>,
    /// Whether that is an audit.
    pub due_for_audit: bool,
    /// What happened, for the history.
    pub history: Vec<NewEntry>,
    /// Until when refused sessions have ended that the roles refuse no longer.
    pub refused_until: Option<Timestamp>,
    /// Intents that were written ahead, and that nothing was asked for: they are forgotten.
    pub unused: Vec<IntentKey>,
}

/// How a pass ended in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct PassSaved {
    /// The tenant afterwards.
    pub tenant: Tenant,
    /// Whether something was asked of the tenant during the pass, so that it is due at once.
    pub asked_meanwhile: bool,
}

/// Something for the history, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Who: the ARN of the caller, or the function that acted by itself.
    pub actor: String,
    /// What, as a stable word.
    pub action: String,
    /// What happened, in a sentence.
    pub summary: String,
    /// Request id, component, resource and the like. Never a secret.
    pub details: serde_json::Map<String, serde_json::Value>,
}
