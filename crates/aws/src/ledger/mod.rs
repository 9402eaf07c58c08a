//! The ledger: everything tenantry knows, in one DynamoDB table.
//!
//! # Guarantees
//! - What must be unique or happen once is held by conditions of one transaction, never by reading first.
//! - A tenant's main row changes only by compare-and-swap; a change that lost a race is decided anew on what is there now.
//! - What a pass writes is refused once another pass has the lease.
//! - A repetition after a lost answer changes nothing twice: every write carries a client token.
//! - Lists are read to the end; a page is short only when it is the last.
//!
//! # Assumptions
//! Times come from the caller. The clocks of the functions differ by less than a lease lasts.
//!
//! `docs/ledger.md` has the table of rows and access patterns.

mod access_requests;
mod account_sessions;
mod attempts;
mod batch;
mod blueprints;
mod cache;
mod callers;
mod cidr;
mod commit;
pub(crate) mod cursor;
mod documents;
mod error;
mod failed;
mod found;
mod governor;
mod grants;
mod grants_of;
mod history;
mod idempotency;
mod identity_providers;
mod intents;
mod item;
mod keys;
mod lease;
mod lease_row;
mod operations;
mod pass;
mod pass_record;
mod posture;
mod progress;
mod projects;
mod query;
mod record;
mod requests;
mod sessions;
mod sign_in;
mod summary;
mod suppressions;
mod tenants;
mod transact;
mod types;
mod visible;
mod write;

pub use access_requests::RequestFilter;
pub use blueprints::Published;
pub use cidr::NetworksWanted;
pub use error::LedgerError;
pub use found::{FindingFilter, FoundFinding, Tenants};
pub use governor::{
    AccountMade, Admission, Attempt, CallState, CreationBudget, CreationEnded, CreationOutcome,
    CreationRows, CreationRules, Followed, Granted, MadeRows, Permit, PermitRequest, QueuePosition,
    RATES, Rate, RateLimit, RatePercent, Semaphore, SemaphoreUsage, Slot, Spending, TOKEN_LIFETIME,
    Tokens, Waiter, WatchAnswer, WatchedCreation, WatchedState, Window, rate,
};
pub use pass_record::{NewEntry, PassRecord, PassSaved};
pub use requests::ensure_present;
pub use sessions::SessionOf;
pub use sign_in::{Kept, SignInKind};
pub use types::{
    Accepted, Begun, DueTenant, Idempotency, Intent, IntentKey, Lease, Loaded, NewIntent, Page,
    PostureRows, Progress, Request, Shared, Switch, SwitchEvent, TenantFilter, TenantPosture,
    TenantSummary,
};

/// The ledger. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    client: aws_sdk_dynamodb::Client,
    table: String,
    rates: RatePercent,
}

impl Ledger {
    /// The ledger in `table`.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            rates: RatePercent::ALL,
        }
    }

    /// The same ledger, which gives calls to Organizations at other rates.
    #[must_use]
    pub fn at_rates(self, rates: RatePercent) -> Self {
        Self { rates, ..self }
    }

    /// How much of every rate of Organizations is used.
    pub fn rates(&self) -> RatePercent {
        self.rates
    }
}
