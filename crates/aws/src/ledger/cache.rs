//! The rows of its tenant that a pass caches between two writes, so that it need not read before each.
//!
//! # Guarantees
//! A stale cache does no harm: every write of main row or lease row is a compare-and-swap on its revision, so a change decided on
//! what is not true any more is refused, and decided anew on what was read then. Only one write of a pass is under way at a
//! time; they follow one another instead of losing races against each other.

use std::sync::{Arc, Mutex as Queue, PoisonError};

use ipnet::Ipv4Net;
use tenancy::{ComponentName, ComponentState, ComponentStatus, Finding, Region, Timestamp};
use tokio::sync::{Mutex, MutexGuard, oneshot};

use super::{LedgerError, NewEntry, operations::Others, record::Record};

/// The cached rows of a pass, and what waits to be written; shared by all clones of its lease.
#[derive(Debug, Clone, Default)]
pub(super) struct RowCache(Arc<Mutex<CachedRows>>, Arc<Queue<Vec<ComponentSave>>>);

/// A component that waits to be recorded: those that wait at once are written together.
#[derive(Debug)]
pub(super) struct ComponentSave {
    pub(super) name: ComponentName,
    pub(super) status: ComponentStatus,
    pub(super) done: Vec<NewEntry>,
    pub(super) at: Timestamp,
    /// Told what came of it.
    pub(super) answer: Option<oneshot::Sender<Result<(), LedgerError>>>,
}

impl ComponentSave {
    /// Tells what came of it. Who does not wait any more need not be told.
    pub(super) fn tell(&mut self, saved: Result<(), LedgerError>) {
        if let Some(answer) = self.answer.take() {
            let _ = answer.send(saved);
        }
    }

    /// Leaves a component that is as wanted without a change to the next write of the pass, and says whether it did.
    pub(super) fn waits_for_next_write(&mut self, record: &mut Record) -> bool {
        let waits = self.done.is_empty() && self.status.state == ComponentState::Ready;
        if waits {
            record.set_component(self.name, &self.status);
            self.tell(Ok(()));
        }
        waits
    }
}

/// Most components that are recorded in one transaction.
const TOGETHER: usize = 20;

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

impl CachedRows {
    /// The tenant's network in a Region, as far as it is cached.
    pub(super) fn block(&self, region: &Region) -> Option<Ipv4Net> {
        let record = self.record.as_ref()?;
        record.tenant.cidrs.get(region).copied()
    }
}

impl RowCache {
    pub(super) fn of(record: Record, findings: Vec<Finding>, others: Others) -> Self {
        let rows = CachedRows {
            record: Some(record),
            findings: Some(findings),
            others,
        };
        Self(Arc::new(Mutex::new(rows)), Arc::default())
    }

    /// Lets a component wait to be recorded by whoever has the rows next.
    pub(super) fn queue(&self, save: ComponentSave) {
        self.queued().push(save);
    }

    /// Whether components wait.
    pub(super) fn has_queued(&self) -> bool {
        !self.queued().is_empty()
    }

    /// Components that wait, in the order in which they came.
    pub(super) fn take_queued(&self) -> Vec<ComponentSave> {
        let mut queued = self.queued();
        let together = queued.len().min(TOGETHER);
        queued.drain(..together).collect()
    }

    fn queued(&self) -> std::sync::MutexGuard<'_, Vec<ComponentSave>> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
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
