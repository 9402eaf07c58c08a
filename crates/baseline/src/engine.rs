//! The engine: observe, then plan and apply until the plan is empty or everything left is waiting.
//!
//! # Guarantees
//! Components whose needs are met run side by side, and so do changes within a component; what a change teaches is planned on
//! at once, so a fresh tenant costs as many round trips as its longest chain of dependencies. Independent components go on
//! when one fails. Nothing sleeps: waiting is in the report. No change is applied twice in a pass.
//! # Caveats
//! A pass can die anywhere. The next one looks again; only changes that AWS could make twice are noted beforehand.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use tenancy::{ComponentName, ComponentState, Failure, FailureKind, Next};

use crate::{
    access::Access,
    account::Account,
    component::{Change, Component, Plan, Port, Wait},
    desired::{Desired, Home},
    identity::Identity,
    imagine::differences,
    network::Network,
    placement::Placement,
    report::{Outcome, PassReport},
    table::{BASELINE, Departure, Row},
    trail::Trail,
};

/// Any implementation of [`Cloud`].
pub type AnyCloud = dyn Cloud + 'static;

/// Everything the engine needs of the world: the doing half of every component, and notes and records in the ledger.
#[async_trait]
pub trait Cloud:
    Port<Account>
    + Port<Placement>
    + Port<Access>
    + Port<Identity>
    + Port<Network>
    + Port<Trail>
    + Send
    + Sync
{
    /// Notes, before they are asked for, changes that AWS could make twice. For each key: `None` if it may be asked for now, or
    /// for how many more seconds an earlier note is believed.
    async fn note(
        &self,
        component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure>;

    /// Takes a note back, because AWS said definitely that nothing was made.
    async fn unnote(&self, component: ComponentName, key: &str) -> Result<(), Failure>;

    /// Records a component as soon as it is known how it was left, so that progress is visible during a pass.
    async fn record(&self, outcome: &Outcome) -> Result<(), Failure>;
}

/// Brings a tenant to what its spec wants: onboarding, update and repair are the same.
pub async fn onboard(cloud: &AnyCloud, desired: &Desired) -> PassReport {
    let mut desired = Desired {
        home: Home::Tenants,
        ..desired.clone()
    };
    let rows: Vec<Step> = BASELINE
        .iter()
        .map(|row| Step {
            row: *row,
            needs: row.needs().to_vec(),
        })
        .collect();
    run(cloud, &mut desired, rows).await
}

/// Looks at every component at once and reports what would have to change. Applies nothing.
pub async fn audit(cloud: &AnyCloud, desired: &Desired) -> PassReport {
    let looks = BASELINE.iter().map(|row| {
        let mut desired = desired.clone();
        async move { row.audit(cloud, &mut desired).await }
    });
    PassReport {
        outcomes: join_all(looks).await,
        account: desired.account.clone(),
    }
}

/// Takes a tenant away: locked first, then emptied in the reverse order of need, the trail last, then closed.
pub async fn offboard(cloud: &AnyCloud, desired: &Desired) -> PassReport {
    let mut desired = Desired {
        home: Home::Quarantine,
        ..desired.clone()
    };
    let Some(account_row) = row(ComponentName::Account) else {
        return PassReport::default();
    };
    let entry = account_row.audit(cloud, &mut desired).await;
    if !entry.waits.is_empty() || !entry.failures.is_empty() {
        return PassReport {
            outcomes: vec![entry],
            account: desired.account,
        };
    }
    if desired.account.is_none() {
        return gone(account_row, cloud, desired).await;
    }
    let mut report = run(cloud, &mut desired, quarantine_steps()).await;
    if report.is_settled() {
        desired.home = Home::Suspended;
        let last = run(cloud, &mut desired, closing_steps()).await;
        report
            .outcomes
            .retain(|o| last.outcomes.iter().all(|l| l.component != o.component));
        report.outcomes.extend(last.outcomes);
    }
    report
}

/// There is no account to enter: whatever was in it is gone with it.
async fn gone(account_row: &dyn Row, cloud: &AnyCloud, mut desired: Desired) -> PassReport {
    let account = account_row.converge(cloud, &mut desired, None).await;
    let rest = ComponentName::ALL
        .into_iter()
        .filter(|name| *name != ComponentName::Account);
    let mut outcomes: Vec<Outcome> = match account.is_settled() {
        true => rest
            .map(|name| Outcome::new(name, ComponentState::Gone))
            .collect(),
        false => Vec::new(),
    };
    outcomes.insert(0, account);
    PassReport {
        outcomes,
        account: None,
    }
}

fn row(name: ComponentName) -> Option<&'static dyn Row> {
    BASELINE.iter().copied().find(|row| row.name() == name)
}

