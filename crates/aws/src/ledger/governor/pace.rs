//! How fast a line moves: from how long the last stays took, and no faster than the calls may be made.

use super::{
    rates::{RatePercent, rate},
    types::Gate,
};

/// How many stays are remembered.
const REMEMBERED: usize = 10;
/// The soonest a waiting tenant looks again, in seconds. Whoever gives a place back calls the next, so looking is only for
/// calls that were lost.
const SOONEST_SECS: u32 = 15;
/// The latest, in seconds: thousands of waiting tenants must not keep writing one row.
const LATEST_SECS: u32 = 1800;

/// A gate, and how fast the call inside may be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    gate: Gate,
    secs_a_call: u32,
}

impl Door {
    pub(super) fn of(gate: Gate, percent: RatePercent) -> Self {
        let interval = rate(gate.call()).map_or(0, |rate| percent.of(rate).interval.as_secs());
        Self {
            gate,
            secs_a_call: u32::try_from(interval).unwrap_or(u32::MAX),
        }
    }

    pub(super) const fn capacity(self) -> usize {
        self.gate.capacity()
    }
}

/// Notes how long a stay took.
pub(super) fn note(recent: &mut Vec<u32>, secs: u32) {
    recent.push(secs);
    let old = recent.len().saturating_sub(REMEMBERED);
    recent.drain(..old);
}

/// Seconds from one place to the next.
pub(super) fn secs_a_place(recent: &[u32], door: Door) -> u32 {
    let capacity = u32::try_from(door.capacity()).unwrap_or(1).max(1);
    let count = u32::try_from(recent.len()).unwrap_or(u32::MAX);
    let sum = recent
        .iter()
        .fold(0u32, |sum, secs| sum.saturating_add(*secs));
    let stay = sum
        .checked_div(count)
        .unwrap_or_else(|| usual_secs(door.gate));
    stay.div_ceil(capacity).max(door.secs_a_call)
}

/// When to look again for a turn that is so far away.
pub(super) fn look_again(expected_secs: u32) -> u32 {
    (expected_secs / 2).clamp(SOONEST_SECS, LATEST_SECS)
}

/// A stay before any has been seen: documents and users speak of minutes, and of up to hours for a closure.
const fn usual_secs(gate: Gate) -> u32 {
    match gate {
        Gate::Creations => 180,
        Gate::Closures => 600,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creations() -> Door {
        Door::of(Gate::Creations, RatePercent::ALL)
    }

    fn closures() -> Door {
        Door::of(Gate::Closures, RatePercent::ALL)
    }

    #[test]
    fn a_place_takes_its_part_of_the_mean_stay() {
        assert_eq!(secs_a_place(&[], creations()), 36);
        assert_eq!(secs_a_place(&[100, 200], creations()), 30);
        assert_eq!(secs_a_place(&[300], closures()), 100);
    }

    #[test]
    fn a_place_takes_no_less_than_the_calls_may() {
        assert_eq!(secs_a_place(&[5], creations()), 10);
        let percent = "400".parse().unwrap();
        assert_eq!(secs_a_place(&[5], Door::of(Gate::Creations, percent)), 2);
        assert_eq!(secs_a_place(&[5], closures()), 22);
    }

    #[test]
    fn only_the_last_stays_count() {
        let mut recent = Vec::new();
        for secs in std::iter::repeat_n(1000, 20).chain(std::iter::repeat_n(100, 10)) {
            note(&mut recent, secs);
        }
        assert_eq!(secs_a_place(&recent, creations()), 20);
    }
}
