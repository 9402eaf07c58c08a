use super::*;
use crate::ledger::governor::{rates::RatePercent, types::Semaphore};

const HOLD: SignedDuration = SignedDuration::from_secs(600);
/// Three at a time.
fn three() -> Throughput {
    Throughput::of(Semaphore::Closures, RatePercent::ALL)
}

fn tenant(number: u8) -> TenantId {
    TenantId::from_random([number; 10])
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn acquire(state: &mut SemaphoreState, number: u8, second: i64) -> Admission {
    let (after, admission) =
        state
            .clone()
            .acquire(&tenant(number), time(second), HOLD, three(), usize::MAX);
    *state = after.unwrap_or(state.clone());
    admission
}

fn release(state: &mut SemaphoreState, number: u8, second: i64) -> Vec<TenantId> {
    let (after, next) = state
        .clone()
        .release(&tenant(number), time(second), three());
    *state = after.unwrap_or(state.clone());
    next
}

fn enqueue(state: &mut SemaphoreState, number: u8, second: i64, at_least: u32) -> Admission {
    let (after, admission) =
        state
            .clone()
            .enqueue(&tenant(number), time(second), three(), at_least);
    *state = after.unwrap_or(state.clone());
    admission
}

fn position(admission: Admission) -> (usize, usize) {
    match admission {
        Admission::Queued {
            position, length, ..
        } => (position, length),
        Admission::Admitted => (0, 0),
    }
}

/// 1, 2 and 3 hold the slots, 4 and 5 wait.
fn full_with_two_waiting() -> SemaphoreState {
    let mut state = SemaphoreState::default();
    for number in 1..=3 {
        assert_eq!(acquire(&mut state, number, 0), Admission::Admitted);
    }
    assert_eq!(position(acquire(&mut state, 4, 1)), (1, 1));
    assert_eq!(position(acquire(&mut state, 5, 2)), (2, 2));
    state
}

fn waiting(state: &SemaphoreState, second: i64) -> Vec<TenantId> {
    let usage = state.clone().usage(time(second), three());
    usage
        .queue
        .into_iter()
        .map(|waiter| waiter.tenant)
        .collect()
}

#[test]
fn who_came_first_is_admitted_first() {
    let mut state = full_with_two_waiting();
    assert_eq!(release(&mut state, 1, 3), [tenant(4)]);
    assert_eq!(position(acquire(&mut state, 5, 4)), (2, 2), "4 is before 5");
    assert_eq!(acquire(&mut state, 4, 5), Admission::Admitted);
    assert_eq!(position(acquire(&mut state, 5, 6)), (1, 1));
}

#[test]
fn who_holds_a_slot_keeps_it_by_acquiring_it_again() {
    let mut state = full_with_two_waiting();
    assert_eq!(acquire(&mut state, 1, 500), Admission::Admitted);
    let usage = state.usage(time(500), three());
    let slot = &usage.holders[&tenant(1)];
    assert_eq!((slot.since, slot.until), (time(0), time(1100)));
}

#[test]
fn a_slot_of_a_pass_that_died_expires() {
    let mut state = full_with_two_waiting();
    assert_eq!(position(acquire(&mut state, 4, 599)), (1, 2));
    assert_eq!(acquire(&mut state, 4, 600), Admission::Admitted);
}

#[test]
fn who_is_called_and_does_not_come_is_passed_over_and_keeps_its_position_for_a_while() {
    let mut state = full_with_two_waiting();
    assert_eq!(release(&mut state, 1, 10), [tenant(4)]);
    assert_eq!(
        position(acquire(&mut state, 5, 60)),
        (2, 2),
        "4 has a minute"
    );
    assert_eq!(acquire(&mut state, 5, 10 + 60 + 121), Admission::Admitted);
    assert_eq!(waiting(&state, 200), [tenant(4)]);
    assert_eq!(release(&mut state, 2, 200), [tenant(4)]);
    assert_eq!(acquire(&mut state, 4, 210), Admission::Admitted);
}

#[test]
fn everybody_behind_waiters_that_never_come_is_admitted() {
    let mut state = full_with_two_waiting();
    for number in 6..=12 {
        acquire(&mut state, number, 3);
    }
    for number in 1..=3 {
        release(&mut state, number, 10);
    }
    // Nobody of 4 to 11 ever comes: 12 asks as often as it was told to.
    let mut second = 10;
    let mut asked = 0;
    while let Admission::Queued { retry_secs, .. } = acquire(&mut state, 12, second) {
        second += i64::from(retry_secs);
        asked += 1;
        assert!(asked < 20, "{state:?}");
    }
    assert!(second < 3600, "{second}");
}

#[test]
fn who_stopped_asking_loses_its_position_in_the_end() {
    let mut state = full_with_two_waiting();
    let Admission::Queued { retry_secs, .. } = acquire(&mut state, 6, 3) else {
        panic!("6 waits");
    };
    let lost = 3 + i64::from(latest(retry_secs)) + LATE_SECS + ABANDONED_SECS;
    assert!(waiting(&state, lost - 1).contains(&tenant(6)));
    assert!(!waiting(&state, lost).contains(&tenant(6)));
}

#[test]
fn who_is_called_in_vain_is_passed_over_and_has_its_position_when_it_comes_by_itself() {
    let mut state = full_with_two_waiting();
    for number in 6..=100 {
        acquire(&mut state, number, 3);
    }
    let last = |state: &mut SemaphoreState| match acquire(state, 101, 4) {
        Admission::Queued { retry_secs, .. } => retry_secs,
        Admission::Admitted => panic!("101 waits"),
    };
    let comes_at = 4 + i64::from(latest(last(&mut state)));
    assert!(comes_at > LATE_SECS + ABANDONED_SECS, "{comes_at}");
    for number in 1..=100 {
        release(&mut state, number, 5);
    }
    // The message was lost; others come, and do not wait for it.
    let late = 5 + CALLED_SECS + LATE_SECS + 1;
    for (numbers, second) in [(102..=104, late), (105..=107, comes_at - 60)] {
        for number in numbers {
            let admission = acquire(&mut state, number, second);
            assert_eq!(admission, Admission::Admitted);
        }
    }
    for number in 108..=110 {
        acquire(&mut state, number, comes_at - 60);
    }
    assert_eq!(position(acquire(&mut state, 101, comes_at)), (1, 4));
    assert_eq!(release(&mut state, 105, comes_at + 1), [tenant(101)]);
}

#[test]
fn what_keeps_everybody_out_keeps_the_order() {
    let mut state = SemaphoreState::default();
    for number in 1..=4 {
        enqueue(&mut state, number, i64::from(number), 300);
    }
    assert_eq!(waiting(&state, 10), [1, 2, 3, 4].map(tenant));
    // 4 is the first to hear that the way is free, and goes nevertheless last.
    assert_eq!(position(acquire(&mut state, 4, 20)), (4, 4));
    assert_eq!(acquire(&mut state, 2, 21), Admission::Admitted);
}

#[test]
fn where_there_is_room_for_one_the_first_of_the_queue_gets_it() {
    let mut state = SemaphoreState::default();
    enqueue(&mut state, 1, 0, 3600);
    let (after, admission) = state.clone().acquire(&tenant(2), time(9), HOLD, three(), 1);
    assert_eq!(position(admission), (2, 2));
    let (_, admission) = after
        .unwrap()
        .acquire(&tenant(1), time(10), HOLD, three(), 1);
    assert_eq!(admission, Admission::Admitted);
}

#[test]
fn who_gives_its_slot_up_and_queues_is_ahead_of_those_who_came_later() {
    let mut state = full_with_two_waiting();
    assert_eq!(position(enqueue(&mut state, 2, 50, 7200)), (1, 3));
    assert_eq!(waiting(&state, 51), [2, 4, 5].map(tenant));
    // An hour later nobody has been passed over: they were told to stay away.
    enqueue(&mut state, 4, 52, 7200);
    enqueue(&mut state, 5, 53, 7200);
    assert_eq!(position(acquire(&mut state, 6, 3600)), (4, 4));
    assert_eq!(waiting(&state, 3601), [2, 4, 5, 6].map(tenant));
}

#[test]
fn the_time_to_wait_follows_from_the_position_and_the_last_durations() {
    let mut state = full_with_two_waiting();
    for (number, second) in [(1, 300), (2, 600)] {
        state = state
            .record_duration(&tenant(number), time(second))
            .unwrap();
    }
    assert_eq!(
        state.clone().record_duration(&tenant(4), time(9)),
        None,
        "4 holds no slot"
    );
    let Admission::Queued { expected_secs, .. } = acquire(&mut state, 5, 3) else {
        panic!("5 waits");
    };
    assert_eq!(expected_secs, 2 * 150);
    let usage = state.usage(time(3), three());
    assert_eq!(usage.secs_per_slot, 150);
    assert_eq!(usage.queue[0].expected_secs, 150);
}

#[test]
fn asking_again_soon_writes_nothing() {
    let state = full_with_two_waiting();
    let (after, admission) = state
        .clone()
        .acquire(&tenant(4), time(10), HOLD, three(), 9);
    assert_eq!((after, position(admission)), (None, (1, 2)));
    let (after, _) = state.acquire(&tenant(4), time(110), HOLD, three(), 9);
    assert!(after.is_some());
}

#[test]
fn releasing_an_earlier_slot_takes_no_later_one_away() {
    let mut state = full_with_two_waiting();
    let (after, next) = state
        .clone()
        .release_acquired_by(&tenant(1), time(5), time(9), three());
    assert_eq!(next, [tenant(4)]);
    state = after.unwrap();
    assert_eq!(position(acquire(&mut state, 1, 10)), (3, 3));
    let again = state
        .clone()
        .release_acquired_by(&tenant(1), time(5), time(11), three());
    assert_eq!(again, (None, vec![]), "queued again");
    for (number, second) in [(4, 12), (2, 12), (3, 12), (5, 13)] {
        state = state
            .clone()
            .release(&tenant(number), time(second), three())
            .0
            .unwrap();
    }
    assert_eq!(acquire(&mut state, 1, 14), Admission::Admitted);
    let again = state
        .clone()
        .release_acquired_by(&tenant(1), time(5), time(15), three());
    assert_eq!(again, (None, vec![]), "holds a slot again");
}

#[test]
fn releasing_twice_writes_nothing() {
    let state = SemaphoreState::default();
    assert_eq!(state.release(&tenant(1), time(0), three()), (None, vec![]));
}

#[test]
fn the_row_of_an_earlier_release_is_read_and_written_as_it_is() {
    let row = r#"{"inside":{"FIRST":{"c":1,"s":2,"u":3}},"waiting":[{"t":"SECOND","c":4,"b":5}],"recent":[6]}"#;
    let id = |number| tenant(number).to_string();
    let row = row.replace("FIRST", &id(1)).replace("SECOND", &id(2));
    let state: SemaphoreState = serde_json::from_str(&row).unwrap();
    assert_eq!(state.holders[&tenant(1)].acquired_at, 2);
    assert_eq!(state.queue[0].retry_by, 5);
    assert_eq!(serde_json::to_string(&state).unwrap(), row);
}

mod paged;
