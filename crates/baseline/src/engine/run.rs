//! Steps of a pass, run side by side as their needs are settled.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt, future::join_all, join, stream::FuturesUnordered};
use tenancy::{AccountId, ComponentName, ComponentState, Failure};

use crate::{
    component::Journal,
    desired::Desired,
    outputs::Outputs,
    report::{Outcome, PassReport},
    row::AnyObservation,
    step::Step,
};

/// Something that happened in a pass.
enum Event {
    /// A component was worked on, and this is what is known since.
    Worked(Outcome, Option<AccountId>, Outputs),
    /// A component was recorded.
    Recorded,
    /// A component could not be recorded, so this pass must not go on.
    Unrecorded(Outcome),
}

type Observations = BTreeMap<ComponentName, Result<AnyObservation, Failure>>;

/// Whether the pass goes on after a run of some steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RunOrder {
    /// There are more.
    Earlier,
    /// These are the last.
    Last,
}

/// Runs steps side by side as their needs are settled.
pub(super) async fn run(
    journal: &dyn Journal,
    desired: &mut Desired,
    steps: Vec<Step<'_>>,
    order: RunOrder,
) -> PassReport {
    let mut observations = first_observations(desired, &steps).await;
    let mut waiting = steps;
    let mut done: BTreeMap<ComponentName, Outcome> = BTreeMap::new();
    let mut running = FuturesUnordered::new();
    // How many are worked on; what is recorded runs beside.
    let mut working = 0usize;
    loop {
        let (ready, rest): (Vec<Step>, Vec<Step>) = waiting
            .into_iter()
            .partition(|step| step.all_needs(&done, Outcome::is_settled));
        waiting = rest;
        for step in ready {
            // An observation made before what it needs was changed is thrown away, except on the way out: that others are removed
            // does not change what is to be removed here.
            let fresh =
                desired.leaving() || step.all_needs(&done, |outcome| outcome.applied.is_empty());
            let earlier = observations.remove(&step.row.name());
            let earlier = earlier.and_then(Result::ok).filter(|_| fresh);
            running.push(work(journal, desired.clone(), step, earlier).boxed());
            working += 1;
        }
        match running.next().await {
            None => break,
            Some(Event::Worked(outcome, account, known)) => {
                desired.account = account.or(desired.account.take());
                desired.outputs.merge(known);
                let component = outcome.component;
                done.insert(component, outcome.clone());
                working -= 1;
                let goes_on = |step: &Step| step.all_needs(&done, Outcome::is_settled);
                let is_last = working == 0 && !waiting.iter().any(goes_on);
                let last = is_last.then_some(order);
                running.push(record(journal, outcome, last).boxed());
            }
            Some(Event::Recorded) => {}
            Some(Event::Unrecorded(outcome)) => return report(vec![outcome], desired),
        }
    }
    let mut outcomes: Vec<Outcome> = waiting.iter().map(|step| step.blocked(&done)).collect();
    outcomes.extend(done.into_values());
    outcomes.sort_by_key(|outcome| outcome.component);
    report(outcomes, desired)
}

fn report(outcomes: Vec<Outcome>, desired: &Desired) -> PassReport {
    PassReport {
        outcomes,
        account: desired.account.clone(),
    }
}

impl Step<'_> {
    fn all_needs(
        &self,
        done: &BTreeMap<ComponentName, Outcome>,
        hold: impl Fn(&Outcome) -> bool,
    ) -> bool {
        self.needs
            .iter()
            .all(|need| done.get(need).is_some_and(&hold))
    }

    fn blocked(&self, done: &BTreeMap<ComponentName, Outcome>) -> Outcome {
        let unsettled = |need: &&ComponentName| !done.get(need).is_some_and(Outcome::is_settled);
        let by = self.needs.iter().find(unsettled).copied();
        Outcome::blocked(self.row.name(), by.unwrap_or(self.row.name()))
    }
}

/// Observes everything at once where the account is known, so that a settled tenant costs one round of reads.
async fn first_observations(desired: &Desired, steps: &[Step<'_>]) -> Observations {
    if desired.account.is_none() {
        return BTreeMap::new();
    }
    let observations = steps
        .iter()
        .map(|step| async { (step.row.name(), step.row.observe(desired).await) });
    join_all(observations).await.into_iter().collect()
}

async fn work(
    journal: &dyn Journal,
    mut desired: Desired,
    step: Step<'_>,
    earlier: Option<AnyObservation>,
) -> Event {
    let outcome = step.row.reconcile(journal, &mut desired, earlier).await;
    Event::Worked(outcome, desired.account, desired.outputs)
}

/// Records a component beside the work on the others, or as the last of a run.
async fn record(journal: &dyn Journal, outcome: Outcome, last_of: Option<RunOrder>) -> Event {
    let recorded = match last_of {
        None => journal.record(&outcome).await,
        Some(RunOrder::Earlier) => {
            let (recorded, ()) = join!(journal.record(&outcome), journal.flush());
            recorded
        }
        Some(RunOrder::Last) => journal.record_last(&outcome).await,
    };
    match recorded {
        Ok(()) => Event::Recorded,
        Err(failure) => Event::Unrecorded(Outcome {
            state: ComponentState::Failed,
            failures: vec![failure],
            ..outcome
        }),
    }
}
