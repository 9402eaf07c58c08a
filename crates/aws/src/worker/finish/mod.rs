//! What a pass leaves behind: statuses, findings, operations, history, events, and when to come back. Pure.

mod again;
mod history;
mod operations;
mod parked;
mod posture;
mod publication;
mod refusal;

use baseline::{Outcome, PassReport, access::lags};
use events::Event;
use jiff::SignedDuration;
use tenancy::{ComponentState, Mode, OperationKind, Timestamp, Verb};

pub(super) use again::audited_again;

pub(super) use self::refusal::refused_at;
use self::{
    history::history,
    operations::operations,
    posture::controls,
    publication::events_of,
    refusal::{CONFIRMED_AFTER_SECS, Refusal, refusal},
};
use super::findings::{finding_changes, is_unfinished};
use crate::{
    ledger::{Loaded, PassRecord},
    pass::status,
    retry::{LONGEST_BACKOFF_SECS, spread},
};

/// What a pass leaves behind.
#[derive(Debug, PartialEq)]
pub struct PassOutcome {
    /// For the ledger.
    pub record: PassRecord,
    /// For the bus.
    pub events: Vec<Event>,
    /// Which function is to come back, and in how many seconds.
    pub wake: Option<(Verb, u32)>,
}

/// Finishes a pass. `jitter` is a random number from 0 to 1, which spreads retries.
pub fn finish_pass(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    now: Timestamp,
    jitter: f64,
) -> PassOutcome {
    let changes = finding_changes(verb, loaded, report, now);
    let wake = wake(verb, loaded, report, now, jitter);
    let settled = report.is_settled();
    let told = report.outcomes.iter();
    let told = told.filter(|o| verb != Verb::Audit || is_told_by_an_audit(loaded, o));
    let components = told.map(|o| {
        (
            o.component,
            status(o, loaded.tenant.components.get(&o.component), now),
        )
    });
    let record = PassRecord {
        components: components.collect(),
        operations: operations(verb, loaded, report, &changes, now),
        ready_at: (verb == Verb::Onboard && settled).then_some(now),
        audited_at: (verb == Verb::Audit && all_observed(report)).then_some(now),
        closed_at: (verb == Verb::Offboard && settled).then_some(now),
        controls: controls(verb, loaded, report, &changes, now),
        due_at: wake.map(|(_, secs)| now + SignedDuration::from_secs(i64::from(secs))),
        due_for_audit: wake.is_some_and(|(verb, _)| verb == Verb::Audit),
        history: history(verb, loaded, report, &changes),
        findings: changes.changed.clone(),
        refused_until: None,
        unused: Vec::new(),
    };
    PassOutcome {
        events: events_of(verb, loaded, report, (&record, &changes), now),
        record,
        wake,
    }
}

/// Whether what an audit saw of a component is recorded as its state. It says nothing about how far a building is that is under way, nor a
/// change that waits for a person; and of what does not get through only that it is as wanted after all, or is stuck again.
fn is_told_by_an_audit(loaded: &Loaded, outcome: &Outcome) -> bool {
    let before = loaded.tenant.components.get(&outcome.component);
    let is_stuck = before.is_some_and(|status| {
        let stuck = matches!(
            status.state,
            ComponentState::Failed | ComponentState::Stalled | ComponentState::Parked
        );
        // What kept it from being observed is over when it is observed.
        stuck && !status.unseen
    });
    let frees = matches!(
        outcome.state,
        ComponentState::Ready
            | ComponentState::Absent
            | ComponentState::Parked
            | ComponentState::Stalled
    );
    loaded.tenant.ready_at.is_some()
        && !is_unfinished(loaded, outcome.component)
        && (!is_stuck || frees)
}

/// Whether every component was observed. One that waits was, unless the observation itself waits, such as for the rate limit of
/// Organizations.
pub(super) fn all_observed(report: &PassReport) -> bool {
    !report.outcomes.is_empty() && report.outcomes.iter().all(is_observed)
}

fn is_observed(outcome: &Outcome) -> bool {
    let state = outcome.state;
    matches!(
        state,
        ComponentState::Ready
            | ComponentState::Absent
            | ComponentState::Drifted
            | ComponentState::Parked
            | ComponentState::Waiting
    ) && !(outcome.unseen && state == ComponentState::Waiting)
        && !outcome.pending
}

