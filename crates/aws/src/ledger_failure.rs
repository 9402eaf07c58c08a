//! A ledger error as the failure of what was being done.

use tenancy::{Failure, FailureKind};

use crate::ledger::LedgerError;

/// A ledger error within a pass.
pub fn ledger_failure(doing: &str, error: LedgerError) -> Failure {
    match error {
        LedgerError::Failed(failure) => failure,
        LedgerError::LostLease => {
            Failure::retry(FailureKind::Conflict, doing, "another pass took over", 30)
        }
        other => Failure::retry(FailureKind::Transient, doing, other.to_string(), 30),
    }
}
