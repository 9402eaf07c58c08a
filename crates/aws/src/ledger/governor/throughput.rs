//! How fast a semaphore's queue moves: by how long the last slots were held, and no faster than the rate limit of the call.

use super::{
    rates::{RatePercent, rate},
    types::Semaphore,
};

/// How many durations are kept.
const KEPT: usize = 10;
/// The soonest a waiter asks again, in seconds. Whoever releases a slot calls the next, so asking is only for calls that were
/// lost.
const SOONEST_SECS: u32 = 15;
/// The latest, in seconds: thousands of waiters must not keep writing one row.
const LATEST_SECS: u32 = 1800;

/// A semaphore, and how often the call may be made that its slots are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throughput {
    semaphore: Semaphore,
    secs_per_call: u32,
}

impl Throughput {
    pub(super) fn of(semaphore: Semaphore, percent: RatePercent) -> Self {
        let interval = rate(semaphore.call()).map_or(0, |rate| percent.of(rate).interval.as_secs());
        Self {
            semaphore,
            secs_per_call: u32::try_from(interval).unwrap_or(u32::MAX),
        }
    }

    pub(super) const fn capacity(self) -> usize {
        self.semaphore.capacity()
    }

    /// Seconds from one waiter's slot to the next one's.
    pub(super) fn secs_per_slot(self, recent_secs: &[u32]) -> u32 {
        let capacity = u32::try_from(self.capacity()).unwrap_or(1).max(1);
        let count = u32::try_from(recent_secs.len()).unwrap_or(u32::MAX);
        let sum = recent_secs
            .iter()
            .fold(0u32, |sum, secs| sum.saturating_add(*secs));
        let held = sum
            .checked_div(count)
            .unwrap_or_else(|| usual_secs(self.semaphore));
        held.div_ceil(capacity).max(self.secs_per_call)
    }
}

/// Records how long a slot was held.
pub(super) fn record_duration(recent_secs: &mut Vec<u32>, secs: u32) {
    recent_secs.push(secs);
    let old = recent_secs.len().saturating_sub(KEPT);
    recent_secs.drain(..old);
}

/// When to ask again for a slot that is expected in so many seconds.
pub(super) fn retry_secs(expected_secs: u32) -> u32 {
    (expected_secs / 2).clamp(SOONEST_SECS, LATEST_SECS)
}

/// How long a slot is held before any was: documents and users speak of minutes, and of up to hours for a closure.
const fn usual_secs(semaphore: Semaphore) -> u32 {
    match semaphore {
        Semaphore::Creations => 180,
        Semaphore::Closures => 600,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creations() -> Throughput {
        Throughput::of(Semaphore::Creations, RatePercent::ALL)
    }

    fn closures() -> Throughput {
        Throughput::of(Semaphore::Closures, RatePercent::ALL)
    }

    #[test]
    fn a_slot_takes_its_part_of_the_mean_duration() {
        assert_eq!(creations().secs_per_slot(&[]), 36);
        assert_eq!(creations().secs_per_slot(&[100, 200]), 30);
        assert_eq!(closures().secs_per_slot(&[300]), 100);
    }

    #[test]
    fn a_slot_takes_no_less_than_the_rate_limit_of_the_call() {
        assert_eq!(creations().secs_per_slot(&[5]), 10);
        let percent = "400".parse().unwrap();
        let faster = Throughput::of(Semaphore::Creations, percent);
        assert_eq!(faster.secs_per_slot(&[5]), 2);
        assert_eq!(closures().secs_per_slot(&[5]), 22);
    }

    #[test]
    fn only_the_last_durations_count() {
        let mut recent = Vec::new();
        for secs in std::iter::repeat_n(1000, 20).chain(std::iter::repeat_n(100, 10)) {
            record_duration(&mut recent, secs);
        }
        assert_eq!(creations().secs_per_slot(&recent), 20);
    }
}
