use super::*;
use crate::ledger::governor::{rates::RatePercent, types::Gate};

const HOLD: SignedDuration = SignedDuration::from_secs(600);
/// Three at a time.
fn door() -> Door {
    Door::of(Gate::Closures, RatePercent::ALL)
}

fn tenant(number: u8) -> TenantId {
    TenantId::from_random([number; 10])
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn enter(queue: &mut Queue, number: u8, second: i64) -> Turn {
    let (after, turn) =
        queue
            .clone()
            .enter(&tenant(number), time(second), HOLD, door(), usize::MAX);
    *queue = after.unwrap_or(queue.clone());
    turn
}

fn leave(queue: &mut Queue, number: u8, second: i64) -> Vec<TenantId> {
    let (after, next) = queue.clone().leave(&tenant(number), time(second), door());
    *queue = after.unwrap_or(queue.clone());
    next
}

fn line_up(queue: &mut Queue, number: u8, second: i64, at_least: u32) -> Turn {
    let (after, turn) = queue
        .clone()
        .line_up(&tenant(number), time(second), door(), at_least);
    *queue = after.unwrap_or(queue.clone());
    turn
}

fn place(turn: Turn) -> (usize, usize) {
    match turn {
        Turn::Waiting {
            position, length, ..
        } => (position, length),
        Turn::Entered => (0, 0),
    }
}

/// 1, 2 and 3 are inside, 4 and 5 wait.
fn full_with_two_waiting() -> Queue {
    let mut queue = Queue::default();
    for number in 1..=3 {
        assert_eq!(enter(&mut queue, number, 0), Turn::Entered);
    }
    assert_eq!(place(enter(&mut queue, 4, 1)), (1, 1));
    assert_eq!(place(enter(&mut queue, 5, 2)), (2, 2));
    queue
}

fn waiting(queue: &Queue, second: i64) -> Vec<TenantId> {
    let line = queue.clone().line(time(second), door());
    line.waiting
        .into_iter()
        .map(|waiter| waiter.tenant)
        .collect()
}

#[test]
fn who_came_first_enters_first() {
    let mut queue = full_with_two_waiting();
    assert_eq!(leave(&mut queue, 1, 3), [tenant(4)]);
    assert_eq!(place(enter(&mut queue, 5, 4)), (2, 2), "4 is before 5");
    assert_eq!(enter(&mut queue, 4, 5), Turn::Entered);
    assert_eq!(place(enter(&mut queue, 5, 6)), (1, 1));
}

#[test]
fn who_is_inside_stays_inside_by_asking_again() {
    let mut queue = full_with_two_waiting();
    assert_eq!(enter(&mut queue, 1, 500), Turn::Entered);
    let line = queue.line(time(500), door());
    let stay = &line.inside[&tenant(1)];
    assert_eq!((stay.since, stay.until), (time(0), time(1100)));
}

#[test]
fn who_died_inside_makes_room_after_a_while() {
    let mut queue = full_with_two_waiting();
    assert_eq!(place(enter(&mut queue, 4, 599)), (1, 2));
    assert_eq!(enter(&mut queue, 4, 600), Turn::Entered);
}

#[test]
fn who_is_called_and_does_not_come_is_passed_by_and_keeps_its_place_for_a_while() {
    let mut queue = full_with_two_waiting();
    assert_eq!(leave(&mut queue, 1, 10), [tenant(4)]);
    assert_eq!(place(enter(&mut queue, 5, 60)), (2, 2), "4 has a minute");
    assert_eq!(enter(&mut queue, 5, 10 + 60 + 121), Turn::Entered);
    assert_eq!(waiting(&queue, 200), [tenant(4)]);
    assert_eq!(leave(&mut queue, 2, 200), [tenant(4)]);
    assert_eq!(enter(&mut queue, 4, 210), Turn::Entered);
}

#[test]
fn everybody_behind_a_crowd_that_never_comes_gets_in() {
    let mut queue = full_with_two_waiting();
    for number in 6..=12 {
        enter(&mut queue, number, 3);
    }
    for number in 1..=3 {
        leave(&mut queue, number, 10);
    }
    // Nobody of 4 to 11 ever comes: 12 asks as often as it was told to.
    let mut second = 10;
    let mut asked = 0;
    while let Turn::Waiting { back_secs, .. } = enter(&mut queue, 12, second) {
        second += i64::from(back_secs);
        asked += 1;
        assert!(asked < 20, "{queue:?}");
    }
    assert!(second < 3600, "{second}");
}

#[test]
fn who_stopped_asking_loses_its_place_in_the_end() {
    let mut queue = full_with_two_waiting();
    let Turn::Waiting { back_secs, .. } = enter(&mut queue, 6, 3) else {
        panic!("6 waits");
    };
    let gone = 3 + i64::from(back_secs) * 5 / 4 + LATE_SECS + PATIENCE_SECS;
    assert!(waiting(&queue, gone - 1).contains(&tenant(6)));
    assert!(!waiting(&queue, gone).contains(&tenant(6)));
}

#[test]
fn what_keeps_everybody_out_keeps_the_order() {
    let mut queue = Queue::default();
    for number in 1..=4 {
        line_up(&mut queue, number, i64::from(number), 300);
    }
    assert_eq!(waiting(&queue, 10), [1, 2, 3, 4].map(tenant));
    // 4 is the first to hear that the way is free, and goes nevertheless last.
    assert_eq!(place(enter(&mut queue, 4, 20)), (4, 4));
    assert_eq!(enter(&mut queue, 2, 21), Turn::Entered);
}

#[test]
fn where_there_is_room_for_one_the_first_in_line_gets_it() {
    let mut queue = Queue::default();
    line_up(&mut queue, 1, 0, 3600);
    let (after, turn) = queue.clone().enter(&tenant(2), time(9), HOLD, door(), 1);
    assert_eq!(place(turn), (2, 2));
    let (_, turn) = after.unwrap().enter(&tenant(1), time(10), HOLD, door(), 1);
    assert_eq!(turn, Turn::Entered);
}

#[test]
fn who_steps_back_from_inside_is_where_it_was_before_those_who_came_later() {
    let mut queue = full_with_two_waiting();
    assert_eq!(place(line_up(&mut queue, 2, 50, 7200)), (1, 3));
    assert_eq!(waiting(&queue, 51), [2, 4, 5].map(tenant));
    // An hour later nobody has been passed by: they were told to stay away.
    line_up(&mut queue, 4, 52, 7200);
    line_up(&mut queue, 5, 53, 7200);
    assert_eq!(place(enter(&mut queue, 6, 3600)), (4, 4));
    assert_eq!(waiting(&queue, 3601), [2, 4, 5, 6].map(tenant));
}

#[test]
fn the_time_to_wait_follows_from_the_place_and_the_last_stays() {
    let mut queue = full_with_two_waiting();
    for (number, second) in [(1, 300), (2, 600)] {
        queue = queue.note(&tenant(number), time(second)).unwrap();
    }
    assert_eq!(
        queue.clone().note(&tenant(4), time(9)),
        None,
        "4 was never inside"
    );
    let Turn::Waiting { expected_secs, .. } = enter(&mut queue, 5, 3) else {
        panic!("5 waits");
    };
    assert_eq!(expected_secs, 2 * 150);
    let line = queue.line(time(3), door());
    assert_eq!(line.secs_a_place, 150);
    assert_eq!(line.waiting[0].expected_secs, 150);
}

#[test]
fn asking_again_soon_writes_nothing() {
    let queue = full_with_two_waiting();
    let (after, turn) = queue.clone().enter(&tenant(4), time(10), HOLD, door(), 9);
    assert_eq!((after, place(turn)), (None, (1, 2)));
    let (after, _) = queue.enter(&tenant(4), time(110), HOLD, door(), 9);
    assert!(after.is_some());
}

#[test]
fn the_end_of_an_earlier_stay_takes_no_place_away() {
    let mut queue = full_with_two_waiting();
    let (after, next) = queue.clone().end_stay(&tenant(1), time(5), time(9), door());
    assert_eq!(next, [tenant(4)]);
    queue = after.unwrap();
    assert_eq!(place(enter(&mut queue, 1, 10)), (3, 3));
    let again = queue
        .clone()
        .end_stay(&tenant(1), time(5), time(11), door());
    assert_eq!(again, (None, vec![]), "in line again");
    for (number, second) in [(4, 12), (2, 12), (3, 12), (5, 13)] {
        queue = queue
            .clone()
            .leave(&tenant(number), time(second), door())
            .0
            .unwrap();
    }
    assert_eq!(enter(&mut queue, 1, 14), Turn::Entered);
    let again = queue
        .clone()
        .end_stay(&tenant(1), time(5), time(15), door());
    assert_eq!(again, (None, vec![]), "inside again");
}

#[test]
fn leaving_twice_writes_nothing() {
    let queue = Queue::default();
    assert_eq!(queue.leave(&tenant(1), time(0), door()), (None, vec![]));
}

#[test]
fn thousands_fit_into_a_row() {
    let mut queue = Queue::default();
    for number in 0u16..5000 {
        let [high, low] = number.to_be_bytes();
        let id = TenantId::from_random([high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
        queue.insert(&id, 1_790_000_000);
    }
    let bytes = serde_json::to_string(&queue).unwrap().len();
    // Source: DynamoDB quotas: an item has at most 400 KB.
    assert!(bytes < 400_000, "{bytes}");
}

#[test]
fn a_line_ends_where_a_row_of_the_ledger_does_and_who_comes_then_asks_again() {
    let mut queue = full_with_two_waiting();
    let place = |number: usize| Place {
        tenant: TenantId::from_random(std::array::from_fn(|byte| number.to_be_bytes()[byte % 8])),
        came: 3,
        back_by: 1_795_283_980,
    };
    queue.waiting.extend((2..LONGEST).map(place));
    let full = queue.clone();
    let Turn::Waiting { position, .. } = enter(&mut queue, 77, 4) else {
        panic!("there is no room");
    };
    assert_eq!((position, &queue), (LONGEST + 1, &full));
    assert_eq!(place_of(enter(&mut queue, 4, 5)), 1);
    assert!(serde_json::to_string(&full).unwrap().len() < 350_000);
    leave(&mut queue, 5, 6);
    assert_eq!(place_of(enter(&mut queue, 77, 7)), LONGEST);
}

fn place_of(turn: Turn) -> usize {
    place(turn).0
}
