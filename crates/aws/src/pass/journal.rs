//! What the engine writes down while it runs: notes before changes that AWS could make twice, and each component's outcome.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use baseline::{Journal, Outcome};
use tenancy::{ComponentName, ComponentStatus, Failure, Timestamp};

use super::{PassContext, lock};
use crate::{
    denials::suppress_transient,
    ledger::{NewEntry, NewIntent},
    ledger_failure::ledger_failure,
    stalls::{failing_since, stall},
};

/// At most this long until what was requested and is not visible yet is observed again: it usually shows within seconds.
const OBSERVE_AGAIN_SECS: u32 = 10;

/// The journal of one pass, in the ledger.
pub struct PassJournal {
    pass: Arc<PassContext>,
    statuses: Mutex<BTreeMap<ComponentName, ComponentStatus>>,
    /// What was changed last, and not recorded by then: recorded with the pass.
    unrecorded: Mutex<Vec<NewEntry>>,
}

impl PassJournal {
    /// The journal of a pass. `statuses` are the tenant's components, as loaded.
    pub fn new(
        pass: &Arc<PassContext>,
        statuses: BTreeMap<ComponentName, ComponentStatus>,
    ) -> Self {
        Self {
            pass: Arc::clone(pass),
            statuses: Mutex::new(statuses),
            unrecorded: Mutex::default(),
        }
    }

    /// What is to be recorded with the pass: what was changed in the component that was worked on last.
    pub fn into_unrecorded(self) -> Vec<NewEntry> {
        self.unrecorded
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What was changed, for the history: one entry for a component. It stays there even if the pass dies later.
    fn changes(&self, outcome: &Outcome) -> Vec<NewEntry> {
        if outcome.applied.is_empty() {
            return Vec::new();
        }
        let sentences: Vec<&str> = outcome
            .applied
            .iter()
            .map(|change| change.remedy.as_str())
            .collect();
        let details = serde_json::json!({
            "component": outcome.component,
            "changes": sentences,
            "requestedBy": self.pass.requester,
        });
        vec![NewEntry {
            actor: format!("tenantry/{}", self.pass.verb.role()),
            action: "changes-applied".into(),
            summary: format!("{} changes to `{}`", sentences.len(), outcome.component),
            details: details.as_object().cloned().unwrap_or_default(),
        }]
    }

    /// For how many more seconds an earlier note is trusted, if it is.
    fn trusted_secs(&self, component: ComponentName, key: &str) -> Option<u32> {
        let noted = self.pass.intents.get(component, key)?;
        let left = self
            .pass
            .settings
            .visibility_grace_secs
            .checked_sub(self.pass.secs_since(noted.asked_at.as_second()))?;
        (left > 0).then_some(left)
    }
}

#[async_trait]
impl Journal for PassJournal {
    async fn note(
        &self,
        component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure> {
        let ahead = |key: &&String| self.pass.intents.take_ahead(component, key);
        let noted: BTreeSet<&String> = keys.iter().filter(ahead).collect();
        let trusted = keys.iter().map(|key| match noted.contains(key) {
            true => None,
            false => self.trusted_secs(component, key),
        });
        let trusted: Vec<Option<u32>> = trusted.collect();
        let fresh = keys.iter().zip(&trusted);
        let fresh = fresh.filter(|(key, left)| left.is_none() && !noted.contains(key));
        let intents: Vec<NewIntent> = fresh
            .map(|(key, _)| NewIntent {
                component,
                key: key.clone(),
                token: None,
            })
            .collect();
        if !intents.is_empty() {
            self.pass.intents.record(&intents).await?;
        }
        let soon = |left: Option<u32>| left.map(|secs| secs.min(OBSERVE_AGAIN_SECS));
        Ok(trusted.into_iter().map(soon).collect())
    }

    async fn unnote(&self, component: ComponentName, key: &str) -> Result<(), Failure> {
        self.pass.intents.remove(component, key).await
    }

    async fn record(&self, outcome: &Outcome) -> Result<(), Failure> {
        let done = self.changes(outcome);
        let now = self.pass.now();
        let earlier = lock(&self.statuses).get(&outcome.component).cloned();
        // As the pass will finish it: a pass that dies after this must not leave a transient refusal to the next one.
        let outcome = suppress_transient(outcome.clone(), earlier.as_ref(), now);
        let outcome = &stall(outcome, earlier.as_ref(), now);
        let status = status(outcome, earlier.as_ref(), now);
        if earlier.as_ref() == Some(&status) && done.is_empty() {
            return Ok(());
        }
        lock(&self.statuses).insert(outcome.component, status.clone());
        let pass = &self.pass;
        pass.ledger
            .save_component_soon(&pass.lease, outcome.component, &status, &done, now)
            .await
            .map_err(|error| ledger_failure("recording a component", error))
    }

    async fn flush(&self) {
        self.pass.ledger.save_waiting(&self.pass.lease).await;
    }

    /// The pass is recorded right after this, with the status of every component.
    async fn record_last(&self, outcome: &Outcome) -> Result<(), Failure> {
        let waiting = self.pass.ledger.leave_waiting(&self.pass.lease);
        let mut unrecorded = lock(&self.unrecorded);
        unrecorded.extend(waiting);
        unrecorded.extend(self.changes(outcome));
        Ok(())
    }
}

/// How a component is shown to people, given how it was shown before: `since` moves only when the state does.
pub fn status(
    outcome: &Outcome,
    earlier: Option<&ComponentStatus>,
    now: Timestamp,
) -> ComponentStatus {
    let since = earlier
        .filter(|status| status.state == outcome.state)
        .map_or(now, |status| status.since);
    let kept = || {
        earlier
            .map(|status| status.resources.clone())
            .unwrap_or_default()
    };
    ComponentStatus {
        state: outcome.state,
        pending: outcome.pending,
        unseen: outcome.unseen,
        since,
        failing_since: failing_since(outcome.state, since, earlier, now),
        message: outcome.message(),
        obstacle: outcome.failures.first().cloned(),
        // A component that could not be observed still has what it had.
        resources: if outcome.resources.is_empty() && !outcome.is_settled() {
            kept()
        } else {
            outcome.resources.clone()
        },
    }
}
