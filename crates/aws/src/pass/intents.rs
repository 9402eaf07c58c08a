//! The intents of a tenant: notes written before AWS is asked for something it could make twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use tenancy::{ComponentName, Failure, Timestamp};

use super::{PassInputs, lock};
use crate::{
    clock::Clock,
    ledger::{Intent, IntentKey, Lease, Ledger, NewIntent},
    ledger_failure::ledger_failure,
};

/// The tenant's intents as the ledger has them, kept up to date by this pass.
pub struct Intents {
    ledger: Ledger,
    lease: Lease,
    clock: Clock,
    known: Mutex<BTreeMap<IntentKey, Intent>>,
    /// Those that were written ahead, and that nothing was asked for yet.
    ahead: Mutex<BTreeSet<IntentKey>>,
}

/// How long an intent may be written before what it is for is asked for.
const AHEAD_SECS: i64 = 60;

impl Intents {
    pub(super) fn new(inputs: &PassInputs) -> Self {
        let loaded = inputs.intents.iter().cloned();
        let known = loaded.map(|intent| ((intent.component, intent.key.clone()), intent));
        Self {
            ledger: inputs.ledger.clone(),
            lease: inputs.lease.clone(),
            clock: inputs.clock.clone(),
            known: Mutex::new(known.collect()),
            ahead: Mutex::default(),
        }
    }

    /// The intent recorded under `key`, if there is one.
    pub fn get(&self, component: ComponentName, key: &str) -> Option<Intent> {
        lock(&self.known).get(&(component, key.to_owned())).cloned()
    }

    /// When something was last asked of AWS in the account.
    pub fn last_asked(&self) -> Option<Timestamp> {
        let known = lock(&self.known);
        let inside = known
            .values()
            .filter(|intent| intent.component != ComponentName::ACCOUNT);
        inside.map(|intent| intent.asked_at).max()
    }

    /// Writes intents, and remembers them for this pass.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub async fn record(&self, intents: &[NewIntent]) -> Result<(), Failure> {
        let now = (self.clock)();
        self.ledger
            .put_intents(&self.lease, intents, now)
            .await
            .map_err(|error| ledger_failure("noting what will be asked of AWS", error))?;
        for intent in intents {
            self.recorded(intent, now);
        }
        Ok(())
    }

    /// Remembers an intent that was written with something else.
    pub fn recorded(&self, new: &NewIntent, now: Timestamp) {
        let mut known = lock(&self.known);
        let key = (new.component, new.key.clone());
        let attempts = known.get(&key).map_or(0, |earlier| earlier.attempts) + 1;
        let intent = Intent {
            component: new.component,
            key: new.key.clone(),
            asked_at: now,
            attempts,
            token: new.token.clone(),
            outcome: None,
        };
        known.insert(key, intent);
    }

    /// Writes what came of an intent, and remembers it for this pass.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub async fn settle(
        &self,
        component: ComponentName,
        key: &str,
        outcome: &str,
    ) -> Result<(), Failure> {
        self.ledger
            .settle_intent(&self.lease, component, key, outcome)
            .await
            .map_err(|error| ledger_failure("noting what came of an intent", error))?;
        self.settled(component, key, outcome);
        Ok(())
    }

    /// Writes what came of an intent, and with it intents of what this pass does `next`: each of them may be begun once without
    /// another note.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub(crate) async fn settle_and_begin(
        &self,
        (component, key): (ComponentName, &str),
        outcome: &str,
        next: &[NewIntent],
    ) -> Result<(), Failure> {
        let now = (self.clock)();
        let settled = (component, key, outcome);
        let written = self
            .ledger
            .settle_and_put_intents(&self.lease, settled, next, now);
        let failed = |error| ledger_failure("noting what came of an intent", error);
        written.await.map_err(failed)?;
        self.settled(component, key, outcome);
        for intent in next {
            self.recorded(intent, now);
            lock(&self.ahead).insert((intent.component, intent.key.clone()));
        }
        Ok(())
    }

    /// Whether what this intent is for may be asked for now because this pass wrote it ahead, a moment ago. Once.
    pub(super) fn take_ahead(&self, component: ComponentName, key: &str) -> bool {
        let key = (component, key.to_owned());
        if !lock(&self.ahead).remove(&key) {
            return false;
        }
        let known = lock(&self.known);
        let ago = |intent: &Intent| (self.clock)().as_second() - intent.asked_at.as_second();
        known.get(&key).is_some_and(|it| ago(it) <= AHEAD_SECS)
    }

    /// Those that were written ahead, and that nothing was asked for.
    pub(crate) fn unused(&self) -> Vec<IntentKey> {
        lock(&self.ahead).iter().cloned().collect()
    }

    /// Remembers what came of an intent, which was written with something else.
    pub fn settled(&self, component: ComponentName, key: &str, outcome: &str) {
        if let Some(intent) = lock(&self.known).get_mut(&(component, key.to_owned())) {
            intent.outcome = Some(outcome.to_owned());
        }
    }

    /// Removes an intent, because AWS said definitely that nothing was made.
    ///
    /// # Errors
    /// The lease is lost, or the ledger did not answer.
    pub async fn remove(&self, component: ComponentName, key: &str) -> Result<(), Failure> {
        let key = (component, key.to_owned());
        lock(&self.known).remove(&key);
        self.ledger
            .clear_intents(&self.lease, &[key])
            .await
            .map_err(|error| ledger_failure("taking a note back", error))
    }
}
