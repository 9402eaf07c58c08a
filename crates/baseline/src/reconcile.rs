//! One component in one pass: plan and apply until nothing is left, or everything left waits.

use std::collections::BTreeSet;

use futures::{StreamExt, stream::FuturesUnordered};
use tenancy::{ComponentName, ComponentState, Failure, FailureKind, Next, finding::Difference};

use crate::{
    component::{Change, Component, Journal, Plan, Port, Wait},
    control::Control,
    desired::Desired,
    imagine::differences,
    report::Outcome,
};

/// Plans and applies one component until settled, waiting or failed.
pub(crate) async fn reconcile<C: Component>(
    port: &dyn Port<C>,
    journal: &dyn Journal,
    desired: &mut Desired,
    earlier: Option<C::Observation>,
) -> Outcome {
    let mut seen = match earlier {
        Some(seen) => seen,
        None => match port.observe(desired).await {
            Ok(seen) => seen,
            Err(failure) => return unseen(C::NAME, failure),
        },
    };
    C::teach(&seen, desired);
    let (applied, mut withheld) = apply_all::<C>(port, journal, desired, &mut seen).await;
    let applied = differences(&applied);
    if !applied.is_empty() {
        withheld.failures = withheld.failures.into_iter().map(once_more).collect();
    }
    let mut outcome = summarize::<C>(desired, &seen, applied, withheld.failures);
    outcome.waits.extend(withheld.waits);
    outcome.state = state(desired, &outcome);
    if outcome.state == ComponentState::Drifted {
        // Everything planned was applied, yet it is planned again: AWS does not show the effect yet.
        outcome.waits.push(Wait {
            waiting_for: "what was changed to become visible".into(),
            after_secs: 5,
        });
        outcome.state = ComponentState::Working;
    }
    outcome
}

/// A limit that was met while other things were changed may have been met because of what others had put there and was just
/// taken away. AWS is asked once more before a person is.
fn once_more(failure: Failure) -> Failure {
    let is_full = failure.kind == FailureKind::Quota && matches!(failure.next, Next::Park { .. });
    match is_full {
        true => Failure::retry(FailureKind::Quota, failure.doing, failure.detail, 10),
        false => failure,
    }
}

/// Applies changes side by side as their prerequisites are learned, each at most once.
async fn apply_all<C: Component>(
    port: &dyn Port<C>,
    journal: &dyn Journal,
    desired: &mut Desired,
    seen: &mut C::Observation,
) -> (Vec<C::Change>, Withheld) {
    let mut tried = BTreeSet::new();
    let mut applied = Vec::new();
    let mut withheld = Withheld::default();
    let mut running = FuturesUnordered::new();
    loop {
        let fresh: Vec<C::Change> = C::plan(desired, seen)
            .changes
            .into_iter()
            .filter(|change| tried.insert(change.key()))
            .collect();
        for change in allowed(journal, C::NAME, fresh, &mut withheld).await {
            running.push(apply::<C>(port, journal, desired.clone(), change));
        }
        let Some((change, result)) = running.next().await else {
            return (applied, withheld);
        };
        match result {
            Ok(fact) => {
                C::learn(seen, fact);
                C::teach(seen, desired);
                applied.push(change);
            }
            Err(failure) => withheld.take(failure),
        }
    }
}

/// What keeps changes from being applied in this pass.
#[derive(Default)]
struct Withheld {
    waits: Vec<Wait>,
    failures: Vec<Failure>,
}

impl Withheld {
    /// What comes by itself is a wait, whoever noticed it.
    fn take(&mut self, failure: Failure) {
        match failure.next {
            Next::Wait {
                waiting_for,
                after_secs,
            } => self.waits.push(Wait {
                waiting_for,
                after_secs,
            }),
            Next::Retry { .. } | Next::Park { .. } | Next::Stall { .. } | Next::Other(_) => {
                self.failures.push(failure);
            }
        }
    }
}

