//! What stops creations: the budget, and the window of the circuit breaker.

use tenancy::{TenantId, Timestamp};

use super::{
    budget::Spent,
    key,
    types::{Attempt, CreationBudget, Semaphore, Spending, Window},
};
use crate::ledger::{
    Ledger, LedgerError, Switch,
    attempts::Attempts,
    documents::{document_write, switch_key},
    item::{Item, doc, number},
};

/// What follows from the end of a creation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreationEnded {
    /// Who may acquire a slot now.
    pub next: Vec<TenantId>,
    /// Why creations should be stopped, if they should.
    pub trip: Option<String>,
}

impl Ledger {
    /// How much of the budget is spent.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn spending(
        &self,
        now: Timestamp,
        usual: CreationBudget,
    ) -> Result<Spending, LedgerError> {
        let spent: Spent = self.governed(budget_key()).await?;
        Ok(spent.spending(now, usual))
    }

    /// Sets another budget than the deployment's, or with `None` returns to that.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn set_budget(&self, instead: Option<CreationBudget>) -> Result<(), LedgerError> {
        let doing = "setting the creation budget";
        self.change_document(budget_key(), doing, |spent: Option<Spent>| {
            (spent.unwrap_or_default().allow(instead), ())
        })
        .await
    }

    /// Records the outcome of an attempt at creating an account, once, and says why the circuit breaker should trip, if it
    /// should. `since` is when a person last started creations.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn record_attempt(
        &self,
        attempt: &Attempt,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> Result<Option<String>, LedgerError> {
        let doing = "recording the outcome of a creation";
        self.change_document(window_key(), doing, |window: Option<Window>| {
            window.unwrap_or_default().record(attempt, now, since)
        })
        .await
    }

    /// A tenant's creation is over: releases the slot it acquired at `acquired_by` or earlier, and records what came of the
    /// attempt if that is known for good, in one transaction. `switch` is the switch of creations.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn end_creation(
        &self,
        tenant: &TenantId,
        attempt: Option<&Attempt>,
        acquired_by: Timestamp,
        switch: &str,
        now: Timestamp,
    ) -> Result<CreationEnded, LedgerError> {
        let doing = "recording the end of a creation";
        let mut attempts = Attempts::new(doing);
        let throughput = self.throughput(Semaphore::Creations);
        loop {
            let along = vec![switch_key(switch), window_key()];
            let read = self.semaphore_rows(Semaphore::Creations, tenant, now, along);
            let (rows, along) = read.await?;
            let row = |index: usize| along.get(index).and_then(Option::as_ref);
            let mut ended = CreationEnded::default();
            let mut writes = Vec::new();
            let (state, made) = (rows.state.clone(), attempt.is_some_and(Attempt::is_made));
            let timed = state.clone().record_duration(tenant, now).filter(|_| made);
            let state = timed.unwrap_or(state);
            let (released, next) = state.release_acquired_by(tenant, acquired_by, now, throughput);
            ended.next = next;
            if let Some(released) = released {
                writes.extend(rows.writes(&released)?);
            }
            if let Some(attempt) = attempt {
                let since = started_at(row(0))?;
                let window: Option<Window> = row(1).map(doc).transpose()?;
                let version = row(1).and_then(|row| number(row, "version"));
                let (window, why) = window.unwrap_or_default().record(attempt, now, since);
                ended.trip = why;
                if let Some(window) = window {
                    writes.push(document_write(window_key(), &window, version)?);
                }
            }
            if writes.is_empty() || self.transact(doing, writes).await? {
                return Ok(ended);
            }
            attempts.again().await?;
        }
    }

    /// The attempts that count now.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn attempts(
        &self,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> Result<Window, LedgerError> {
        let window: Window = self.governed(window_key()).await?;
        Ok(window.counting(now, since))
    }
}

pub(super) fn budget_key() -> Item {
    key("BUDGET#creations")
}

pub(super) fn window_key() -> Item {
    key("WINDOW#creations")
}

/// When a person last started creations.
pub(super) fn started_at(switch: Option<&Item>) -> Result<Option<Timestamp>, LedgerError> {
    let switch: Option<Switch> = switch.map(doc).transpose()?;
    Ok(switch.filter(|switch| switch.on).map(|switch| switch.at))
}
