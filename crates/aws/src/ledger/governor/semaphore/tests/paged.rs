//! A queue that is longer than one row: what is read and written is kept as rows, and no more of it is read than in the ledger.

use proptest::prelude::*;

use super::{super::pages::FRONT_MOST, *};

/// The rows of one semaphore, as JSON.
#[derive(Default)]
struct Rows {
    semaphore: String,
    pages: BTreeMap<u64, String>,
    notes: BTreeMap<TenantId, u64>,
    most_read: usize,
}

impl Rows {
    fn of(state: &SemaphoreState) -> Self {
        let mut rows = Self::default();
        rows.write(&SemaphoreState::default(), state);
        rows
    }

    fn read(&mut self, tenant: &TenantId, now: i64) -> SemaphoreState {
        let mut state: SemaphoreState = match self.semaphore.is_empty() {
            true => SemaphoreState::default(),
            false => serde_json::from_str(&self.semaphore).unwrap(),
        };
        let noted = self.notes.get(tenant).copied();
        let needed = state.pages_needed(tenant, noted, time(now));
        self.most_read = self.most_read.max(needed.len());
        for number in needed {
            let page = serde_json::from_str(&self.pages[&number]).unwrap();
            state.load_page(number, page);
        }
        state
    }

    fn write(&mut self, before: &SemaphoreState, after: &SemaphoreState) {
        self.semaphore = serde_json::to_string(after).unwrap();
        let read: Vec<u64> = before.loaded_pages().map(|(number, _)| number).collect();
        for number in read {
            self.pages.remove(&number);
        }
        for (number, waiters) in after.loaded_pages() {
            let page = serde_json::to_string(waiters).unwrap();
            self.pages.insert(number, page);
            let notes = waiters.iter().map(|it| (it.tenant.clone(), number));
            self.notes.extend(notes);
        }
    }

    fn change<R>(
        &mut self,
        who: &TenantId,
        now: i64,
        decide: impl Fn(SemaphoreState) -> (Option<SemaphoreState>, R),
    ) -> R {
        let before = self.read(who, now);
        let (after, answer) = decide(before.clone());
        if let Some(after) = after {
            self.write(&before, &after);
        }
        answer
    }

    fn acquire(&mut self, who: &TenantId, now: i64) -> Admission {
        let acquire =
            |state: SemaphoreState| state.acquire(who, time(now), HOLD, three(), usize::MAX);
        self.change(who, now, acquire)
    }

    fn release(&mut self, who: &TenantId, now: i64) -> Vec<TenantId> {
        self.change(who, now, |state| state.release(who, time(now), three()))
    }

    fn place(&mut self, who: &TenantId, now: i64) -> Option<(usize, usize)> {
        let found = self.read(who, now).position(who, time(now), three())?;
        Some((found.position, found.length))
    }

    fn largest(&self) -> usize {
        let rows = std::iter::once(&self.semaphore).chain(self.pages.values());
        rows.map(String::len).max().unwrap()
    }
}

fn numbered(number: usize) -> TenantId {
    let bytes = number.to_be_bytes();
    TenantId::from_random(std::array::from_fn(|index| match index {
        0..8 => bytes[index],
        _ => 7,
    }))
}

fn waiters(numbers: std::ops::Range<usize>) -> impl Iterator<Item = Queued> {
    numbers.map(|number| Queued {
        tenant: numbered(number),
        queued_at: 1_790_000_000,
        retry_by: 1_795_283_980,
        called_by: None,
    })
}

#[test]
fn fifty_thousand_wait_and_no_row_is_larger_than_64_kilobytes() {
    let mut state = SemaphoreState::default();
    state.queue.extend(waiters(0..FRONT_MOST));
    for queued in waiters(FRONT_MOST..LONGEST_QUEUE) {
        state.pages.push(queued);
    }
    let mut rows = Rows::of(&state);
    assert!(rows.largest() < 20_000, "{}", rows.largest());
    let now = 1_790_000_001;
    for number in [0, 199, 200, 25_000, 49_999] {
        let place = rows.place(&numbered(number), now);
        assert_eq!(place, Some((number + 1, LONGEST_QUEUE)));
    }
    assert!(rows.most_read <= 3, "{}", rows.most_read);
    // Who comes then asks again, until there is room.
    for _ in 0..3 {
        let next = rows.acquire(&numbered(0), now);
        let _ = rows.acquire(&numbered(1), now);
        assert_eq!(next, Admission::Admitted);
    }
    let late = numbered(70_000);
    rows.acquire(&numbered(60_000), now);
    rows.acquire(&numbered(60_001), now);
    let full = rows.semaphore.clone();
    let refused = position(rows.acquire(&late, now));
    assert_eq!(refused, (LONGEST_QUEUE + 1, LONGEST_QUEUE + 1));
    assert_eq!(rows.semaphore, full, "nothing is written");
    rows.release(&numbered(2), now);
    assert_eq!(
        position(rows.acquire(&late, now)),
        (LONGEST_QUEUE, LONGEST_QUEUE)
    );
    assert_eq!(rows.place(&late, now), Some((LONGEST_QUEUE, LONGEST_QUEUE)));
}

