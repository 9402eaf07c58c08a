//! The engine: observe, then plan and apply until the plan is empty or everything left is waiting.
//!
//! # Guarantees
//! Components whose needs are met run side by side, and so do changes within a component; what a change teaches is planned on
//! at once, so a fresh tenant costs as many round trips as its longest chain of dependencies. Independent components go on
//! when one fails. Nothing sleeps: waiting is in the report. No change is applied twice in a pass.
//! # Caveats
//! A pass can die anywhere. The next one looks again; only changes that AWS could make twice are noted beforehand.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use tenancy::{ComponentName, ComponentState, Failure};

use crate::{
    access::Access,
    account::Account,
    component::Port,
    desired::{Desired, Home},
    identity::Identity,
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
    let Some(account_row) = row(ComponentName::ACCOUNT) else {
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
        .filter(|name| *name != ComponentName::ACCOUNT);
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
    let mut steps: Vec<Step> = row(ComponentName::PLACEMENT)
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
            .chain([ComponentName::PLACEMENT])
            .collect();
        steps.push(Step { row: *row, needs });
    }
    steps
}

/// Move to the unit of accounts about to be closed, then close.
fn closing_steps() -> Vec<Step> {
    let placement = row(ComponentName::PLACEMENT).map(|row| Step {
        row,
        needs: Vec::new(),
    });
    let with_account = BASELINE
        .iter()
        .copied()
        .filter(|r| r.departure() == Departure::WithAccount);
    let account = row(ComponentName::ACCOUNT).map(|row| Step {
        row,
        needs: vec![ComponentName::PLACEMENT],
    });
    let goes_along = with_account.map(|row| Step {
        row,
        needs: vec![ComponentName::ACCOUNT],
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

/// Something that happened in a pass.
enum Event {
    /// A component was worked on, and this is the account known since.
    Worked(Outcome, Option<tenancy::AccountId>),
    /// A component was recorded.
    Recorded,
    /// A component could not be recorded, so this pass must not go on.
    Unrecorded(Outcome),
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
            running.push(work(cloud, desired.clone(), step, look).boxed());
        }
        match running.next().await {
            None => break,
            Some(Event::Worked(outcome, account)) => {
                desired.account = account.or(desired.account.take());
                running.push(record(cloud, outcome.clone()).boxed());
                done.insert(outcome.component, outcome);
            }
            Some(Event::Recorded) => {}
            Some(Event::Unrecorded(outcome)) => {
                return PassReport {
                    outcomes: vec![outcome],
                    account: desired.account.clone(),
                };
            }
        }
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
) -> Event {
    let outcome = step.row.converge(cloud, &mut desired, look).await;
    Event::Worked(outcome, desired.account)
}

/// Records a component beside the work on the others.
async fn record(cloud: &AnyCloud, outcome: Outcome) -> Event {
    match cloud.record(&outcome).await {
        Ok(()) => Event::Recorded,
        Err(failure) => Event::Unrecorded(Outcome {
            state: ComponentState::Failed,
            failures: vec![failure],
            ..outcome
        }),
    }
}
