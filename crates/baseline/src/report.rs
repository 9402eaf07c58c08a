//! What a pass found and did.

use std::collections::BTreeMap;

use tenancy::{AccountId, ComponentName, ComponentState, ControlId, Failure, finding::Difference};

use crate::{control::Verdict, wait::Wait};

/// What became of one component in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The component.
    pub component: ComponentName,
    /// How it was left.
    pub state: ComponentState,
    /// Changes that were applied.
    pub applied: Vec<Difference>,
    /// Changes that were not: drift in an audit, or what a failure kept from being done.
    pub remaining: Vec<Difference>,
    /// What is wrong and only a person can repair. It keeps nothing from being settled.
    pub findings: Vec<Difference>,
    /// What is waited for.
    pub waits: Vec<Wait>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// The component whose state kept this one from being worked on.
    pub blocked_by: Option<ComponentName>,
    /// Its resources, for people.
    pub resources: BTreeMap<String, String>,
    /// Whether it, or a part of it, could not be read: that may be in any state, whatever is waited for.
    pub unseen: bool,
    /// Whether a part of it could not be observed yet, such as a report that AWS is still generating.
    pub pending: bool,
    /// What an audit made of each of its controls.
    pub verdicts: BTreeMap<ControlId, Verdict>,
}

impl Outcome {
    /// An outcome with nothing in it.
    pub fn new(component: ComponentName, state: ComponentState) -> Self {
        Self {
            component,
            state,
            applied: Vec::new(),
            remaining: Vec::new(),
            findings: Vec::new(),
            waits: Vec::new(),
            failures: Vec::new(),
            blocked_by: None,
            resources: BTreeMap::new(),
            unseen: false,
            pending: false,
            verdicts: BTreeMap::new(),
        }
    }

    /// A component that was not worked on because of another.
    pub fn blocked(component: ComponentName, by: ComponentName) -> Self {
        Self {
            blocked_by: Some(by),
            ..Self::new(component, ComponentState::Pending)
        }
    }

    /// Whether it is as it is wanted.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, ComponentState::Ready | ComponentState::Absent)
    }

    /// One line for people: what it waits for, what failed, or what it needs.
    pub fn message(&self) -> Option<String> {
        let failure = self.failures.first().map(ToString::to_string);
        let wait = || {
            self.waits
                .first()
                .map(|w| format!("waiting for {}", w.waiting_for))
        };
        let blocked = || self.blocked_by.map(|by| format!("needs {by}"));
        failure.or_else(wait).or_else(blocked)
    }
}

/// What one pass over one tenant came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassReport {
    /// One outcome a component; on the way out, placement's last one.
    pub outcomes: Vec<Outcome>,
    /// The account, if it is known now.
    pub account: Option<AccountId>,
}

impl PassReport {
    /// Whether every component is as it is wanted.
    pub fn is_settled(&self) -> bool {
        !self.outcomes.is_empty() && self.outcomes.iter().all(Outcome::is_settled)
    }

    /// When to check again, in seconds: the soonest of all waits and retries; `None` when settled or when only a person can help.
    pub fn retry_after_secs(&self) -> Option<u32> {
        let waits = self
            .outcomes
            .iter()
            .flat_map(|o| &o.waits)
            .map(|w| w.after_secs);
        let failures = self.failures().filter_map(Failure::retry_after_secs);
        waits.chain(failures).min()
    }

    /// Everything that went wrong.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.outcomes.iter().flat_map(|o| &o.failures)
    }

    /// Every difference that was left, over all components.
    pub fn remaining(&self) -> impl Iterator<Item = &Difference> {
        self.outcomes.iter().flat_map(|o| &o.remaining)
    }

    /// Everything that only a person can repair, over all components.
    pub fn findings(&self) -> impl Iterator<Item = &Difference> {
        self.outcomes.iter().flat_map(|o| &o.findings)
    }

    /// Every change that was applied.
    pub fn applied(&self) -> impl Iterator<Item = &Difference> {
        self.outcomes.iter().flat_map(|o| &o.applied)
    }
}
