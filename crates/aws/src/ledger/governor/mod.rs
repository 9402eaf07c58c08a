//! The limits AWS sets for the whole organization, kept in one place for all functions.
//!
//! Each limit is one small document, decided on by a pure function and written by compare-and-swap.

mod breaker;
mod bucket;
mod budget;
mod gate;
mod pace;
mod rates;
mod tokens;
mod types;
mod watch;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use tenancy::{TenantId, Timestamp};

use self::{budget::Spent, gate::Queue, watch::Watch};
use super::{
    Ledger, LedgerError,
    item::{Item, doc},
    keys,
};

pub use rates::{HELD, Pace, RATES, Rate, rate};
pub use types::{
    Attempt, Budget, CallState, CreationBudget, CreationOutcome, Gate, Line, Spending, Stay,
    Tokens, Turn, Waiter, WatchAnswer, Watched, WatchedState, Window,
};

/// The creation budget.
impl Ledger {
    /// Takes one creation from the budget of the hour and the day (UTC): `usual`, unless an operator set another.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_creation(
        &self,
        now: Timestamp,
        usual: CreationBudget,
    ) -> Result<Budget, LedgerError> {
        let doing = "taking a creation from the budget";
        self.change_document(budget_key(), doing, |spent: Option<Spent>| {
            spent.unwrap_or_default().take(now, usual)
        })
        .await
    }

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
}

/// Gates and lines.
impl Ledger {
    /// Lets a tenant through a gate, or puts it in line. To be asked again until it answers [`Turn::Entered`]; a tenant that
    /// does not come when it should is passed by, and loses its place a quarter of an hour later. Inside, the place expires
    /// after `hold` unless asked again. `most` is how many of the line something else has room for, such as a budget.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn enter(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        most: usize,
    ) -> Result<Turn, LedgerError> {
        let doing = format!("entering the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.enter(tenant, now, hold, gate, most)
        })
        .await
    }

    /// Puts a tenant in line in the order it came, even if there is room or it was inside, and keeps its place for at least
    /// so long: for what keeps everybody out.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line_up(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
        at_least_secs: u32,
    ) -> Result<Turn, LedgerError> {
        let doing = format!("lining up at the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.line_up(tenant, now, gate, at_least_secs)
        })
        .await
    }

    /// Gives a place back, inside or in line, and says whose turn it is now (worth marking due).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn leave(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("leaving the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| queue.leave(tenant, now, gate))
            .await
    }

    /// Ends the stay of a tenant if it was let in by `begun_by`, and says whose turn it is now. A place in line, and a stay
    /// that began later, are kept.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn end_stay(
        &self,
        gate: Gate,
        tenant: &TenantId,
        begun_by: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("leaving the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| {
            queue.end_stay(tenant, begun_by, now, gate)
        })
        .await
    }

    /// Notes how long the stay of a tenant took that is done and about to leave: what is told to those who wait is reckoned
    /// from the last ones.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn note_stay(
        &self,
        gate: Gate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let doing = format!("noting the pace of the gate `{}`", gate.name());
        self.change_queue(gate, &doing, |queue| (queue.note(tenant, now), ()))
            .await
    }

    /// Who is inside a gate and who waits.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn line(&self, gate: Gate, now: Timestamp) -> Result<Line, LedgerError> {
        let queue: Queue = self.governed(gate_key(gate)).await?;
        Ok(queue.line(now, gate))
    }

    async fn change_queue<R>(
        &self,
        gate: Gate,
        doing: &str,
        decide: impl Fn(Queue) -> (Option<Queue>, R),
    ) -> Result<R, LedgerError> {
        self.change_document(gate_key(gate), doing, |queue: Option<Queue>| {
            decide(queue.unwrap_or_default())
        })
        .await
    }
}

/// The breaker's window.
impl Ledger {
    /// Notes what came of an attempt at creating an account, once, and says why creations should stop, if they should.
    /// `since` is when a person last turned them on.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn note_attempt(
        &self,
        attempt: &Attempt,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> Result<Option<String>, LedgerError> {
        let doing = "noting the outcome of a creation";
        self.change_document(window_key(), doing, |window: Option<Window>| {
            window.unwrap_or_default().note(attempt, now, since)
        })
        .await
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

/// The creations in flight.
impl Ledger {
    /// Adds a creation that was begun a moment ago.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn watch_creation(
        &self,
        tenant: &TenantId,
        request: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.change_watch("watching a creation", |watch| {
            (Some(watch.add(tenant, request, now)), ())
        })
        .await
    }

    /// What a tenant's creation is, or that the asker, by the name of `who`, is to look at some.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn ask_watch(
        &self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<WatchAnswer, LedgerError> {
        self.change_watch("asking for a creation", |watch| {
            watch.ask(tenant, request, who, now)
        })
        .await
    }

    /// Writes down what was seen, and says which tenants' creations have ended by it.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn saw_creations(
        &self,
        who: &str,
        seen: &[(String, WatchedState)],
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        self.change_watch("writing down how creations are", |watch| {
            let (watch, ended) = watch.saw(who, seen, now);
            (Some(watch), ended)
        })
        .await
    }

    /// Has the next pass look at a creation that is said to be over. Gives back whose it is.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn doubt_creation(&self, request: &str) -> Result<Option<TenantId>, LedgerError> {
        self.change_watch("doubting a creation", |watch| watch.doubt(request))
            .await
    }

    /// Forgets a creation whose end its tenant has recorded.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn forget_creation(&self, request: &str) -> Result<(), LedgerError> {
        self.change_watch("forgetting a creation", |watch| (watch.forget(request), ()))
            .await
    }

    /// All creations that are watched, by request.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn watched(&self) -> Result<BTreeMap<String, Watched>, LedgerError> {
        let watch: Watch = self.governed(watch_key()).await?;
        Ok(watch.into_creations())
    }

    async fn change_watch<R>(
        &self,
        doing: &str,
        decide: impl Fn(Watch) -> (Option<Watch>, R),
    ) -> Result<R, LedgerError> {
        self.change_document(watch_key(), doing, |watch: Option<Watch>| {
            decide(watch.unwrap_or_default())
        })
        .await
    }

    async fn governed<T: DeserializeOwned + Default>(&self, key: Item) -> Result<T, LedgerError> {
        let row = self.get(key).await?;
        Ok(row.as_ref().map(doc).transpose()?.unwrap_or_default())
    }
}

fn gate_key(gate: Gate) -> Item {
    keys::key(keys::GOVERNOR, format!("GATE#{}", gate.name()))
}

fn budget_key() -> Item {
    keys::key(keys::GOVERNOR, "BUDGET#creations")
}

fn window_key() -> Item {
    keys::key(keys::GOVERNOR, "WINDOW#creations")
}

fn watch_key() -> Item {
    keys::key(keys::GOVERNOR, "WATCH#creations")
}
