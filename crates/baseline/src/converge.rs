//! One component in one pass: plan and apply until nothing is left, or everything left waits.

use std::collections::BTreeSet;

use futures::{StreamExt, stream::FuturesUnordered};
use tenancy::{ComponentName, ComponentState, Failure, FailureKind, Next};

use crate::{
    component::{Change, Component, Plan, Port, Wait},
    desired::Desired,
    engine::AnyCloud,
    imagine::differences,
    report::Outcome,
};

/// Plans and applies one component until settled, waiting or failed.
pub(crate) async fn converge<C: Component>(
    cloud: &AnyCloud,
    desired: &mut Desired,
    earlier: Option<C::Seen>,
) -> Outcome
where
    AnyCloud: Port<C>,
{
    let mut seen = match earlier {
        Some(seen) => seen,
        None => match Port::<C>::observe(cloud, desired).await {
            Ok(seen) => seen,
            Err(failure) => return unseen(C::NAME, failure),
        },
    };
    C::teach(&seen, desired);
    let mut tried = BTreeSet::new();
    let mut applied = Vec::new();
    let mut held = Held::default();
    let mut running = FuturesUnordered::new();
    loop {
        let plan = C::plan(desired, &seen);
        let fresh: Vec<C::Change> = plan
            .changes
            .into_iter()
            .filter(|change| tried.insert(change.key()))
            .collect();
        for change in allowed(cloud, C::NAME, fresh, &mut held).await {
            running.push(apply::<C>(cloud, desired.clone(), change));
        }
        let Some((change, result)) = running.next().await else {
            break;
        };
        match result {
            Ok(fact) => {
                C::learn(&mut seen, fact);
                C::teach(&seen, desired);
                applied.push(change);
            }
            Err(failure) => held.take(failure),
        }
    }
    let applied = differences(&applied);
    let mut outcome = judge::<C>(desired, &seen, applied, held.failures);
    outcome.waits.extend(held.waits);
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

/// What keeps changes from being applied in this pass.
#[derive(Default)]
struct Held {
    waits: Vec<Wait>,
    failures: Vec<Failure>,
}

impl Held {
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
            Next::Retry { .. } | Next::Park { .. } | Next::Other(_) => self.failures.push(failure),
        }
    }
}

/// The changes that may be asked for now: those that need a note have one written first, and are held back while an earlier
/// note is still believed.
async fn allowed<C: Change>(
    cloud: &AnyCloud,
    component: ComponentName,
    changes: Vec<C>,
    held: &mut Held,
) -> Vec<C> {
    let (to_note, mut free): (Vec<C>, Vec<C>) = changes.into_iter().partition(Change::needs_note);
    if to_note.is_empty() {
        return free;
    }
    let keys: Vec<String> = to_note.iter().map(Change::key).collect();
    match cloud.note(component, &keys).await {
        Err(failure) => held.failures.push(failure),
        Ok(believed) => {
            for (change, believed) in to_note.into_iter().zip(believed) {
                match believed {
                    None => free.push(change),
                    Some(after_secs) => held.waits.push(Wait {
                        waiting_for: format!("`{}`, asked for and not visible yet", change.key()),
                        after_secs,
                    }),
                }
            }
        }
    }
    free
}

async fn apply<C: Component>(
    cloud: &AnyCloud,
    desired: Desired,
    change: C::Change,
) -> (C::Change, Result<C::Fact, Failure>)
where
    AnyCloud: Port<C>,
{
    let result = Port::<C>::apply(cloud, &desired, &change).await;
    if let Err(failure) = &result
        && change.needs_note()
        && failure.kind != FailureKind::Unknown
        && failure.kind != FailureKind::Transient
    {
        // AWS refused outright, so nothing can have been made. If taking the note back fails, it is merely believed for a while.
        let _ = cloud.unnote(C::NAME, &change.key()).await;
    }
    (change, result)
}

/// What a look, and what was done after it, come to.
pub(crate) fn judge<C: Component>(
    desired: &Desired,
    seen: &C::Seen,
    applied: Vec<tenancy::finding::Difference>,
    mut failures: Vec<Failure>,
) -> Outcome {
    let Plan {
        changes,
        waits,
        obstacles,
    } = C::plan(desired, seen);
    failures.extend(obstacles);
    let mut outcome = Outcome {
        applied,
        remaining: differences(&changes),
        waits,
        failures,
        resources: C::resources(seen),
        ..Outcome::new(C::NAME, ComponentState::Ready)
    };
    outcome.state = state(desired, &outcome);
    outcome
}

/// A component that could not be looked at.
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
        Next::Retry { .. } | Next::Other(_) => outcome.failures.push(failure),
    }
    outcome
}

fn state(desired: &Desired, outcome: &Outcome) -> ComponentState {
    let parked = |f: &Failure| matches!(f.next, Next::Park { .. });
    if outcome.failures.iter().any(parked) {
        ComponentState::Parked
    } else if !outcome.failures.is_empty() {
        ComponentState::Failed
    } else if !outcome.waits.is_empty() {
        ComponentState::Waiting
    } else if !outcome.remaining.is_empty() {
        ComponentState::Drifted
    } else if desired.leaving() {
        ComponentState::Gone
    } else {
        ComponentState::Ready
    }
}
