//! The limits AWS sets for the whole organization, kept in one place for all functions.
//!
//! Each limit is one small document, decided on by a pure function and written by compare-and-swap: `bucket`, `budget`,
//! `breaker`, `semaphore`, `throughput` and `watch` decide; `tokens`, `creations`, `slots`, `semaphore_rows` and `in_flight` read and write.
//! What is needed together is taken together, by `permit`; what follows from an account is recorded together, by `made`.

mod breaker;
mod bucket;
mod budget;
mod creations;
mod in_flight;
mod made;
mod permit;
mod rates;
mod semaphore;
mod semaphore_rows;
mod slots;
mod throughput;
mod tokens;
mod types;
mod watch;

use serde::de::DeserializeOwned;

use super::{
    Ledger, LedgerError,
    item::{Item, doc},
    keys,
};

pub use creations::CreationEnded;
pub use in_flight::{CreationRows, Followed};
pub use made::{AccountMade, MadeRows};
pub use permit::{CreationRules, Granted, Permit, PermitRequest};
pub use rates::{RATES, Rate, RateLimit, RatePercent, TOKEN_LIFETIME, rate};
pub use types::{
    Admission, Attempt, CallState, CreationBudget, CreationOutcome, QueuePosition, Semaphore,
    SemaphoreUsage, Slot, Spending, Tokens, Waiter, WatchAnswer, WatchedCreation, WatchedState,
    Window,
};

impl Ledger {
    /// A document of the governor's; empty if it was never written.
    async fn governed<T: DeserializeOwned + Default>(&self, key: Item) -> Result<T, LedgerError> {
        let row = self.get(key).await?;
        Ok(row.as_ref().map(doc).transpose()?.unwrap_or_default())
    }
}

fn key(name: impl Into<String>) -> Item {
    keys::key(keys::GOVERNOR, name)
}
