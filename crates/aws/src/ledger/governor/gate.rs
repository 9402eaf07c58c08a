//! A gate with a line before it: first come, first served, and nobody who stays away holds up the others.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use super::{
    pace::{self, Door},
    types::{Line, Stay, Turn, Waiter},
};

/// Who has not come this long after it should have is passed by, in seconds: the sweep of every minute would have sent it.
const LATE_SECS: i64 = 120;
/// Who has not come this much later still, in seconds, has lost its place.
const PATIENCE_SECS: i64 = 900;
/// How many may wait: DynamoDB keeps 400 KB in a row, and a place takes about 65 bytes. Who comes later asks again later.
const LONGEST: usize = 5000;
/// By when who is called comes, in seconds.
const CALLED_SECS: i64 = 60;

/// Who is inside, who waits, and how long the last stays took.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Queue {
    inside: BTreeMap<TenantId, Guest>,
    /// In the order they came.
    waiting: Vec<Place>,
    /// Seconds of the last stays that came to an end.
    recent: Vec<u32>,
}

/// Who is inside. Names are short because thousands of these lie in one row; times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Guest {
    /// When it came into the line.
    #[serde(rename = "c")]
    came: i64,
    /// When it was let in.
    #[serde(rename = "s")]
    since: i64,
    /// Until when at most.
    #[serde(rename = "u")]
    until: i64,
}

/// A place in the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    #[serde(rename = "t")]
    tenant: TenantId,
    #[serde(rename = "c")]
    came: i64,
    /// By when it should be back.
    #[serde(rename = "b")]
    back_by: i64,
}

impl Place {
    fn is_late(&self, now: i64) -> bool {
        now > self.back_by + LATE_SECS
    }
}

impl Queue {
    /// Lets a tenant in, or has it wait: there is room for `most` of the line at most. `None` means that nothing changes.
    pub(super) fn enter(
        self,
        tenant: &TenantId,
        now: Timestamp,
        hold: SignedDuration,
        door: Door,
        most: usize,
    ) -> (Option<Self>, Turn) {
        let mut queue = self.without_absent(now);
        let Some(index) = queue.join(tenant, now) else {
            return (None, queue.turned_away(door));
        };
        let ahead = queue.ahead(index, now);
        if queue.inside.contains_key(tenant) || ahead < queue.free(door).min(most) {
            queue.let_in(tenant, now, hold);
            return (Some(queue), Turn::Entered);
        }
        queue.wait(index, now, door, 0)
    }

    /// Has a tenant wait in the order it came, even if there is room or it was inside: for what keeps everybody out.
    pub(super) fn line_up(
        self,
        tenant: &TenantId,
        now: Timestamp,
        door: Door,
        at_least_secs: u32,
    ) -> (Option<Self>, Turn) {
        let mut queue = self.without_absent(now);
        let came = queue.inside.remove(tenant).map(|guest| guest.came);
        let index = match came {
            Some(came) => Some(queue.insert(tenant, came)),
            None => queue.join(tenant, now),
        };
        let Some(index) = index else {
            return (None, queue.turned_away(door));
        };
        let (changed, turn) = queue.clone().wait(index, now, door, at_least_secs);
        (changed.or_else(|| came.map(|_| queue)), turn)
    }

    /// Gives a place back, and says who may enter now.
    pub(super) fn leave(
        self,
        tenant: &TenantId,
        now: Timestamp,
        door: Door,
    ) -> (Option<Self>, Vec<TenantId>) {
        let mut queue = self.without_absent(now);
        let was_inside = queue.inside.remove(tenant).is_some();
        let waited = queue.waiting.len();
        queue.waiting.retain(|place| place.tenant != *tenant);
        let changed = was_inside || waited != queue.waiting.len();
        let next = queue.call(now, door);
        (changed.then_some(queue), next)
    }

    /// Ends the stay of a tenant if it was let in by `begun_by`, and says who may enter now. Whoever has come again since keeps
    /// its place.
    pub(super) fn end_stay(
        self,
        tenant: &TenantId,
        begun_by: Timestamp,
        now: Timestamp,
        door: Door,
    ) -> (Option<Self>, Vec<TenantId>) {
        let mut queue = self.without_absent(now);
        let stay = queue.inside.get(tenant);
        if stay.is_none_or(|guest| guest.since > begun_by.as_second()) {
            return (None, Vec::new());
        }
        queue.inside.remove(tenant);
        let next = queue.call(now, door);
        (Some(queue), next)
    }

    /// Notes how long the stay of a tenant took that is done. `None` means that nothing changes: it is not inside any more.
    pub(super) fn note(mut self, tenant: &TenantId, now: Timestamp) -> Option<Self> {
        let stay = now.as_second() - self.inside.get(tenant)?.since;
        pace::note(&mut self.recent, u32::try_from(stay).unwrap_or_default());
        Some(self)
    }