/// When to come back: as soon as the soonest wait or retry says, later the longer it has been going on, and spread.
fn wake(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    now: Timestamp,
    jitter: f64,
) -> Option<(Verb, u32)> {
    let later = |secs| backed_off(loaded, report, secs, now, jitter);
    if verb == Verb::Audit {
        return after_audit(loaded, report).map(|(next, secs)| match next {
            Verb::Audit => (next, later(secs)),
            Verb::Onboard | Verb::Offboard => (next, secs),
        });
    }
    let Some(base) = report.retry_after_secs() else {
        return match refusal(loaded, report) {
            // The next pass confirms it.
            Refusal::Applied => Some((verb, CONFIRMED_AFTER_SECS)),
            Refusal::Confirmed | Refusal::NotYet => after_change(verb, loaded, report),
        };
    };
    Some((verb, later(base)))
}

/// Later than in so many seconds, the longer it has been failing, and spread.
fn backed_off(loaded: &Loaded, report: &PassReport, secs: u32, now: Timestamp, jitter: f64) -> u32 {
    let failing = [ComponentState::Failed, ComponentState::Stalled];
    let since = report
        .outcomes
        .iter()
        .filter(|o| failing.contains(&o.state))
        .filter_map(|o| loaded.tenant.components.get(&o.component))
        .filter(|s| failing.contains(&s.state))
        .map(|s| s.since)
        .min();
    let failing_for = since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
    // A quarter of the time it has been failing: exponential without a counter, a quarter of an hour at most.
    let backoff = u32::try_from(failing_for / 4).unwrap_or(u32::MAX);
    let backoff = backoff.min(LONGEST_BACKOFF_SECS);
    spread(secs.max(backoff), jitter)
}

/// An audit that waited for a change comes now: the change is carried out, or waits for a person.
fn after_change(verb: Verb, loaded: &Loaded, report: &PassReport) -> Option<(Verb, u32)> {
    let open = |is: fn(OperationKind) -> bool| {
        let mut operations = loaded.operations.iter();
        operations.any(|o| o.state.is_known() && is(o.kind))
    };
    let waited = verb == Verb::Onboard
        && loaded.tenant.ready_at.is_some()
        && open(OperationKind::changes_what_is_wanted)
        && open(|kind| kind == OperationKind::Audit);
    // What is parked is not hurried.
    let soon = if report.is_settled() { 0 } else { 60 };
    waited.then_some((Verb::Audit, soon))
}

/// Drift is handed to the function that may repair; a failed observation is made again; unfinished building goes on.
fn after_audit(loaded: &Loaded, report: &PassReport) -> Option<(Verb, u32)> {
    let tenant = &loaded.tenant;
    let building = tenant.ready_at.is_none()
        || loaded
            .operations
            .iter()
            .any(|o| o.is_known() && o.kind != OperationKind::Audit);
    let repairs = tenant.spec.mode == Mode::Repair && report.remaining().next().is_some();
    // Our own roles belong to tenantry: they are brought up to date whatever the tenant's mode.
    if building || repairs || lags(report) {
        return Some((Verb::Onboard, 0));
    }
    let only_pending =
        report.outcomes.iter().any(|o| o.pending) && report.failures().next().is_none();
    // A report is ready within seconds; a failed observation takes its time.
    let soonest = if only_pending { 5 } else { 30 };
    let again = || {
        (
            Verb::Audit,
            report.retry_after_secs().unwrap_or(60).max(soonest),
        )
    };
    (!all_observed(report)).then(again)
}

#[cfg(test)]
mod stalled;
#[cfg(test)]
mod tests {
    use tenancy::ComponentName;

    use super::*;

    fn report(state: ComponentState, unseen: bool) -> PassReport {
        let waiting = Outcome {
            unseen,
            ..Outcome::new(ComponentName::PLACEMENT, state)
        };
        PassReport {
            outcomes: vec![
                Outcome::new(ComponentName::TRAIL, ComponentState::Ready),
                waiting,
            ],
            ..PassReport::default()
        }
    }

    #[test]
    fn an_audit_whose_observation_was_rate_limited_has_not_observed_everything() {
        assert!(!all_observed(&report(ComponentState::Waiting, true)));
        assert!(!all_observed(&report(ComponentState::Failed, true)));
        // A NAT gateway that is pending was observed; where a person must act first, observing again would not help.
        assert!(all_observed(&report(ComponentState::Waiting, false)));
        assert!(all_observed(&report(ComponentState::Parked, true)));
        // What the blueprint does not ask for was observed to be absent.
        assert!(all_observed(&report(ComponentState::Absent, false)));
    }
}
