//! A semaphore as people see it.

use tenancy::Timestamp;

use super::{SemaphoreState, expected};
use crate::ledger::governor::{
    throughput::Throughput,
    types::{SemaphoreUsage, Slot, Waiter},
};

impl SemaphoreState {
    /// Who holds a slot and who waits for one, and how long that is expected to take.
    pub(in crate::ledger::governor) fn usage(
        self,
        now: Timestamp,
        throughput: Throughput,
    ) -> SemaphoreUsage {
        let state = self.without_expired(now);
        let secs_per_slot = state.secs_per_slot(throughput);
        let free = state.free(throughput);
        let holders = state.holders.iter().map(|(tenant, holder)| {
            let (since, until) = (at(holder.acquired_at), at(holder.expires_at));
            (tenant.clone(), Slot { since, until })
        });
        let queue = state.queue.iter().enumerate();
        let queue = queue.map(|(index, queued)| Waiter {
            tenant: queued.tenant.clone(),
            since: at(queued.queued_at),
            expected_secs: expected(index, free, secs_per_slot),
        });
        SemaphoreUsage {
            holders: holders.collect(),
            queue: queue.collect(),
            secs_per_slot,
        }
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
