//! A counting semaphore with a queue: first come, first served, and a tenant that stays away does not block the others.

mod pages;
mod queue;
mod usage;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use self::{pages::Pages, queue::QueueRank};
use super::{
    throughput::{self, Throughput},
    types::Admission,
};
use crate::retry::{LONGEST_BACKOFF_SECS, latest};

/// A waiter that is this late, in seconds, is passed over: the sweep of every minute would have sent it.
const LATE_SECS: i64 = 120;
/// A waiter that is this much later still than it was to come by itself, in seconds, loses its position: longer than its pass stays away if
/// something else keeps failing.
const ABANDONED_SECS: i64 = latest(LONGEST_BACKOFF_SECS) as i64;
/// How many tenants may wait. Who comes later tries again.
const LONGEST_QUEUE: usize = 50_000;
/// By when a waiter comes that was called because a slot is free, in seconds.
const CALLED_SECS: i64 = 60;

/// Who holds a slot, who waits for one, and how long the last slots were held. The field names in JSON are those of ledgers
/// that exist.
///
/// The front of the queue lies here, the rest in pages that have rows of their own. Those that were not read only count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct SemaphoreState {
    #[serde(rename = "inside")]
    holders: BTreeMap<TenantId, Holder>,
    /// First come, first served: the front of the queue.
    #[serde(rename = "waiting")]
    queue: Vec<Queued>,
    /// Seconds for which the last slots were held whose work succeeded.
    #[serde(rename = "recent")]
    recent_secs: Vec<u32>,
    /// What is behind the front.
    #[serde(default, skip_serializing_if = "Pages::is_empty")]
    pages: Pages,
}

/// A tenant that holds a slot. Names in JSON are short because thousands of these lie in one row; times are in seconds since
/// 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    #[serde(rename = "c")]
    queued_at: i64,
    #[serde(rename = "s")]
    acquired_at: i64,
    /// Until when at most.
    #[serde(rename = "u")]
    expires_at: i64,
}

/// A tenant in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queued {
    #[serde(rename = "t")]
    tenant: TenantId,
    #[serde(rename = "c")]
    queued_at: i64,
    /// By when it should ask again by itself.
    #[serde(rename = "b")]
    retry_by: i64,
    /// By when it should ask again since a slot is free. The call may be lost: only its turn is, then.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    called_by: Option<i64>,
}

impl Queued {
    fn since(tenant: &TenantId, queued_at: i64) -> Self {
        Self {
            tenant: tenant.clone(),
            queued_at,
            retry_by: 0,
            called_by: None,
        }
    }

    fn is_late(&self, now: i64) -> bool {
        let by = self.called_by.unwrap_or(self.retry_by);
        now > by + LATE_SECS
    }

    fn is_abandoned(&self, now: i64) -> bool {
        now >= self.retry_by + LATE_SECS + ABANDONED_SECS
    }
}

impl SemaphoreState {
    /// Gives a tenant a slot, or a position in the queue. Only the first `most` of the queue can get one. `None` means that
    /// nothing changes.
    pub(super) fn acquire(
        self,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        throughput: Throughput,
        most: usize,
    ) -> (Option<Self>, Admission) {
        let mut state = self.settled(now);
        if !state.join_queue(tenant, now) {
            return (None, state.queue_is_full(throughput));
        }
        let rank = state.rank(tenant, now);
        let ahead = rank.map_or(0, |rank| rank.ahead);
        if state.holders.contains_key(tenant) || ahead < state.free(throughput).min(most) {
            state.admit(tenant, now, hold);
            return (Some(state), Admission::Admitted);
        }
        state.keep_queued(tenant, now, throughput, 0)
    }

    /// Queues a tenant in the order it came, even if a slot is free or it holds one: for what keeps everybody out.
    pub(super) fn enqueue(
        self,
        tenant: &TenantId,
        now: Timestamp,
        throughput: Throughput,
        at_least_secs: u32,
    ) -> (Option<Self>, Admission) {
        let mut state = self.settled(now);
        let held_since = state.holders.remove(tenant).map(|holder| holder.queued_at);
        match held_since {
            Some(queued_at) => state.insert(tenant, queued_at),
            None if state.join_queue(tenant, now) => {}
            None => return (None, state.queue_is_full(throughput)),
        }
        let (changed, admission) =
            state
                .clone()
                .keep_queued(tenant, now, throughput, at_least_secs);
        (changed.or_else(|| held_since.map(|_| state)), admission)
    }

