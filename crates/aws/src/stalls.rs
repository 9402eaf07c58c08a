//! Every retry has an end: what has been retried for longer than its time stalls. Pure.
//!
//! A stalled component is still retried, since most failures pass; but a person is told, with the last error and what to do about
//! it. As soon as a pass succeeds, the component is like any other.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use jiff::SignedDuration;
use tenancy::{
    ComponentName, ComponentState, ComponentStatus, Failure, FailureKind, Next, Timestamp,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How soon a stalled component is tried again, at the earliest.
const AGAIN_SECS: u32 = 900;
/// How long a component may wait between failures that count as one: a creation whose answer was lost is waited for.
const APART_SECS: i64 = 30 * MINUTE;

/// When retries of one kind end: after how many seconds, with which reason and remedy.
struct End {
    after: i64,
    reason: &'static str,
    remedy: &'static str,
}

/// The end of each kind of failure.
const fn end(kind: FailureKind) -> End {
    match kind {
        FailureKind::Throttled => End {
            after: 2 * HOUR,
            reason: "throttled-for-long",
            remedy: "Find out in CloudTrail who else calls this API in the account or, for Organizations, in the management account, and stop or \
                     slow that down; or have the rate raised in Service Quotas. It goes on by itself.",
        },
        FailureKind::Unknown => End {
            after: HOUR,
            reason: "answers-lost",
            remedy: "See in the AWS Health Dashboard whether the service answers in this Region, and whether the functions can reach it (a VPC, a \
                     proxy or an endpoint policy may keep them). It goes on by itself.",
        },
        FailureKind::Bug => End {
            after: 0,
            reason: "defect-of-tenantry",
            remedy: "This is a defect of tenantry: report it with the detail, deploy a release without it, then retry the tenant.",
        },
        FailureKind::NotReady => End {
            after: 2 * HOUR,
            reason: "not-ready-for-long",
            remedy: "Read the detail: what it names is not there or not usable. If it was deleted or disabled by somebody, put it back; if the \
                     account is being verified, ask AWS Support. Then retry the tenant.",
        },
        FailureKind::Transient
        | FailureKind::Denied
        | FailureKind::Quota
        | FailureKind::Conflict
        | FailureKind::Invalid
        | FailureKind::Other(_) => End {
            after: HOUR,
            reason: "failing-for-long",
            remedy: "Read the detail: if something of the tenant's holds what it names, remove that; if the service fails, see the AWS Health \
                     Dashboard. Then retry the tenant.",
        },
    }
}

/// When waiting ends. An account may be in the queue for a closure as long as Organizations counts closures: 30 days.
fn end_of_waiting(component: ComponentName) -> End {
    let for_days = component == ComponentName::ACCOUNT;
    End {
        after: if for_days { 32 * DAY } else { 2 * HOUR },
        reason: "waiting-for-long",
        remedy: "Inspect in AWS what is waited for: if it failed or will not come, delete it, so that it is made again; then retry the tenant.",
    }
}

/// The report of a pass, in which what has lasted too long stalls. `before` is how the components were last recorded.
pub fn stall_what_lasts(
    mut report: PassReport,
    before: &BTreeMap<ComponentName, ComponentStatus>,
    now: Timestamp,
) -> PassReport {
    let stalled = |outcome: Outcome| {
        let before = before.get(&outcome.component);
        stall(outcome, before, now)
    };
    report.outcomes = report.outcomes.into_iter().map(stalled).collect();
    report
}

/// The same for one component.
pub fn stall(mut outcome: Outcome, before: Option<&ComponentStatus>, now: Timestamp) -> Outcome {
    let secs_since = |since: Timestamp| now.duration_since(since).as_secs();
    match outcome.state {
        ComponentState::Failed => {
            let since = before.and_then(|status| status.failing_since);
            let lasted = since.map_or(0, secs_since);
            for failure in &mut outcome.failures {
                stall_failure(failure, lasted);
            }
        }
        ComponentState::Waiting | ComponentState::Working => {
            let waiting = |status: &&ComponentStatus| {
                status.state == outcome.state || status.state == ComponentState::Stalled
            };
            let lasted = before.filter(waiting).map(waited_since);
            stall_waits(&mut outcome, lasted.map_or(0, secs_since));
        }
        ComponentState::Pending
        | ComponentState::Ready
        | ComponentState::Drifted
        | ComponentState::Parked
        | ComponentState::Stalled
        | ComponentState::Absent
        | ComponentState::Other(_) => {}
    }
    let stalls = |failure: &Failure| matches!(failure.next, Next::Stall { .. });
    if outcome.failures.iter().any(stalls) {
        outcome.state = ComponentState::Stalled;
    }
    outcome
}

/// Since when a component has been waiting; a stalled one since it failed to come first.
fn waited_since(status: &ComponentStatus) -> Timestamp {
    match status.state {
        ComponentState::Stalled => status.failing_since.unwrap_or(status.since),
        _ => status.since,
    }
}

fn stall_failure(failure: &mut Failure, lasted: i64) {
    let end = end(failure.kind);
    let again = match failure.next {
        Next::Retry { after_secs } | Next::Wait { after_secs, .. } => after_secs,
        Next::Park { .. } | Next::Stall { .. } | Next::Other(_) => return,
    };
    if lasted >= end.after {
        failure.next = end.stall(again);
    }
}

fn stall_waits(outcome: &mut Outcome, lasted: i64) {
    let end = end_of_waiting(outcome.component);
    if lasted < end.after {
        return;
    }
    for wait in std::mem::take(&mut outcome.waits) {
        let doing = format!("waiting for {}", wait.waiting_for);
        let after = SignedDuration::from_secs(end.after);
        outcome.failures.push(Failure {
            next: end.stall(wait.after_secs),
            ..Failure::retry(
                FailureKind::NotReady,
                doing,
                format!("it has not happened within {after:#}"),
                wait.after_secs,
            )
        });
    }
}

impl End {
    fn stall(&self, again: u32) -> Next {
        Next::Stall {
            reason: self.reason.to_owned(),
            remedy: self.remedy.to_owned(),
            after_secs: again.max(AGAIN_SECS),
        }
    }
}

/// Since when a component has been failing, after a pass left it in `state`, which it has been in since `since`.
pub fn failing_since(
    state: ComponentState,
    since: Timestamp,
    earlier: Option<&ComponentStatus>,
    now: Timestamp,
) -> Option<Timestamp> {
    let before = earlier.and_then(|status| status.failing_since);
    match state {
        ComponentState::Failed => before.or(Some(now)),
        ComponentState::Stalled => before.or_else(|| earlier.map(waited_since)).or(Some(now)),
        // Whoever put the cause right gets the whole time again.
        ComponentState::Ready
        | ComponentState::Absent
        | ComponentState::Drifted
        | ComponentState::Parked => None,
        ComponentState::Pending
        | ComponentState::Working
        | ComponentState::Waiting
        | ComponentState::Other(_) => {
            before.filter(|_| now.duration_since(since).as_secs() <= APART_SECS)
        }
    }
}

#[cfg(test)]
mod tests;