/// The changes that may be requested now: those that need a note have one written first, and are held back while an earlier
/// note is still trusted.
async fn allowed<C: Change>(
    journal: &dyn Journal,
    component: ComponentName,
    changes: Vec<C>,
    withheld: &mut Withheld,
) -> Vec<C> {
    let (to_note, mut free): (Vec<C>, Vec<C>) = changes.into_iter().partition(Change::needs_note);
    if to_note.is_empty() {
        return free;
    }
    let keys: Vec<String> = to_note.iter().map(Change::key).collect();
    match journal.note(component, &keys).await {
        Err(failure) => withheld.failures.push(failure),
        Ok(trusted) => {
            for (change, trusted) in to_note.into_iter().zip(trusted) {
                match trusted {
                    None => free.push(change),
                    Some(after_secs) => withheld.waits.push(Wait {
                        waiting_for: format!("`{}`, requested and not visible yet", change.key()),
                        after_secs,
                    }),
                }
            }
        }
    }
    free
}

async fn apply<C: Component>(
    port: &dyn Port<C>,
    journal: &dyn Journal,
    desired: Desired,
    change: C::Change,
) -> (C::Change, Result<C::Fact, Failure>) {
    let result = port.apply(&desired, &change).await;
    if let Err(failure) = &result
        && change.needs_note()
        && failure.kind != FailureKind::Unknown
        && failure.kind != FailureKind::Transient
    {
        // AWS refused outright, so nothing can have been made. If taking the note back fails, it is merely trusted for a while.
        let _ = journal.unnote(C::NAME, &change.key()).await;
    }
    (change, result)
}

/// What was observed, and what was done after it, come to.
pub(crate) fn summarize<C: Component>(
    desired: &Desired,
    seen: &C::Observation,
    applied: Vec<Difference>,
    mut failures: Vec<Failure>,
) -> Outcome {
    let Plan {
        changes,
        waits,
        obstacles,
        mut findings,
        pending,
        unreadable,
    } = C::plan(desired, seen);
    failures.extend(obstacles);
    if !desired.leaving() {
        let failed = |control: &Control<C::Observation>| control.finding(C::NAME, desired, seen);
        findings.extend(C::controls().iter().filter_map(failed));
    }
    let mut outcome = Outcome {
        applied,
        remaining: differences(&changes),
        findings,
        pending,
        unseen: unreadable,
        waits,
        failures,
        resources: C::resources(desired, seen),
        ..Outcome::new(C::NAME, ComponentState::Ready)
    };
    outcome.state = state(desired, &outcome);
    outcome
}

/// A component that could not be read.
pub(crate) fn unseen(component: ComponentName, failure: Failure) -> Outcome {
    let mut outcome = Outcome {
        unseen: true,
        ..Outcome::new(component, ComponentState::Failed)
    };
    match failure.next {
        Next::Wait {
            waiting_for,
            after_secs,
        } => {
            outcome.state = ComponentState::Waiting;
            outcome.waits.push(Wait {
                waiting_for,
                after_secs,
            });
        }
        Next::Park { .. } => {
            outcome.state = ComponentState::Parked;
            outcome.failures.push(failure);
        }
        Next::Retry { .. } | Next::Stall { .. } | Next::Other(_) => outcome.failures.push(failure),
    }
    outcome
}

fn state(desired: &Desired, outcome: &Outcome) -> ComponentState {
    if let Some(trouble) = trouble(outcome) {
        trouble
    } else if !outcome.remaining.is_empty() {
        ComponentState::Drifted
    } else if desired.leaving() {
        ComponentState::Absent
    } else {
        ComponentState::Ready
    }
}

/// What keeps it from being as wanted: a person must act, something failed, or something is waited for.
pub(crate) fn trouble(outcome: &Outcome) -> Option<ComponentState> {
    let parked = |f: &Failure| matches!(f.next, Next::Park { .. });
    if outcome.failures.iter().any(parked) {
        Some(ComponentState::Parked)
    } else if !outcome.failures.is_empty() {
        Some(ComponentState::Failed)
    } else {
        (!outcome.waits.is_empty()).then_some(ComponentState::Waiting)
    }
}