    /// Releases a tenant's slot or its position in the queue, and says who may acquire a slot now.
    pub(super) fn release(
        self,
        tenant: &TenantId,
        now: Timestamp,
        throughput: Throughput,
    ) -> (Option<Self>, Vec<TenantId>) {
        let mut state = self.settled(now);
        let held = state.holders.remove(tenant).is_some();
        let changed = state.leave_queue(tenant) || held;
        let next = state.call_next(now, throughput);
        (changed.then_some(state), next)
    }

    /// Releases a tenant's slot if it was acquired at `acquired_by` or earlier, and says who may acquire a slot now. A slot
    /// acquired later, and a position in the queue, are kept.
    pub(super) fn release_acquired_by(
        self,
        tenant: &TenantId,
        acquired_by: Timestamp,
        now: Timestamp,
        throughput: Throughput,
    ) -> (Option<Self>, Vec<TenantId>) {
        let mut state = self.settled(now);
        let holder = state.holders.get(tenant);
        if holder.is_none_or(|holder| holder.acquired_at > acquired_by.as_second()) {
            return (None, Vec::new());
        }
        state.holders.remove(tenant);
        let next = state.call_next(now, throughput);
        (Some(state), next)
    }

    /// Records how long a tenant held its slot whose work succeeded. `None` means that nothing changes: it holds none.
    pub(super) fn record_duration(mut self, tenant: &TenantId, now: Timestamp) -> Option<Self> {
        let held = now.as_second() - self.holders.get(tenant)?.acquired_at;
        let secs = u32::try_from(held).unwrap_or_default();
        throughput::record_duration(&mut self.recent_secs, secs);
        Some(self)
    }

    /// The waiters that may acquire a slot, in order, and those before them that are late. All are to come soon, or are
    /// passed over.
    fn call_next(&mut self, now: Timestamp, throughput: Throughput) -> Vec<TenantId> {
        let (mut free, now) = (self.free(throughput), now.as_second());
        let mut called = Vec::new();
        for queued in &mut self.queue {
            if free == 0 {
                break;
            }
            free -= usize::from(!queued.is_late(now));
            let by = queued.called_by.unwrap_or(queued.retry_by);
            queued.called_by = Some(by.min(now + CALLED_SECS));
            called.push(queued.tenant.clone());
        }
        called
    }

    fn keep_queued(
        mut self,
        tenant: &TenantId,
        now: Timestamp,
        throughput: Throughput,
        at_least_secs: u32,
    ) -> (Option<Self>, Admission) {
        let Some(QueueRank { index, ahead }) = self.rank(tenant, now) else {
            return (None, self.queue_is_full(throughput));
        };
        let free = self.free(throughput);
        let expected_secs = expected(ahead, free, self.secs_per_slot(throughput));
        let retry_secs = throughput::retry_secs(expected_secs).max(at_least_secs);
        let admission = Admission::Queued {
            position: index + 1,
            length: self.waiting(),
            expected_secs,
            retry_secs,
        };
        let Some(queued) = self.queued_mut(tenant) else {
            return (None, admission);
        };
        let (soonest, by) = (i64::from(retry_secs), i64::from(latest(retry_secs)));
        if queued.called_by.is_none() && queued.retry_by >= now.as_second() + soonest {
            return (None, admission);
        }
        queued.retry_by = now.as_second() + by;
        queued.called_by = None;
        (Some(self), admission)
    }

    /// The queue is as long as it may be: the tenant gets no position in it, so there is nothing to write.
    fn queue_is_full(&self, throughput: Throughput) -> Admission {
        let length = self.waiting() + 1;
        let expected_secs = expected(length - 1, 0, self.secs_per_slot(throughput));
        Admission::Queued {
            position: length,
            length,
            expected_secs,
            retry_secs: throughput::retry_secs(expected_secs),
        }
    }

    fn admit(&mut self, tenant: &TenantId, now: Timestamp, hold: SignedDuration) {
        let now = now.as_second();
        let queued_at = self.queued_mut(tenant).map_or(now, |it| it.queued_at);
        self.leave_queue(tenant);
        let holder = self.holders.entry(tenant.clone()).or_insert(Holder {
            queued_at,
            acquired_at: now,
            expires_at: now,
        });
        holder.expires_at = now.saturating_add(hold.as_secs());
    }

    fn free(&self, throughput: Throughput) -> usize {
        throughput.capacity().saturating_sub(self.holders.len())
    }

    fn secs_per_slot(&self, throughput: Throughput) -> u32 {
        throughput.secs_per_slot(&self.recent_secs)
    }
}

/// Seconds until the waiter with so many ahead of it gets a slot.
fn expected(ahead: usize, free: usize, secs_per_slot: u32) -> u32 {
    let slots = (ahead + 1).saturating_sub(free);
    u32::try_from(slots)
        .unwrap_or(u32::MAX)
        .saturating_mul(secs_per_slot)
}

#[cfg(test)]
mod tests;
