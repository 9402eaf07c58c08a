//! The semaphores in the ledger: slots, and the queues for them.

use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use super::{
    semaphore::SemaphoreState,
    semaphore_rows::semaphore_key,
    throughput::Throughput,
    types::{Admission, QueuePosition, Semaphore, SemaphoreUsage},
};
use crate::ledger::{Ledger, LedgerError, attempts::Attempts};

impl Ledger {
    /// Acquires a slot for a tenant, or queues it. To be asked again until it answers [`Admission::Admitted`]; a tenant that
    /// does not ask again in time is passed over, and loses its position a quarter of an hour later. The slot expires after
    /// `hold` unless it is acquired again. Only the first `most` of the queue can get a slot: as many as something else has
    /// room for, such as a budget.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn acquire_slot(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        most: usize,
    ) -> Result<Admission, LedgerError> {
        let doing = format!("acquiring a slot of the semaphore `{}`", semaphore.name());
        self.change_semaphore(semaphore, tenant, now, &doing, |state| {
            state.acquire(tenant, now, hold, self.throughput(semaphore), most)
        })
        .await
    }

    /// Queues a tenant in the order it came, even if a slot is free or it holds one, and keeps its position for at least so
    /// long: for what keeps everybody out.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn enqueue(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
        at_least_secs: u32,
    ) -> Result<Admission, LedgerError> {
        let doing = format!("queueing for the semaphore `{}`", semaphore.name());
        self.change_semaphore(semaphore, tenant, now, &doing, |state| {
            state.enqueue(tenant, now, self.throughput(semaphore), at_least_secs)
        })
        .await
    }

    /// Releases a tenant's slot or its position in the queue, and says who may acquire a slot now (worth marking due).
    ///
    /// # Errors
    /// `Failed`.
    pub async fn release_slot(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("releasing a slot of the semaphore `{}`", semaphore.name());
        self.change_semaphore(semaphore, tenant, now, &doing, |state| {
            state.release(tenant, now, self.throughput(semaphore))
        })
        .await
    }

    /// Releases a tenant's slot or its position in the queue, after a work that succeeded: how long it held the slot is
    /// recorded, for what waiters are told is estimated from the last ones. Says who may acquire a slot now.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn release_succeeded(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = format!("releasing a slot of the semaphore `{}`", semaphore.name());
        self.change_semaphore(semaphore, tenant, now, &doing, |state| {
            let timed = state.clone().record_duration(tenant, now);
            let throughput = self.throughput(semaphore);
            timed.unwrap_or(state).release(tenant, now, throughput)
        })
        .await
    }

    /// Who holds a slot of a semaphore, who is at the front of its queue, and how many wait.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn semaphore_usage(
        &self,
        semaphore: Semaphore,
        now: Timestamp,
    ) -> Result<SemaphoreUsage, LedgerError> {
        let state: SemaphoreState = self.governed(semaphore_key(semaphore)).await?;
        Ok(state.usage(now, self.throughput(semaphore)))
    }

    /// Where a tenant is in the queue for a semaphore, if it waits: at most four small rows are read, however many wait.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn queue_position(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<QueuePosition>, LedgerError> {
        let (rows, _) = self
            .semaphore_rows(semaphore, tenant, now, Vec::new())
            .await?;
        let throughput = self.throughput(semaphore);
        Ok(rows.state.position(tenant, now, throughput))
    }

    pub(super) fn throughput(&self, semaphore: Semaphore) -> Throughput {
        Throughput::of(semaphore, self.rates)
    }

    async fn change_semaphore<R>(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
        doing: &str,
        decide: impl Fn(SemaphoreState) -> (Option<SemaphoreState>, R),
    ) -> Result<R, LedgerError> {
        let mut attempts = Attempts::new(doing);
        loop {
            let (rows, _) = self
                .semaphore_rows(semaphore, tenant, now, Vec::new())
                .await?;
            let (after, answer) = decide(rows.state.clone());
            let writes = after.map_or(Ok(Vec::new()), |after| rows.writes(&after))?;
            if writes.is_empty() || self.transact(doing, writes).await? {
                return Ok(answer);
            }
            attempts.again().await?;
        }
    }
}
