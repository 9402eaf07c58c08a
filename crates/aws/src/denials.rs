//! When a refused right is believed. Pure.
//!
//! IAM takes a while to know a role's new policy everywhere, and a policy that asks for our tags refuses what is gone already but
//! was still shown. Both are over by the next look; a person is called when the refusal lasts.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use tenancy::{
    ComponentName, ComponentState, ComponentStatus, Failure, FailureKind, Next, Timestamp,
};

use crate::errors;

/// How long a component must have failed before a refusal is believed (IAM User Guide, "Troubleshoot IAM", "Changes that I make
/// are not always immediately visible").
const CATCHING_UP_SECS: i64 = 120;
/// When to look again until then, in seconds.
const AGAIN_SECS: u32 = 20;

/// The report of a pass, with fresh refusals to be tried again instead of parked. `before` is how the components were seen last.
pub fn believed(
    mut report: PassReport,
    before: &BTreeMap<ComponentName, ComponentStatus>,
    now: Timestamp,
) -> PassReport {
    let known = |outcome: Outcome| {
        let before = before.get(&outcome.component);
        believed_of_one(outcome, before, now)
    };
    report.outcomes = report.outcomes.into_iter().map(known).collect();
    report
}

/// The same for one component.
pub fn believed_of_one(
    mut outcome: Outcome,
    before: Option<&ComponentStatus>,
    now: Timestamp,
) -> Outcome {
    if !lasts(before, now) {
        doubt(&mut outcome);
    }
    outcome
}

/// Whether the sessions of the pass may be what AWS refuses. Those of a role that was deleted and made again, or whose sessions
/// were revoked, stay refused until they end (IAM User Guide, "Revoking IAM role temporary security credentials"); AWS says
/// AccessDenied, InvalidClientTokenId or AuthFailure, and all of them say other things too.
pub fn doubts_sessions(report: &PassReport) -> bool {
    let refused =
        |failure: &Failure| matches!(failure.kind, FailureKind::Denied | FailureKind::NotReady);
    report.failures().any(refused)
}

fn lasts(before: Option<&ComponentStatus>, now: Timestamp) -> bool {
    before.is_some_and(|status| match status.state {
        ComponentState::Parked => true,
        ComponentState::Failed => now.duration_since(status.since).as_secs() >= CATCHING_UP_SECS,
        _ => false,
    })
}

fn doubt(outcome: &mut Outcome) {
    let is_parked = |failure: &Failure| matches!(failure.next, Next::Park { .. });
    let fresh =
        |failure: &&mut Failure| failure.kind == FailureKind::Denied && is_believable(failure);
    let mut doubted = false;
    for failure in outcome.failures.iter_mut().filter(fresh) {
        failure.next = Next::Retry {
            after_secs: AGAIN_SECS,
        };
        doubted = true;
    }
    if doubted && !outcome.failures.iter().any(is_parked) {
        outcome.state = ComponentState::Failed;
    }
}

/// Not every refusal is of this kind: whoever says that access is lost has waited already.
fn is_believable(failure: &Failure) -> bool {
    matches!(&failure.next, Next::Park { reason, .. } if reason == errors::ACCESS_DENIED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn denied(reason: &str) -> Failure {
        Failure::park(
            FailureKind::Denied,
            "detaching `igw-1`",
            "UnauthorizedOperation",
            reason,
            "look",
        )
    }

    fn report(failures: Vec<Failure>) -> PassReport {
        let mut outcome = Outcome::new(ComponentName::NETWORK, ComponentState::Parked);
        outcome.failures = failures;
        PassReport {
            outcomes: vec![outcome],
            ..PassReport::default()
        }
    }

    fn after(
        failures: Vec<Failure>,
        before: ComponentState,
        secs: i64,
    ) -> (ComponentState, Vec<Option<u32>>) {
        let at = |second| Timestamp::from_second(second).unwrap();
        let status = ComponentStatus {
            state: before,
            since: at(NOW - secs),
            message: None,
            obstacle: None,
            resources: BTreeMap::new(),
        };
        let before = BTreeMap::from([(ComponentName::NETWORK, status)]);
        let report = believed(report(failures), &before, at(NOW));
        let outcome = &report.outcomes[0];
        let again = outcome.failures.iter().map(Failure::look_again_secs);
        (outcome.state, again.collect())
    }

    #[test]
    fn a_fresh_refusal_is_tried_again_and_one_that_lasts_parks() {
        use ComponentState::{Failed, Parked, Ready, Waiting};
        let one = || vec![denied("access-denied")];
        for (before, secs) in [(Ready, 9999), (Waiting, 9999), (Failed, 119)] {
            assert_eq!(after(one(), before, secs), (Failed, vec![Some(AGAIN_SECS)]));
        }
        for (before, secs) in [(Failed, 120), (Parked, 0)] {
            assert_eq!(after(one(), before, secs), (Parked, vec![None]));
        }
    }

    #[test]
    fn what_needs_a_person_anyway_parks_at_once() {
        use ComponentState::{Parked, Ready};
        let lost = vec![denied("access-lost")];
        assert_eq!(after(lost, Ready, 0), (Parked, vec![None]));
        let both = vec![denied("access-denied"), denied("access-lost")];
        assert_eq!(
            after(both, Ready, 0),
            (Parked, vec![Some(AGAIN_SECS), None])
        );
    }
}
