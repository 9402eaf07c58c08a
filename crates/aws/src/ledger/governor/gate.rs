//! A gate with a line before it: first come, first served, and nobody who went away blocks it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use crate::ledger::{Line, Turn};

/// How long who waits may be silent, in seconds.
const PATIENCE_SECS: i64 = 900;

/// Sightings of who waits are only written this often, in seconds, for the whole line is one row.
const NOTED_EVERY_SECS: i64 = 120;

/// Who is inside and who waits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Queue {
    /// Until when at most.
    inside: BTreeMap<TenantId, Timestamp>,
    /// In the order they came, with when they were last seen.
    waiting: Vec<(TenantId, Timestamp)>,
}

impl Queue {
    /// Lets a tenant in or has it wait. `None` means that nothing changes.
    pub(super) fn enter(
        self,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        capacity: usize,
    ) -> (Option<Self>, Turn) {
        let mut queue = self.without_absent(now);
        let position = queue.position(tenant, now);
        let free = capacity.saturating_sub(queue.inside.len());
        if queue.inside.contains_key(tenant) || position < free {
            queue.waiting.retain(|(other, _)| other != tenant);
            let until = now.checked_add(hold).unwrap_or(Timestamp::MAX);
            queue.inside.insert(tenant.clone(), until);
            return (Some(queue), Turn::Entered);
        }
        let turn = Turn::Waiting {
            position: position + 1,
            length: queue.waiting.len(),
        };
        let seen = queue.waiting.iter_mut().find(|(other, _)| other == tenant);
        let is_new = match seen {
            Some((_, seen)) if now.as_second() - seen.as_second() < NOTED_EVERY_SECS => {
                *seen == now
            }
            Some((_, seen)) => {
                *seen = now;
                true
            }
            None => false,
        };
        (is_new.then_some(queue), turn)
    }

    /// Gives a place back, and says who may enter now.
    pub(super) fn leave(
        self,
        tenant: &TenantId,
        now: Timestamp,
        capacity: usize,
    ) -> (Option<Self>, Vec<TenantId>) {
        let mut queue = self.without_absent(now);
        let was_inside = queue.inside.remove(tenant).is_some();
        let waited = queue.waiting.len();
        queue.waiting.retain(|(other, _)| other != tenant);
        let free = capacity.saturating_sub(queue.inside.len());
        let next = queue.waiting.iter().take(free);
        let next = next.map(|(tenant, _)| tenant.clone()).collect();
        let changed = was_inside || waited != queue.waiting.len();
        (changed.then_some(queue), next)
    }

    pub(super) fn line(self, now: Timestamp) -> Line {
        let queue = self.without_absent(now);
        Line {
            inside: queue.inside,
            waiting: queue
                .waiting
                .into_iter()
                .map(|(tenant, _)| tenant)
                .collect(),
        }
    }

    fn without_absent(mut self, now: Timestamp) -> Self {
        self.inside.retain(|_, until| *until > now);
        self.waiting
            .retain(|(_, seen)| now.as_second() - seen.as_second() < PATIENCE_SECS);
        self
    }

    /// The place in line, from 0; who is not in line joins it.
    fn position(&mut self, tenant: &TenantId, now: Timestamp) -> usize {
        let place = self.waiting.iter().position(|(other, _)| other == tenant);
        place.unwrap_or_else(|| {
            self.waiting.push((tenant.clone(), now));
            self.waiting.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: SignedDuration = SignedDuration::from_secs(600);

    fn tenant(number: u8) -> TenantId {
        TenantId::from_random([number; 10])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn enter(queue: &mut Queue, number: u8, second: i64) -> Turn {
        let (after, turn) = queue.clone().enter(&tenant(number), at(second), HOLD, 2);
        *queue = after.unwrap_or(queue.clone());
        turn
    }

    fn waiting(position: usize, length: usize) -> Turn {
        Turn::Waiting { position, length }
    }

    fn full_with_two_waiting() -> Queue {
        let mut queue = Queue::default();
        assert_eq!(enter(&mut queue, 1, 0), Turn::Entered);
        assert_eq!(enter(&mut queue, 2, 0), Turn::Entered);
        assert_eq!(enter(&mut queue, 3, 1), waiting(1, 1));
        assert_eq!(enter(&mut queue, 4, 2), waiting(2, 2));
        queue
    }

    #[test]
    fn who_came_first_enters_first() {
        let mut queue = full_with_two_waiting();
        let (after, next) = queue.clone().leave(&tenant(1), at(3), 2);
        assert_eq!(next, [tenant(3)]);
        queue = after.unwrap();
        assert_eq!(enter(&mut queue, 4, 4), waiting(2, 2), "3 is before 4");
        assert_eq!(enter(&mut queue, 3, 5), Turn::Entered);
        assert_eq!(enter(&mut queue, 4, 6), waiting(1, 1));
    }

    #[test]
    fn who_is_inside_stays_inside_by_asking_again() {
        let mut queue = full_with_two_waiting();
        assert_eq!(enter(&mut queue, 1, 500), Turn::Entered);
        assert_eq!(queue.inside[&tenant(1)], at(1100));
    }

    #[test]
    fn who_died_inside_makes_room_after_a_while() {
        let mut queue = full_with_two_waiting();
        assert_eq!(enter(&mut queue, 3, 599), waiting(1, 2));
        assert_eq!(enter(&mut queue, 3, 600), Turn::Entered);
    }

    #[test]
    fn who_stopped_asking_loses_its_place() {
        let mut queue = full_with_two_waiting();
        for second in [500, 1000] {
            for number in [1, 2, 4] {
                enter(&mut queue, number, second);
            }
        }
        assert_eq!(enter(&mut queue, 4, 1001), waiting(1, 1));
        assert_eq!(queue.line(at(1001)).waiting, [tenant(4)]);
    }

    #[test]
    fn asking_again_soon_writes_nothing() {
        let queue = full_with_two_waiting();
        let (after, turn) = queue.clone().enter(&tenant(3), at(60), HOLD, 2);
        assert_eq!((after, turn), (None, waiting(1, 2)));
        let (after, _) = queue.enter(&tenant(3), at(200), HOLD, 2);
        assert!(after.is_some());
    }

    #[test]
    fn leaving_twice_writes_nothing() {
        let queue = Queue::default();
        assert_eq!(queue.leave(&tenant(1), at(0), 2), (None, vec![]));
    }
}
