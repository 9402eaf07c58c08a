//! The ledger: everything tenantry knows, in one DynamoDB table.

mod error;
mod surface;
mod types;

pub use error::LedgerError;
pub use types::{
    Accepted, Budget, Gate, Idempotency, Intent, IntentKey, KnownAccount, Lease, Line, Loaded,
    NewEntry, NewIntent, Page, PassRecord, PassSaved, Progress, Request, Shared, Switch,
    TenantFilter, Turn,
};

/// The ledger. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl Ledger {
    /// The ledger in `table`.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }
}