#[test]
fn hundreds_are_served_in_the_order_they_came_whatever_row_they_wait_in() {
    let mut rows = Rows::default();
    for number in 0..500 {
        rows.acquire(&numbered(number), 1);
    }
    assert!(rows.pages.len() > 3, "{}", rows.pages.len());
    for number in 0..500 {
        // Those that hold a slot, and those before, are no more in the queue.
        let now = i64::try_from(number).unwrap() + 2;
        let place = rows.place(&numbered(number + 10), now);
        let expected = (number + 10 < 500).then(|| (8, 500 - number - 3));
        assert_eq!(place, expected, "{number}");
        let called = rows.release(&numbered(number), now);
        let next = numbered(number + 3);
        assert_eq!(called.first(), (number + 3 < 500).then_some(&next));
        if number + 4 < 500 {
            let jumped = rows.acquire(&numbered(number + 4), now);
            assert_ne!(jumped, Admission::Admitted, "{number}");
        }
        if number + 3 < 500 {
            assert_eq!(rows.acquire(&next, now), Admission::Admitted);
        }
    }
    assert!(
        rows.pages.is_empty() && rows.most_read <= 3,
        "{}",
        rows.most_read
    );
}

#[test]
fn who_stays_away_does_not_stop_those_behind_in_pages() {
    let mut rows = Rows::default();
    for number in 0..500 {
        rows.acquire(&numbered(number), 1);
    }
    for number in 0..3 {
        rows.release(&numbered(number), 2);
    }
    // Nobody but the last ever asks again.
    let (last, mut second, mut asked) = (numbered(499), 3, 0);
    while let Admission::Queued { retry_secs, .. } = rows.acquire(&last, second) {
        second += i64::from(retry_secs);
        asked += 1;
        assert!(asked < 40, "{}", rows.semaphore);
    }
    assert!(second < 6 * 3600, "{second}");
}

#[test]
fn the_one_row_of_the_release_before_moves_into_pages_and_keeps_the_order() {
    let mut state = SemaphoreState::default();
    state.queue.extend(waiters(0..1000));
    let mut rows = Rows {
        semaphore: serde_json::to_string(&state).unwrap(),
        ..Rows::default()
    };
    let now = 1_790_000_001;
    for number in 1000..1020 {
        let place = position(rows.acquire(&numbered(number), now));
        // The first three get the free slots only when those before them come.
        assert_eq!(place, (number + 1, number + 1));
    }
    assert!(rows.largest() < 20_000, "{}", rows.largest());
    for number in [0, 200, 500, 999, 1000, 1019] {
        assert_eq!(rows.place(&numbered(number), now), Some((number + 1, 1020)));
    }
}

#[test]
fn who_gives_its_slot_up_goes_before_those_in_pages() {
    let mut rows = Rows::default();
    for number in 0..400 {
        rows.acquire(&numbered(number), 1 + i64::try_from(number).unwrap());
    }
    let enqueue = |state: SemaphoreState| state.enqueue(&numbered(1), time(500), three(), 7200);
    let place = position(rows.change(&numbered(1), 500, enqueue));
    assert_eq!(place, (1, 398));
    assert_eq!(rows.place(&numbered(399), 501), Some((398, 398)));
}

/// The queue from first to last.
fn order(state: &SemaphoreState) -> Vec<TenantId> {
    let behind = state.loaded_pages().flat_map(|(_, waiters)| waiters);
    let all = state.queue.iter().chain(behind);
    all.map(|queued| queued.tenant.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whoever reads all of the queue and whoever reads a few of its rows decide the same.
    #[test]
    fn a_queue_in_rows_admits_and_places_as_one_that_is_read_whole(
        asks in proptest::collection::vec((0u8..6, 0usize..420, 0i64..3), 1..120),
    ) {
        let mut whole = SemaphoreState::default();
        let mut rows = Rows::default();
        for number in 0..330 {
            let who = numbered(number);
            rows.acquire(&who, 1);
            whole = whole.clone().acquire(&who, time(1), HOLD, three(), usize::MAX).0.unwrap_or(whole);
        }
        let mut now = 2;
        for (kind, number, pause) in asks {
            now += pause;
            let who = numbered(number);
            let held: Vec<TenantId> = whole.holders.keys().cloned().collect();
            // Half of the releases are by those who hold a slot.
            let leaver = held.get(number % 6).unwrap_or(&who);
            let first = whole.queue.first().map(|queued| queued.tenant.clone());
            match kind {
                0 | 1 => {
                    let (after, called) = whole.clone().release(leaver, time(now), three());
                    whole = after.unwrap_or(whole);
                    prop_assert_eq!(rows.release(leaver, now), called);
                }
                2 => {
                    let enqueue = |state: SemaphoreState| state.enqueue(&who, time(now), three(), 300);
                    let (after, queued) = enqueue(whole.clone());
                    whole = after.unwrap_or(whole);
                    prop_assert_eq!(position(rows.change(&who, now, enqueue)), position(queued));
                }
                _ => {
                    let who = first.filter(|_| kind == 3).unwrap_or(who);
                    let acquire = whole.clone().acquire(&who, time(now), HOLD, three(), usize::MAX);
                    whole = acquire.0.unwrap_or(whole);
                    prop_assert_eq!(position(rows.acquire(&who, now)), position(acquire.1));
                }
            }
            prop_assert!(rows.most_read <= 3 && whole.holders.len() <= 3);
        }
        let mut read: SemaphoreState = serde_json::from_str(&rows.semaphore).unwrap();
        for (number, page) in &rows.pages {
            read.load_page(*number, serde_json::from_str(page).unwrap());
        }
        prop_assert_eq!(order(&read), order(&whole));
        prop_assert_eq!(&read.holders, &whole.holders);
    }
}