    pub(super) fn line(self, now: Timestamp, door: Door) -> Line {
        let queue = self.without_absent(now);
        let secs_a_place = queue.secs_a_place(door);
        let free = queue.free(door);
        let inside = queue.inside.iter().map(|(tenant, guest)| {
            let (since, until) = (at(guest.since), at(guest.until));
            (tenant.clone(), Stay { since, until })
        });
        let waiting = queue
            .waiting
            .iter()
            .enumerate()
            .map(|(index, place)| Waiter {
                tenant: place.tenant.clone(),
                since: at(place.came),
                expected_secs: expected(index, free, secs_a_place),
            });
        Line {
            inside: inside.collect(),
            waiting: waiting.collect(),
            secs_a_place,
        }
    }

    /// Those who may enter, in order, and whoever should have come before them. They are due soon, or passed by.
    fn call(&mut self, now: Timestamp, door: Door) -> Vec<TenantId> {
        let (mut free, now) = (self.free(door), now.as_second());
        let mut called = Vec::new();
        for place in &mut self.waiting {
            if free == 0 {
                break;
            }
            free -= usize::from(!place.is_late(now));
            place.back_by = place.back_by.min(now + CALLED_SECS);
            called.push(place.tenant.clone());
        }
        called
    }

    fn wait(
        mut self,
        index: usize,
        now: Timestamp,
        door: Door,
        at_least_secs: u32,
    ) -> (Option<Self>, Turn) {
        let free = self.free(door);
        let ahead = self.ahead(index, now);
        let expected_secs = expected(ahead, free, self.secs_a_place(door));
        let back_secs = pace::look_again(expected_secs).max(at_least_secs);
        let turn = Turn::Waiting {
            position: index + 1,
            length: self.waiting.len(),
            expected_secs,
            back_secs,
        };
        let Some(place) = self.waiting.get_mut(index) else {
            return (None, turn);
        };
        // Passes come back up to a fifth later than they are asked to.
        let (soonest, by) = (i64::from(back_secs), i64::from(back_secs) * 5 / 4);
        if place.back_by >= now.as_second() + soonest {
            return (None, turn);
        }
        place.back_by = now.as_second() + by;
        (Some(self), turn)
    }

    /// The line is as long as it may be: no place in it, so nothing to write.
    fn turned_away(&self, door: Door) -> Turn {
        let expected_secs = expected(LONGEST, 0, self.secs_a_place(door));
        Turn::Waiting {
            position: LONGEST + 1,
            length: LONGEST + 1,
            expected_secs,
            back_secs: pace::look_again(expected_secs),
        }
    }

    fn let_in(&mut self, tenant: &TenantId, now: Timestamp, hold: SignedDuration) {
        let now = now.as_second();
        let came = self.waiting.iter().find(|place| place.tenant == *tenant);
        let came = came.map_or(now, |place| place.came);
        self.waiting.retain(|place| place.tenant != *tenant);
        let guest = self.inside.entry(tenant.clone()).or_insert(Guest {
            came,
            since: now,
            until: now,
        });
        guest.until = now.saturating_add(hold.as_secs());
    }

    fn free(&self, door: Door) -> usize {
        door.capacity().saturating_sub(self.inside.len())
    }

    fn secs_a_place(&self, door: Door) -> u32 {
        pace::secs_a_place(&self.recent, door)
    }

    /// How many stand before a place and are there.
    fn ahead(&self, index: usize, now: Timestamp) -> usize {
        let before = self.waiting.iter().take(index);
        before
            .filter(|place| !place.is_late(now.as_second()))
            .count()
    }

    fn without_absent(mut self, now: Timestamp) -> Self {
        let now = now.as_second();
        self.inside.retain(|_, guest| guest.until > now);
        self.waiting
            .retain(|place| now < place.back_by + LATE_SECS + PATIENCE_SECS);
        self
    }

    /// The place in line, from 0; who is not in line joins it, if there is room.
    fn join(&mut self, tenant: &TenantId, now: Timestamp) -> Option<usize> {
        let mut places = self.waiting.iter();
        let place = places.position(|place| place.tenant == *tenant);
        let room = self.waiting.len() < LONGEST || self.inside.contains_key(tenant);
        place.or_else(|| room.then(|| self.insert(tenant, now.as_second())))
    }

    fn insert(&mut self, tenant: &TenantId, came: i64) -> usize {
        self.waiting.retain(|place| place.tenant != *tenant);
        let index = self.waiting.partition_point(|place| place.came <= came);
        let place = Place {
            tenant: tenant.clone(),
            came,
            back_by: 0,
        };
        self.waiting.insert(index, place);
        index
    }
}

/// Seconds until the place with so many before it is free.
fn expected(ahead: usize, free: usize, secs_a_place: u32) -> u32 {
    let places = (ahead + 1).saturating_sub(free);
    u32::try_from(places)
        .unwrap_or(u32::MAX)
        .saturating_mul(secs_a_place)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
