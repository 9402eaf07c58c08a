//! The rows of its tenant that a pass caches between two writes, so that it need not read before each.
//!
//! # Guarantees
//! A stale cache does no harm: every write of main row or lease row is a compare-and-swap on its revision, so a change decided on
//! what is not true any more is refused, and decided anew on what was read then. Only one write of a pass is under way at a
//! time; they follow one another instead of losing races against each other.

use std::sync::Arc;

use tenancy::Finding;
use tokio::sync::{Mutex, MutexGuard};

use super::{operations::Others, record::Record};

/// The cached rows of a pass; shared by all clones of its lease.
#[derive(Debug, Clone, Default)]
pub(super) struct RowCache(Arc<Mutex<CachedRows>>);

/// The rows, as far as they are cached.
#[derive(Debug, Default)]
pub(super) struct CachedRows {
    /// The main row as last written or read; `None` if it must be read again.
    pub(super) record: Option<Record>,
    /// The findings; only passes write them, so they stay true while the lease is held.
    pub(super) findings: Option<Vec<Finding>>,
    /// What another release wrote beside the operations that were open when the pass began.
    pub(super) others: Others,
}

impl RowCache {
    pub(super) fn of(record: Record, findings: Vec<Finding>, others: Others) -> Self {
        Self(Arc::new(Mutex::new(CachedRows {
            record: Some(record),
            findings: Some(findings),
            others,
        })))
    }

    pub(super) async fn lock(&self) -> MutexGuard<'_, CachedRows> {
        self.0.lock().await
    }
}

/// Two leases are the same whatever their passes have cached.
impl PartialEq for RowCache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for RowCache {}
