//! What stops creations: the budget, and the window of the circuit breaker.

use tenancy::Timestamp;

use super::{
    budget::Spent,
    key,
    types::{Attempt, Budget, CreationBudget, Spending, Window},
};
use crate::ledger::{Ledger, LedgerError, item::Item};

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

fn budget_key() -> Item {
    key("BUDGET#creations")
}

fn window_key() -> Item {
    key("WINDOW#creations")
}
