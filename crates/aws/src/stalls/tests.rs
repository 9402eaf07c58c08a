//! Every retry, of every kind, ends; and what gets through is as if nothing had been.

use baseline::Wait;

use super::*;
use crate::pass::status;

const NETWORK: ComponentName = ComponentName::NETWORK;

const KINDS: [FailureKind; 9] = [
    FailureKind::Throttled,
    FailureKind::Transient,
    FailureKind::NotReady,
    FailureKind::Denied,
    FailureKind::Quota,
    FailureKind::Conflict,
    FailureKind::Invalid,
    FailureKind::Unknown,
    FailureKind::Bug,
];

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + secs).unwrap()
}

fn failing(kind: FailureKind) -> Outcome {
    let failure = Failure::retry(kind, "creating `vpc`", "no", 5);
    Outcome {
        failures: vec![failure],
        ..Outcome::new(NETWORK, ComponentState::Failed)
    }
}

fn waiting(component: ComponentName) -> Outcome {
    let wait = Wait {
        waiting_for: "NAT gateway `nat-1` to become available".into(),
        after_secs: 15,
    };
    Outcome {
        waits: vec![wait],
        ..Outcome::new(component, ComponentState::Waiting)
    }
}

/// Passes that all come to the same, a quarter of an hour apart; after how many seconds it stalled.
fn stalls_after(outcome: &Outcome, most: i64) -> Option<i64> {
    let mut before = None;
    (0..=most).step_by(900).find(|secs| {
        let left = stall(outcome.clone(), before.as_ref(), at(*secs));
        before = Some(status(&left, before.as_ref(), at(*secs)));
        left.state == ComponentState::Stalled
    })
}

#[test]
fn every_retry_ends_with_a_reason_and_a_remedy_whatever_its_kind() {
    for kind in KINDS {
        let after = stalls_after(&failing(kind), DAY);
        assert_eq!(after, Some(end(kind).after), "{kind:?}");
        let before = status(&failing(kind), None, at(0));
        let left = stall(failing(kind), Some(&before), at(DAY));
        let (reason, remedy) = left.failures[0].for_a_person().unwrap();
        assert!(reason.contains('-'), "{kind:?}");
        assert!(remedy.len() > 60, "{kind:?}");
        assert_eq!(left.failures[0].detail, "no");
        assert_eq!(left.failures[0].retry_after_secs(), Some(AGAIN_SECS));
    }
}

#[test]
fn a_retry_that_passes_in_time_is_no_stall() {
    let short = |kind| kind != FailureKind::Bug;
    for kind in KINDS.into_iter().filter(|kind| short(*kind)) {
        let before = status(&failing(kind), None, at(0));
        let last = end(kind).after - 1;
        let left = stall(failing(kind), Some(&before), at(last));
        assert_eq!(left, failing(kind));
    }
}

#[test]
fn waiting_ends_too_and_an_accounts_after_the_time_of_the_closures() {
    assert_eq!(stalls_after(&waiting(NETWORK), DAY), Some(2 * HOUR));
    let account = waiting(ComponentName::ACCOUNT);
    assert_eq!(stalls_after(&account, 31 * DAY), None);
    assert!(stalls_after(&account, 40 * DAY).is_some());
}

#[test]
fn a_stalled_component_stays_so_until_it_gets_through_and_leaves_by_itself() {
    for outcome in [failing(FailureKind::Transient), waiting(NETWORK)] {
        let mut before = status(&outcome, None, at(0));
        for secs in [2 * HOUR, 3 * HOUR, 9 * HOUR] {
            let left = stall(outcome.clone(), Some(&before), at(secs));
            assert_eq!(left.state, ComponentState::Stalled, "{secs}");
            before = status(&left, Some(&before), at(secs));
        }
        let through = Outcome::new(NETWORK, ComponentState::Ready);
        let left = stall(through.clone(), Some(&before), at(10 * HOUR));
        assert_eq!(left, through);
        let after = status(&left, Some(&before), at(10 * HOUR));
        assert_eq!(after.failing_since, None);
        // The next failure has its whole time.
        let again = stall(outcome, Some(&after), at(10 * HOUR + 900));
        assert_ne!(again.state, ComponentState::Stalled);
    }
}

#[test]
fn failures_with_waits_between_them_are_one_and_a_long_wait_begins_anew() {
    let failed = status(&failing(FailureKind::Unknown), None, at(0));
    let waits = status(&waiting(NETWORK), Some(&failed), at(300));
    assert_eq!(waits.failing_since, Some(at(0)));
    let again = stall(failing(FailureKind::Unknown), Some(&waits), at(HOUR));
    assert_eq!(again.state, ComponentState::Stalled);
    let longer = status(&waiting(NETWORK), Some(&waits), at(300 + APART_SECS + 1));
    assert_eq!(longer.failing_since, None);
}

#[test]
fn what_is_parked_is_left_as_it_is_and_a_retry_by_a_person_begins_anew() {
    let parked = Failure::park(FailureKind::Quota, "a", "b", "quota-reached", "raise it");
    let mut both = failing(FailureKind::Transient);
    both.failures.push(parked);
    both.state = ComponentState::Parked;
    let before = status(&failing(FailureKind::Transient), None, at(0));
    assert_eq!(stall(both.clone(), Some(&before), at(DAY)), both);
    let after = status(&both, Some(&before), at(DAY));
    assert_eq!(after.failing_since, None);
}
