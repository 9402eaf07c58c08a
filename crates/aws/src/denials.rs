//! Transient denials are suppressed: a denied call is retried, and parks its component only when the denial lasts. Pure.
//!
//! IAM is eventually consistent: a role's new policy takes a while to hold everywhere, and a policy that asks for our tags denies
//! what is deleted already but was still listed. Both are over by the next pass; a denial that lasts needs a person.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use tenancy::{
    ComponentName, ComponentState, ComponentStatus, Failure, FailureKind, Next, Timestamp,
};

use crate::errors;

/// How long a component must have failed before a denial parks it (IAM User Guide, "Troubleshoot IAM", "Changes that I make
/// are not always immediately visible").
const TRANSIENT_SECS: i64 = 120;
/// The same where rights hang on tags and aliases of keys (KMS Developer Guide, "ABAC for AWS KMS").
const TRANSIENT_OF_KEYS_SECS: i64 = 300;
/// When to retry until then, in seconds.
const RETRY_SECS: u32 = 20;

/// The report of a pass, in which fresh denials are retried instead of parked. `before` is how the components were last
/// recorded.
pub fn suppress_transient_denials(
    mut report: PassReport,
    before: &BTreeMap<ComponentName, ComponentStatus>,
    now: Timestamp,
) -> PassReport {
    let suppressed = |outcome: Outcome| {
        let before = before.get(&outcome.component);
        suppress_transient(outcome, before, now)
    };
    report.outcomes = report.outcomes.into_iter().map(suppressed).collect();
    report
}

/// The same for one component.
pub fn suppress_transient(
    mut outcome: Outcome,
    before: Option<&ComponentStatus>,
    now: Timestamp,
) -> Outcome {
    let transient = match outcome.component {
        ComponentName::KEYS => TRANSIENT_OF_KEYS_SECS,
        _ => TRANSIENT_SECS,
    };
    if !lasts(before, now, transient) {
        retry_denials(&mut outcome);
    }
    outcome
}

/// Whether AWS may have refused the cached sessions of the pass. Those of a role that was deleted and made again, or whose sessions
/// were revoked, stay refused until they end (IAM User Guide, "Revoking IAM role temporary security credentials"); AWS says
/// AccessDenied, InvalidClientTokenId or AuthFailure, and all of them say other things too.
pub fn may_need_new_sessions(report: &PassReport) -> bool {
    let refused =
        |failure: &Failure| matches!(failure.kind, FailureKind::Denied | FailureKind::NotReady);
    report.failures().any(refused)
}

fn lasts(before: Option<&ComponentStatus>, now: Timestamp, transient: i64) -> bool {
    before.is_some_and(|status| match status.state {
        ComponentState::Parked => true,
        ComponentState::Failed => now.duration_since(status.since).as_secs() >= transient,
        ComponentState::Pending
        | ComponentState::Working
        | ComponentState::Waiting
        | ComponentState::Ready
        | ComponentState::Drifted
        | ComponentState::Stalled
        | ComponentState::Absent
        | ComponentState::Other(_) => false,
    })
}

fn retry_denials(outcome: &mut Outcome) {
    let is_parked = |failure: &Failure| matches!(failure.next, Next::Park { .. });
    let fresh =
        |failure: &&mut Failure| failure.kind == FailureKind::Denied && may_be_transient(failure);
    let mut retried = false;
    for failure in outcome.failures.iter_mut().filter(fresh) {
        failure.next = Next::Retry {
            after_secs: RETRY_SECS,
        };
        retried = true;
    }
    if retried && !outcome.failures.iter().any(is_parked) {
        outcome.state = ComponentState::Failed;
    }
}

/// Not every denial is of this kind: whoever reports that access is lost has waited already.
fn may_be_transient(failure: &Failure) -> bool {
    let transient = [errors::ACCESS_DENIED, errors::REGION_NOT_ENABLED];
    matches!(&failure.next, Next::Park { reason, .. } if transient.contains(&reason.as_str()))
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
            "read",
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
            pending: false,
            unseen: false,
            since: at(NOW - secs),
            failing_since: None,
            message: None,
            obstacle: None,
            resources: BTreeMap::new(),
        };
        let before = BTreeMap::from([(ComponentName::NETWORK, status)]);
        let report = suppress_transient_denials(report(failures), &before, at(NOW));
        let outcome = &report.outcomes[0];
        let again = outcome.failures.iter().map(Failure::retry_after_secs);
        (outcome.state, again.collect())
    }

    #[test]
    fn a_fresh_denial_is_retried_and_one_that_lasts_parks() {
        use ComponentState::{Failed, Parked, Ready, Waiting};
        let one = || vec![denied("access-denied")];
        for (before, secs) in [(Ready, 9999), (Waiting, 9999), (Failed, 119)] {
            assert_eq!(after(one(), before, secs), (Failed, vec![Some(RETRY_SECS)]));
        }
        for (before, secs) in [(Failed, 120), (Parked, 0)] {
            assert_eq!(after(one(), before, secs), (Parked, vec![None]));
        }
    }

    /// A Region that is enabled while a tenant is built refuses for a while, as one does that stays closed.
    #[test]
    fn a_closed_region_is_retried_for_two_minutes_and_then_parks() {
        use ComponentState::{Failed, Parked, Ready, Working};
        let closed = || vec![denied(errors::REGION_NOT_ENABLED)];
        for (before, secs) in [(Ready, 9999), (Working, 9999), (Failed, 0), (Failed, 119)] {
            assert_eq!(
                after(closed(), before, secs),
                (Failed, vec![Some(RETRY_SECS)])
            );
        }
        for (before, secs) in [(Failed, 120), (Failed, 600), (Parked, 0)] {
            assert_eq!(after(closed(), before, secs), (Parked, vec![None]));
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
            (Parked, vec![Some(RETRY_SECS), None])
        );
    }
}
