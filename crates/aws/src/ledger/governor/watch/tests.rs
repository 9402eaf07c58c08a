use super::*;
use WatchedState::{Absent, InProgress, Made};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn tenant(number: u8) -> TenantId {
    TenantId::from_random([number; 10])
}

fn made() -> WatchedState {
    Made("444455556666".parse().unwrap())
}

fn ask(watch: &mut Watch, number: u8, who: &str, second: i64) -> WatchAnswer {
    let request = format!("car-{number}");
    let (after, answer) = watch
        .clone()
        .ask(&tenant(number), &request, who, at(second));
    *watch = after.unwrap_or(watch.clone());
    answer
}

fn record(
    watch: &mut Watch,
    who: &str,
    number: u8,
    state: WatchedState,
    second: i64,
) -> Vec<TenantId> {
    let polled = [(format!("car-{number}"), state)];
    let (after, ended) = watch.clone().record(who, &polled, at(second));
    *watch = after;
    ended
}

fn two_begun() -> Watch {
    let watch = Watch::default().add(&tenant(1), "car-1", at(0));
    watch.add(&tenant(2), "car-2", at(5))
}

/// Only the other one of the two is left to poll.
fn both_but(number: u8) -> WatchAnswer {
    WatchAnswer::Poll(vec![format!("car-{}", 3 - number)])
}

fn both() -> WatchAnswer {
    WatchAnswer::Poll(vec!["car-1".into(), "car-2".into()])
}

#[test]
fn a_state_polled_a_moment_ago_is_fresh() {
    let mut watch = two_begun();
    assert_eq!(ask(&mut watch, 1, "a", 10), WatchAnswer::Cached(InProgress));
}

#[test]
fn one_pass_polls_all_and_the_others_read_the_cache() {
    let mut watch = two_begun();
    assert_eq!(ask(&mut watch, 1, "a", 20), both());
    assert_eq!(ask(&mut watch, 2, "b", 21), WatchAnswer::Cached(InProgress));
    assert_eq!(record(&mut watch, "a", 2, made(), 22), [tenant(2)]);
    assert_eq!(ask(&mut watch, 2, "b", 23), WatchAnswer::Cached(made()));
}

#[test]
fn a_pass_that_died_polling_is_replaced() {
    let mut watch = two_begun();
    assert_eq!(ask(&mut watch, 1, "a", 20), both());
    assert_eq!(ask(&mut watch, 2, "b", 49), WatchAnswer::Cached(InProgress));
    assert_eq!(ask(&mut watch, 2, "b", 50), both());
}

#[test]
fn the_end_of_a_creation_is_never_overwritten_and_is_told_once() {
    let mut watch = two_begun();
    assert_eq!(record(&mut watch, "a", 1, made(), 20), [tenant(1)]);
    assert_eq!(record(&mut watch, "b", 1, InProgress, 21), []);
    assert_eq!(record(&mut watch, "b", 1, Absent, 21), []);
    assert_eq!(ask(&mut watch, 1, "c", 600), WatchAnswer::Cached(made()));
}

#[test]
fn a_creation_that_is_not_cached_is_polled_at_once() {
    let mut watch = Watch::default();
    let poll = WatchAnswer::Poll(vec!["car-3".into()]);
    assert_eq!(ask(&mut watch, 3, "a", 20), poll);
    record(&mut watch, "a", 3, InProgress, 20);
    assert_eq!(ask(&mut watch, 3, "a", 25), WatchAnswer::Cached(InProgress));
}

#[test]
fn a_hint_makes_the_next_pass_poll_and_says_whose_it_is() {
    let mut watch = two_begun();
    let (after, whose) = watch.clone().invalidate("car-2");
    assert_eq!(whose, Some(tenant(2)));
    watch = after.unwrap();
    assert_eq!(ask(&mut watch, 1, "a", 6), WatchAnswer::Cached(InProgress));
    assert_eq!(ask(&mut watch, 2, "a", 6), both());
    assert_eq!(watch.invalidate("car-9"), (None, None));
}

#[test]
fn nobody_waits_for_a_poll_whose_pass_has_recorded_what_it_polled() {
    let mut watch = two_begun();
    assert_eq!(ask(&mut watch, 1, "a", 20), both());
    for (who, polled) in [("b", WatchAnswer::Cached(InProgress)), ("a", both_but(1))] {
        let mut after = watch.clone().forget("car-1", who).unwrap();
        assert_eq!(ask(&mut after, 2, "c", 21), polled, "{who}");
    }
}

#[test]
fn nobody_waits_for_a_pass_that_was_to_poll_and_does_not() {
    let mut watch = two_begun();
    assert_eq!(ask(&mut watch, 1, "a", 20), both());
    assert_eq!(watch.clone().leave_poll("b"), None);
    watch = watch.leave_poll("a").unwrap();
    assert_eq!(ask(&mut watch, 2, "b", 21), both());
}

#[test]
fn what_its_tenant_has_recorded_is_forgotten_and_the_rest_after_an_hour() {
    let mut watch = two_begun();
    record(&mut watch, "a", 1, made(), 20);
    let forgotten = watch.clone().forget("car-1", "a").unwrap();
    assert_eq!(forgotten.creations.len(), 1);
    assert_eq!(watch.clone().forget("car-7", "a"), None);
    record(&mut watch, "a", 2, InProgress, 20 + 3600);
    assert_eq!(
        watch.into_creations().into_keys().collect::<Vec<_>>(),
        ["car-2"]
    );
}

#[test]
fn the_watch_is_bounded_and_drops_what_has_ended_first() {
    let mut watch = Watch::default();
    for number in 0..30 {
        watch = watch.add(
            &tenant(number),
            &format!("car-{number}"),
            at(i64::from(number)),
        );
        record(
            &mut watch,
            "a",
            number,
            if number == 0 { InProgress } else { made() },
            100,
        );
    }
    assert_eq!(watch.creations.len(), MOST);
    assert!(watch.creations.contains_key("car-0"));
}