/// Lock, then empty: a component goes when everything that needs it is gone, the last ones when all others are.
fn quarantine_steps() -> Vec<Step> {
    let leaving: Vec<&'static dyn Row> = BASELINE
        .iter()
        .copied()
        .filter(|r| matches!(r.departure(), Departure::Early | Departure::Last))
        .collect();
    let mut steps: Vec<Step> = row(ComponentName::Placement)
        .into_iter()
        .map(|row| Step {
            row,
            needs: Vec::new(),
        })
        .collect();
    for row in &leaving {
        let before = leaving.iter().filter(|other| {
            other.needs().contains(&row.name())
                || (row.departure() == Departure::Last && other.departure() == Departure::Early)
        });
        let needs = before
            .map(|other| other.name())
            .chain([ComponentName::Placement])
            .collect();
        steps.push(Step { row: *row, needs });
    }
    steps
}

/// Move to the unit of accounts about to be closed, then close.
fn closing_steps() -> Vec<Step> {
    let placement = row(ComponentName::Placement).map(|row| Step {
        row,
        needs: Vec::new(),
    });
    let with_account = BASELINE
        .iter()
        .copied()
        .filter(|r| r.departure() == Departure::WithAccount);
    let account = row(ComponentName::Account).map(|row| Step {
        row,
        needs: vec![ComponentName::Placement],
    });
    let goes_along = with_account.map(|row| Step {
        row,
        needs: vec![ComponentName::Account],
    });
    placement
        .into_iter()
        .chain(account)
        .chain(goes_along)
        .collect()
}

/// A component to work on, once what it needs is settled.
struct Step {
    row: &'static dyn Row,
    needs: Vec<ComponentName>,
}

type Look = Result<Box<dyn std::any::Any + Send>, Failure>;

/// Runs steps side by side as their needs are settled.
async fn run(cloud: &AnyCloud, desired: &mut Desired, steps: Vec<Step>) -> PassReport {
    let mut looks = first_looks(cloud, desired, &steps).await;
    let mut waiting = steps;
    let mut done: BTreeMap<ComponentName, Outcome> = BTreeMap::new();
    let mut running = FuturesUnordered::new();
    loop {
        let (ready, rest): (Vec<Step>, Vec<Step>) = waiting.into_iter().partition(|step| {
            step.needs
                .iter()
                .all(|need| done.get(need).is_some_and(Outcome::is_settled))
        });
        waiting = rest;
        for step in ready {
            let fresh = step
                .needs
                .iter()
                .all(|need| done.get(need).is_some_and(|o| o.applied.is_empty()));
            let look = looks
                .remove(&step.row.name())
                .and_then(Result::ok)
                .filter(|_| fresh);
            running.push(work(cloud, desired.clone(), step, look));
        }
        let Some((outcome, taught)) = running.next().await else {
            break;
        };
        desired.account = taught.account.or(desired.account.take());
        if let Err(failure) = cloud.record(&outcome).await {
            let fenced = Outcome {
                failures: vec![failure],
                ..outcome
            };
            return PassReport {
                outcomes: vec![Outcome {
                    state: ComponentState::Failed,
                    ..fenced
                }],
                account: desired.account.clone(),
            };
        }
        done.insert(outcome.component, outcome);
    }
    let blocked = waiting.iter().map(|step| {
        let by = step
            .needs
            .iter()
            .find(|need| !done.get(need).is_some_and(Outcome::is_settled));
        Outcome::blocked(step.row.name(), by.copied().unwrap_or(step.row.name()))
    });
    let mut outcomes: Vec<Outcome> = blocked.collect();
    outcomes.extend(done.into_values());
    outcomes.sort_by_key(|outcome| outcome.component);
    PassReport {
        outcomes,
        account: desired.account.clone(),
    }
}

/// Looks at everything at once where the account is known, so that a settled tenant costs one round of reads. A look made
/// before what it needs was put right is thrown away.
async fn first_looks(
    cloud: &AnyCloud,
    desired: &Desired,
    steps: &[Step],
) -> BTreeMap<ComponentName, Look> {
    if desired.account.is_none() {
        return BTreeMap::new();
    }
    let looks = steps
        .iter()
        .map(|step| async { (step.row.name(), step.row.observe(cloud, desired).await) });
    join_all(looks).await.into_iter().collect()
}

async fn work(
    cloud: &AnyCloud,
    mut desired: Desired,
    step: Step,
    look: Option<Box<dyn std::any::Any + Send>>,
) -> (Outcome, Desired) {
    let outcome = step.row.converge(cloud, &mut desired, look).await;
    (outcome, desired)
}

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
            Next::Retry { .. } | Next::Park { .. } => self.failures.push(failure),
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
    let mut outcome = Outcome::new(component, ComponentState::Failed);
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
        Next::Retry { .. } => outcome.failures.push(failure),
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
