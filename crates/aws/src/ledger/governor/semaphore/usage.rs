//! A semaphore as people see it.

use tenancy::{TenantId, Timestamp};

use super::{SemaphoreState, expected};
use crate::ledger::governor::{
    throughput::Throughput,
    types::{QueuePosition, SemaphoreUsage, Slot, Waiter},
};

impl SemaphoreState {
    /// Who holds a slot and who waits for one, and how long that is expected to take.
    pub(in crate::ledger::governor) fn usage(
        self,
        now: Timestamp,
        throughput: Throughput,
    ) -> SemaphoreUsage {
        let state = self.settled(now);
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
            waiting: state.waiting(),
            secs_per_slot,
        }
    }

    /// Where a tenant is in the queue, if its page was read.
    pub(in crate::ledger::governor) fn position(
        self,
        tenant: &TenantId,
        now: Timestamp,
        throughput: Throughput,
    ) -> Option<QueuePosition> {
        let mut state = self.settled(now);
        let index = state.rank(tenant, now)?.index;
        let (free, secs) = (state.free(throughput), state.secs_per_slot(throughput));
        Some(QueuePosition {
            position: index + 1,
            length: state.waiting(),
            waiter: Waiter {
                tenant: tenant.clone(),
                since: at(state.queued_mut(tenant)?.queued_at),
                expected_secs: expected(index, free, secs),
            },
        })
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
