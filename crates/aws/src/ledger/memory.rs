//! What a pass remembers of its tenant's rows between two writes, so that it need not read before each.
//!
//! # Guarantees
//! Remembering is never a risk: every write of the main row is a compare-and-swap on its revision, so a change decided on
//! what is not true any more is refused, and decided anew on what was read then. Only one write of a pass is under way at a
//! time; they follow one another instead of losing races against each other.

use std::sync::Arc;

use tenancy::Finding;
use tokio::sync::{Mutex, MutexGuard};

use super::record::Record;

/// What a pass knows; shared by all clones of its lease.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Known>>);

/// The rows, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The main row as last written or read; `None` if it must be read again.
    pub(super) record: Option<Record>,
    /// The findings; only passes write them, so they stay true while the lease is held.
    pub(super) findings: Option<Vec<Finding>>,
}

impl Memory {
    pub(super) fn of(record: Record, findings: Vec<Finding>) -> Self {
        Self(Arc::new(Mutex::new(Known {
            record: Some(record),
            findings: Some(findings),
        })))
    }

    pub(super) async fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().await
    }
}

/// Two leases are the same whatever their passes remember.
impl PartialEq for Memory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memory {}
