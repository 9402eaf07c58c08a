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
    item::{Item, doc, number},
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
        content(self.get(key).await?.as_ref())
    }
}

/// What a row of the governor's holds; empty where it was never written.
fn content<T: DeserializeOwned + Default>(row: Option<&Item>) -> Result<T, LedgerError> {
    Ok(row.map(doc).transpose()?.unwrap_or_default())
}

/// The version that the row has to be at when it is written; none where it must be absent.
fn version(row: Option<&Item>) -> Option<u64> {
    row.and_then(|row| number(row, "version"))
}

fn key(name: impl Into<String>) -> Item {
    keys::key(keys::GOVERNOR, name)
}
