//! Records components while their pass goes on.

use std::time::Duration;

use tenancy::{ComponentName, ComponentStatus, Failure, Timestamp};
use tokio::{
    sync::oneshot::{self, Receiver, error::TryRecvError},
    time::timeout,
};

use crate::ledger::{
    Lease, Ledger, LedgerError, NewEntry, cache::ComponentSave, commit::Draft, record::Record,
};

/// What ends within this time is recorded in one transaction: each of its own would write the lease row anew. Nothing else waits for
/// it, and who reads the tenant sees it this much later.
const SOON: Duration = Duration::from_secs(5);

type Saved = Result<(), LedgerError>;

impl Ledger {
    /// Records one component while the pass goes on, and what was done to it. The main row gets its state at the end of the pass;
    /// who asks for the one tenant is shown it at once, where there is more to show than a state. What is as wanted without a change is
    /// recorded with the next write.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn save_component(
        &self,
        lease: &Lease,
        name: ComponentName,
        status: &ComponentStatus,
        done: &[NewEntry],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let told = queue(lease, name, status, done, now);
        self.save_until(lease, told).await
    }

    /// The same within five seconds, with whatever else is to be recorded until then.
    ///
    /// # Errors
    /// As [`Ledger::save_component`].
    pub async fn save_component_soon(
        &self,
        lease: &Lease,
        name: ComponentName,
        status: &ComponentStatus,
        done: &[NewEntry],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut told = queue(lease, name, status, done, now);
        match timeout(SOON, &mut told).await {
            Ok(saved) => saved.map_err(|_| writer_stopped())?,
            Err(_) => self.save_until(lease, told).await,
        }
    }

    /// Records at once what waits to be recorded. Whoever waits for it is told the result.
    pub async fn save_waiting(&self, lease: &Lease) {
        while lease.cache.has_queued() {
            Box::pin(self.save_queued(lease)).await;
        }
    }

    /// Records nothing of what waits: the record of the pass has the state of every component. Returns what was done, for that record.
    pub fn leave_waiting(&self, lease: &Lease) -> Vec<NewEntry> {
        let mut left = Vec::new();
        while lease.cache.has_queued() {
            for mut save in lease.cache.take_queued() {
                left.append(&mut save.done);
                save.tell(Ok(()));
            }
        }
        left
    }

    async fn save_until(&self, lease: &Lease, mut told: Receiver<Saved>) -> Saved {
        loop {
            Box::pin(self.save_queued(lease)).await;
            match told.try_recv() {
                Ok(saved) => return saved,
                // Others were before it.
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Closed) => return Err(writer_stopped()),
            }
        }
    }

    /// Records the components that wait, in one transaction: while one is written, others wait.
    async fn save_queued(&self, lease: &Lease) {
        let mut cached = lease.cache.lock().await;
        let mut saves = lease.cache.take_queued();
        if let Some(record) = &mut cached.record {
            saves.retain_mut(|save| !save.waits_for_next_write(record));
        }
        if saves.is_empty() {
            return;
        }
        let doing = "recording components";
        let decide = |record: &Record| Ok(components_draft(record, &saves));
        let saved = Box::pin(self.change_cached(doing, lease, &mut cached, decide)).await;
        let saved = saved.map(drop);
        for save in &mut saves {
            save.tell(saved.clone());
        }
    }
}

/// Lets a component wait to be recorded; who gets the receiver is told the result.
fn queue(
    lease: &Lease,
    name: ComponentName,
    status: &ComponentStatus,
    done: &[NewEntry],
    at: Timestamp,
) -> Receiver<Saved> {
    let (answer, told) = oneshot::channel();
    lease.cache.queue(ComponentSave {
        name,
        status: status.clone(),
        done: done.to_vec(),
        at,
        answer: Some(answer),
    });
    told
}

fn writer_stopped() -> LedgerError {
    let detail = "whoever wrote it was stopped";
    Failure::bug("recording a component", detail).into()
}

/// The change that records these components; `None` if they are recorded so already.
fn components_draft(record: &Record, saves: &[ComponentSave]) -> Option<Draft> {
    let mut draft = Draft::of(record);
    draft.leaves_main = true;
    let mut changed = false;
    for save in saves {
        changed |= draft.record.set_component(save.name, &save.status);
        let (at, entries) = &mut draft.history;
        *at = save.at.max(*at);
        entries.extend_from_slice(&save.done);
    }
    (changed || !draft.history.1.is_empty()).then_some(draft)
}
