//! A run of a verb that is not quiet: one thing is wrong all the way, and it must end as the quiet one, with nothing made twice on
//! the way either.

use std::fmt;

use super::{
    chance::STALE_SECS,
    check::{Left, always},
    figures::Flaw,
    film::Film,
    stage::{MOST_PASSES, Stage},
};
use crate::{
    machine::{APP, AnyError},
    proxy::{Effect, Fault, Match},
};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nuisance {
    /// Every message comes twice at once, to two processes.
    Twice,
    /// Answers to writes are lost: the dice of a seed say which.
    LostAnswers(u64),
    /// Reads show, once or twice, what was there before the last write.
    StaleReads(u64),
    /// The wish changes midway: after so many passes.
    Leaving(usize),
}

impl fmt::Display for Nuisance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice => write!(f, "each message twice at once"),
            Self::LostAnswers(seed) => write!(f, "answers lost by seed {seed}"),
            Self::StaleReads(seed) => write!(f, "stale reads by seed {seed}"),
            Self::Leaving(passes) => write!(f, "told to leave after {passes} passes"),
        }
    }
}

/// Every nuisance of each film: `seeds` for those that go by chance.
pub fn all(films: usize, seeds: u64) -> Vec<(usize, Nuisance)> {
    let of = |film| {
        let chance =
            (1..=seeds).flat_map(|seed| [Nuisance::LostAnswers(seed), Nuisance::StaleReads(seed)]);
        let leaving = (0..3).map(Nuisance::Leaving);
        [Nuisance::Twice]
            .into_iter()
            .chain(chance)
            .chain(leaving)
            .map(move |nuisance| (film, nuisance))
    };
    (0..films).flat_map(of).collect()
}

/// Runs a film's verb again with the nuisance, and says what is other than it should be.
///
/// # Errors
/// The world cannot be put back.
pub async fn run(stage: &Stage, film: &Film, nuisance: Nuisance) -> Result<Vec<Flaw>, AnyError> {
    stage
        .restore(film.worlds.first().ok_or("no first world")?)
        .await?;
    let ran = match nuisance {
        Nuisance::Twice => twice(stage, film).await,
        Nuisance::LostAnswers(seed) => with(stage, film, seed, lost_answers()).await,
        Nuisance::StaleReads(seed) => with(stage, film, seed, stale_reads(seed)).await,
        Nuisance::Leaving(passes) => leaving(stage, film, passes).await,
    };
    if let Err(error) = ran {
        return Ok(vec![Flaw::Stuck(error.to_string())]);
    }
    let mut left = Left::of(stage, &film.tenant).await?;
    let mut flaws = always(stage, &film.tenant).await?;
    match nuisance {
        Nuisance::Leaving(_) => {
            if left.phase != Some(tenancy::Phase::Closed) {
                flaws.push(Flaw::Stuck(format!("it is {:?}, not closed", left.phase)));
            }
            return Ok(flaws);
        }
        // What a read does not show may be made a second time, and is taken away again.
        Nuisance::StaleReads(_) => left.account.made.clear(),
        Nuisance::Twice | Nuisance::LostAnswers(_) => {}
    }
    flaws.extend(left.flaws(&film.left));
    Ok(flaws)
}

/// Two processes get every message at the same time.
async fn twice(stage: &Stage, film: &Film) -> Result<(), AnyError> {
    let machine = &stage.machine;
    let one = machine.worker(film.verb).await?;
    let other = machine.worker(film.verb).await?;
    for _ in 0..MOST_PASSES {
        let (first, second) = tokio::join!(one.work(&film.tenant), other.work(&film.tenant));
        first.map_err(|failure| failure.to_string())?;
        second.map_err(|failure| failure.to_string())?;
        let Some(due) = stage.tenant(&film.tenant).await?.due_at else {
            return Ok(());
        };
        machine.advance((due.as_second() - machine.now().as_second()).max(0) + 1);
    }
    Err(format!("still due after {MOST_PASSES} passes").into())
}

/// With a fault until it has settled, and then once more without.
async fn with(stage: &Stage, film: &Film, seed: u64, fault: Fault) -> Result<(), AnyError> {
    let proxy = &stage.machine.aws.proxy;
    proxy.reseed(seed);
    proxy.add_fault(fault);
    // As long as it lasts it may fail as it likes.
    let _ = stage.settle(film.verb, &film.tenant).await;
    proxy.clear_faults();
    proxy.forget_stale();
    stage.machine.advance(901);
    let now = stage.machine.now();
    stage.machine.ledger.mark_due(&film.tenant, now).await?;
    stage.settle(film.verb, &film.tenant).await.map(drop)
}

fn lost_answers() -> Fault {
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
            looks: Some(1 + seed % 2),
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

/// It is told to leave while it is worked on.
async fn leaving(stage: &Stage, film: &Film, passes: usize) -> Result<(), AnyError> {
    let worker = stage.machine.worker(film.verb).await?;
    for _ in 0..passes {
        worker
            .work(&film.tenant)
            .await
            .map_err(|failure| failure.to_string())?;
        stage.machine.advance(20);
    }
    stage.ask_departure(&film.tenant).await?;
    let verb = tenancy::Verb::Offboard;
    stage.settle(verb, &film.tenant).await.map(drop)
}
