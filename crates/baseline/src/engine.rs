//! The engine: observe, then plan and apply until the plan is empty or everything left is waiting.
//!
//! # Guarantees
//! Components whose needs are met run side by side, and so do changes within a component; what a change teaches is planned on
//! at once, so a fresh tenant costs as many round trips as its longest chain of dependencies. Independent components go on
//! when one fails. Nothing sleeps: waiting is in the report. No change is applied twice in a pass.
//! # Caveats
//! A pass can die anywhere. The next one observes again; only changes that AWS could make twice are noted beforehand.

mod run;

use futures::future::join_all;
use tenancy::{ComponentName, ComponentState};

use crate::{
    access::{not_verifiable_yet, without_excess_rights},
    component::{Departure, Journal},
    departure::{building_steps, closing_steps, lock_step, removal_steps},
    desired::{Desired, Home},
    report::{Outcome, PassReport},
    row::Row,
    step::{Rows, find},
};

use run::{RunOrder, run};

/// Brings a tenant to what its spec wants: onboarding, update and repair are the same.
pub async fn onboard(rows: &Rows, journal: &dyn Journal, desired: &Desired) -> PassReport {
    let mut desired = Desired {
        home: Home::Tenants,
        ..desired.clone()
    };
    let steps = building_steps(rows, &desired);
    let report = run(journal, &mut desired, steps, RunOrder::Last).await;
    without_excess_rights(&desired, report)
}

/// Observes every component at once and reports what would have to change. Applies nothing.
pub async fn audit(rows: &Rows, desired: &Desired) -> PassReport {
    let mut desired = desired.clone();
    let observations = join_all(rows.iter().map(|row| row.observe(&desired))).await;
    for (row, seen) in rows.iter().zip(&observations) {
        if let Ok(seen) = seen {
            row.teach(seen, &mut desired);
        }
    }
    let outcomes = rows
        .iter()
        .zip(observations)
        .map(|(row, seen)| row.summarize(seen, &desired));
    not_verifiable_yet(PassReport {
        outcomes: outcomes.collect(),
        account: desired.account.clone(),
    })
}

/// Removes a tenant: locked first, then emptied in the reverse order of need, what records last, then closed. Where an earlier pass
/// found the account `emptied`, and it has been locked since, only its closure is left, and nothing in it is observed again.
pub async fn offboard(
    rows: &Rows,
    journal: &dyn Journal,
    desired: &Desired,
    emptied: bool,
) -> PassReport {
    let mut desired = Desired {
        home: Home::Quarantine,
        ..desired.clone()
    };
    let Some(account_row) = find(rows, ComponentName::ACCOUNT) else {
        return PassReport::default();
    };
    let entry = entry(account_row, &mut desired).await;
    if !entry.waits.is_empty() || !entry.failures.is_empty() {
        return PassReport {
            outcomes: vec![entry],
            account: desired.account,
        };
    }
    if desired.account.is_none() {
        return without_account(rows, account_row, journal, desired).await;
    }
    let mut report = empty(rows, journal, &mut desired, emptied).await;
    if report.is_settled() {
        desired.home = Home::Suspended;
        let closing = closing_steps(rows);
        let last = run(journal, &mut desired, closing, RunOrder::Last).await;
        report
            .outcomes
            .retain(|o| last.outcomes.iter().all(|l| l.component != o.component));
        let closed = last.is_settled();
        report.outcomes.extend(last.outcomes);
        report.outcomes.extend(along(rows, closed));
    }
    report
}

/// Locks the account, and then removes what is in it. The lock comes first by itself: what was observed before it would have to be
/// observed again.
async fn empty(
    rows: &Rows,
    journal: &dyn Journal,
    desired: &mut Desired,
    emptied: bool,
) -> PassReport {
    let mut report = run(journal, desired, lock_step(rows), RunOrder::Earlier).await;
    let was_locked = report.outcomes.iter().all(|lock| lock.applied.is_empty());
    if report.is_settled() {
        let removal: Vec<Outcome> = match emptied && was_locked {
            true => removed(rows).collect(),
            false => {
                let steps = removal_steps(rows);
                run(journal, desired, steps, RunOrder::Earlier)
                    .await
                    .outcomes
            }
        };
        report.outcomes.extend(removal);
        report.outcomes.sort_by_key(|outcome| outcome.component);
    } else {
        let blocked = removed(rows)
            .map(|outcome| Outcome::blocked(outcome.component, ComponentName::PLACEMENT));
        report.outcomes.extend(blocked);
    }
    report.account.clone_from(&desired.account);
    report
}

/// Everything that is removed by itself, as it is when that is done.
fn removed(rows: &Rows) -> impl Iterator<Item = Outcome> {
    let removed = removal_steps(rows).into_iter();
    removed.map(|step| Outcome::new(step.row.name(), ComponentState::Absent))
}

/// What goes with the account is not observed on the way out: there is nothing to remove.
fn along(rows: &Rows, closed: bool) -> impl Iterator<Item = Outcome> {
    let goes_along = rows
        .iter()
        .map(|row| row.declaration())
        .filter(|line| line.departure() == Departure::WithAccount);
    goes_along.map(move |line| match closed {
        true => Outcome::new(line.name(), ComponentState::Absent),
        false => Outcome::blocked(line.name(), ComponentName::ACCOUNT),
    })
}

/// Whether there is an account to enter.
async fn entry(account: &dyn Row, desired: &mut Desired) -> Outcome {
    let seen = account.observe(desired).await;
    if let Ok(seen) = &seen {
        account.teach(seen, desired);
    }
    account.summarize(seen, desired)
}

/// There is no account to enter: whatever was in it is closed with it.
async fn without_account(
    rows: &Rows,
    account_row: &dyn Row,
    journal: &dyn Journal,
    mut desired: Desired,
) -> PassReport {
    let account = account_row.reconcile(journal, &mut desired, None).await;
    let rest = rows
        .iter()
        .map(|row| row.name())
        .filter(|name| *name != ComponentName::ACCOUNT);
    let mut outcomes = vec![];
    if account.is_settled() {
        outcomes.extend(rest.map(|name| Outcome::new(name, ComponentState::Absent)));
    }
    outcomes.insert(0, account);
    PassReport {
        outcomes,
        account: None,
    }
}
