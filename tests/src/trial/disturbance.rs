//! A verb's run under one disturbance. It must end as the reference run, with nothing made twice on the way either.

use std::fmt;

use tenancy::{Phase, Verb};

use super::{
    environment::{Environment, MOST_PASSES},
    invariants::{FinalState, check_invariants},
    random::STALE_SECS,
    recording::Recording,
    summary::Violation,
};
use crate::{
    machine::{APP, AnyError},
    proxy::{Effect, Fault, Match},
};

/// What disturbs a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Every message is delivered twice at once, to two processes.
    DuplicateMessages,
    /// Responses to writes are lost, chosen by a seed.
    LostResponses(u64),
    /// Reads return, once or twice, the state before the last write; chosen by a seed.
    StaleReads(u64),
    /// A departure is requested after so many passes.
    EarlyDeparture(usize),
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateMessages => write!(f, "duplicate messages"),
            Self::LostResponses(seed) => write!(f, "lost responses, seed {seed}"),
            Self::StaleReads(seed) => write!(f, "stale reads, seed {seed}"),
            Self::EarlyDeparture(passes) => write!(f, "departure requested after {passes} passes"),
        }
    }
}

/// Every disturbance of each recording, with `seeds` seeds for those that use one.
pub fn all(recordings: usize, seeds: u64) -> Vec<(usize, Disturbance)> {
    let of = |recording| {
        let seeded = (1..=seeds).flat_map(|seed| {
            [
                Disturbance::LostResponses(seed),
                Disturbance::StaleReads(seed),
            ]
        });
        [Disturbance::DuplicateMessages]
            .into_iter()
            .chain(seeded)
            .chain((0..3).map(Disturbance::EarlyDeparture))
            .map(move |disturbance| (recording, disturbance))
    };
    (0..recordings).flat_map(of).collect()
}

/// Runs a recording's verb again under the disturbance, and returns what is violated.
///
/// # Errors
/// The first checkpoint cannot be restored.
pub async fn run(
    environment: &Environment,
    recording: &Recording,
    disturbance: Disturbance,
) -> Result<Vec<Violation>, AnyError> {
    let first = recording.checkpoints.first();
    environment
        .restore(first.ok_or("no first checkpoint")?)
        .await?;
    let ran = match disturbance {
        Disturbance::DuplicateMessages => duplicate_messages(environment, recording).await,
        Disturbance::LostResponses(seed) => {
            with_fault(environment, recording, seed, lost_responses()).await
        }
        Disturbance::StaleReads(seed) => {
            with_fault(environment, recording, seed, stale_reads(seed)).await
        }
        Disturbance::EarlyDeparture(passes) => {
            early_departure(environment, recording, passes).await
        }
    };
    match ran {
        Ok(()) => violations(environment, recording, disturbance).await,
        Err(error) => Ok(vec![Violation::Stuck(error.to_string())]),
    }
}

/// What is violated after a run that has settled.
async fn violations(
    environment: &Environment,
    recording: &Recording,
    disturbance: Disturbance,
) -> Result<Vec<Violation>, AnyError> {
    let mut reached = FinalState::of(environment, &recording.tenant).await?;
    let mut found = check_invariants(environment, &recording.tenant).await?;
    match disturbance {
        Disturbance::EarlyDeparture(_) => {
            if reached.phase != Some(Phase::Closed) {
                let phase = reached.phase;
                found.push(Violation::Stuck(format!("it is {phase:?}, not closed")));
            }
            return Ok(found);
        }
        // What a stale read does not show may be made a second time, and is removed again.
        Disturbance::StaleReads(_) => reached.account.made.clear(),
        Disturbance::DuplicateMessages | Disturbance::LostResponses(_) => {}
    }
    found.extend(reached.violations(&recording.reference));
    Ok(found)
}

/// Two processes get every message at the same time.
async fn duplicate_messages(
    environment: &Environment,
    recording: &Recording,
) -> Result<(), AnyError> {
    let machine = &environment.machine;
    let tenant = &recording.tenant;
    let one = machine.worker(recording.verb).await?;
    let other = machine.worker(recording.verb).await?;
    for _ in 0..MOST_PASSES {
        let (first, second) = tokio::join!(one.work(tenant), other.work(tenant));
        first.map_err(|failure| failure.to_string())?;
        second.map_err(|failure| failure.to_string())?;
        let Some(due) = environment.tenant(tenant).await?.due_at else {
            return Ok(());
        };
        machine.advance((due.as_second() - machine.now().as_second()).max(0) + 1);
    }
    Err(format!("still due after {MOST_PASSES} passes").into())
}

/// With a fault until it has settled, and then once more without.
async fn with_fault(
    environment: &Environment,
    recording: &Recording,
    seed: u64,
    fault: Fault,
) -> Result<(), AnyError> {
    let machine = &environment.machine;
    let proxy = &machine.aws.proxy;
    let tenant = &recording.tenant;
    proxy.reseed(seed);
    proxy.add_fault(fault);
    // While the fault lasts, the run may fail.
    let _ = environment.settle(recording.verb, tenant).await;
    proxy.clear_faults();
    proxy.forget_stale();
    machine.advance(901);
    machine.ledger.mark_due(tenant, machine.now()).await?;
    environment.settle(recording.verb, tenant).await.map(drop)
}

fn lost_responses() -> Fault {
    Fault {
        matching: of_reads(false),
        probability: Some(0.2),
        times: Some(25),
        effect: Effect::DropAnswer,
        ..Fault::default()
    }
}

fn stale_reads(seed: u64) -> Fault {
    Fault {
        matching: of_reads(true),
        probability: Some(0.4),
        times: Some(60),
        effect: Effect::Stale {
            ms: 60_000,
            secs: Some(STALE_SECS),
            reads: Some(1 + seed % 2),
        },
        ..Fault::default()
    }
}

fn of_reads(reads: bool) -> Match {
    Match {
        app: Some(APP.to_owned()),
        reads: Some(reads),
        ..Match::default()
    }
}

/// The departure is requested while the tenant is worked on.
async fn early_departure(
    environment: &Environment,
    recording: &Recording,
    passes: usize,
) -> Result<(), AnyError> {
    let tenant = &recording.tenant;
    let worker = environment.machine.worker(recording.verb).await?;
    for _ in 0..passes {
        let worked = worker.work(tenant).await;
        worked.map_err(|failure| failure.to_string())?;
        environment.machine.advance(20);
    }
    environment.request_departure(tenant).await?;
    environment.settle(Verb::Offboard, tenant).await.map(drop)
}
