//! What is decided about a permit, over all rows together. Pure.

use tenancy::{TenantId, Timestamp};

use super::{Granted, Permit, PermitRequest, Rows};
use crate::ledger::governor::{
    bucket::Bucket,
    budget::Spent,
    rates::{RateLimit, TOKEN_LIFETIME},
    semaphore::SemaphoreState,
    throughput::Throughput,
    types::{Admission, Budget, Tokens},
};

/// What is to be written of them: `None` for what stays as it is.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) semaphore: Option<SemaphoreState>,
    pub(super) spent: Option<Spent>,
    pub(super) bucket: Option<Bucket>,
}

/// The limits that hold.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) throughput: Throughput,
    pub(super) rate: RateLimit,
}

impl Rows {
    /// Decides over all of them together. What is refused leaves budget and bucket as they are.
    pub(super) fn decide(
        &self,
        request: &PermitRequest,
        tenant: &TenantId,
        now: Timestamp,
        limits: Limits,
    ) -> (Changes, Permit) {
        let enqueue = |at_least_secs| {
            let state = self.semaphore.state.clone();
            let (semaphore, admission) =
                state.enqueue(tenant, now, limits.throughput, at_least_secs);
            let changes = Changes {
                semaphore,
                ..Changes::default()
            };
            (changes, admission)
        };
        let switch = self.switch.content.as_ref();
        if let Some(creation) = &request.creation
            && let Some(off) = switch.filter(|switch| !switch.on)
        {
            let (changes, admission) = enqueue(creation.stopped_secs);
            let switch = off.clone();
            return (changes, Permit::Stopped { switch, admission });
        }
        let budget = request.creation.and_then(|creation| creation.budget);
        let spent = self.spent.content.clone().unwrap_or_default();
        let paid =
            budget.map(|budget| (spent.spending(now, budget).left(), spent.take(now, budget)));
        let (most, paid) = match paid {
            None => (usize::MAX, None),
            Some((left, (paid, Budget::Taken))) => {
                (usize::try_from(left).unwrap_or(usize::MAX), paid)
            }
            Some((_, (_, Budget::UsedUp { until, allowed }))) => {
                let retry_secs = secs_until(until, now);
                let (changes, _) = enqueue(retry_secs);
                let used_up = Permit::UsedUp {
                    until,
                    retry_secs,
                    allowed,
                };
                return (changes, used_up);
            }
        };
        self.admit(request, tenant, now, limits, (most, paid))
    }

    fn admit(
        &self,
        request: &PermitRequest,
        tenant: &TenantId,
        now: Timestamp,
        limits: Limits,
        (most, spent): (usize, Option<Spent>),
    ) -> (Changes, Permit) {
        let state = self.semaphore.state.clone();
        let (semaphore, admission) =
            state.acquire(tenant, now, request.hold, limits.throughput, most);
        let queued = Changes {
            semaphore,
            ..Changes::default()
        };
        if let Admission::Queued {
            position,
            length,
            expected_secs,
            retry_secs,
        } = admission
        {
            let permit = Permit::Queued {
                position,
                length,
                expected_secs,
                retry_secs,
            };
            return (queued, permit);
        }
        let bucket = self.bucket.content.unwrap_or(Bucket::FULL);
        let (bucket, tokens) = bucket.take(now, limits.rate, 1, request.patience);
        let after = match tokens {
            Tokens::Taken { after, .. } => after,
            Tokens::Later { after } => return (queued, Permit::Throttled { after }),
        };
        let granted = Granted {
            at: now,
            after,
            until: now
                .saturating_add(after + TOKEN_LIFETIME)
                .unwrap_or(Timestamp::MAX),
            following: self.following.clone(),
        };
        let all = Changes {
            spent,
            bucket,
            ..queued
        };
        (all, Permit::Granted(granted))
    }
}

/// A little after `until`, so that whoever comes then finds room.
fn secs_until(until: Timestamp, now: Timestamp) -> u32 {
    let left = until.as_second() - now.as_second();
    u32::try_from(left.max(0))
        .unwrap_or(u32::MAX)
        .saturating_add(5)
}
