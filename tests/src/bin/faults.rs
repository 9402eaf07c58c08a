//! `make faults` and `make soak`: power lost at every call, runs under a disturbance, and random trials; prints a summary.

#![allow(clippy::print_stdout, reason = "it prints a summary")]

use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::Parser;
use scenarios::{
    actions::{self, UsedActions},
    machine::AnyError,
    trial::{
        disturbance,
        recording::{self, Recording},
        runner::{OnProgress, Runner},
        summary::Summary,
    },
};

/// Loses power at every call of the four verbs, and runs random trials.
#[derive(Parser)]
struct Arguments {
    /// Number of concurrent workers, each with its own local AWS [default: the number of processors].
    #[arg(long)]
    workers: Option<usize>,
    /// Seeds of random trials, the first and the last one, or `none`.
    #[arg(long, default_value = "1..100", value_parser = seeds)]
    seeds: Seeds,
    /// Run random trials only.
    #[arg(long)]
    only_seeds: bool,
    /// Run only verbs whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Resume from every n-th checkpoint only.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Compare the IAM actions that all runs used with those that the roles are granted. Actions that other processes recorded in
    /// the directory TENANTRY_USED_ACTIONS count too.
    #[arg(long)]
    compare_actions: bool,
    /// Run nothing, only compare what other processes recorded, and fail if there is any difference.
    #[arg(long)]
    only_compare_actions: bool,
    /// Give up after so many minutes.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
}

#[derive(Clone, Debug)]
struct Seeds(Vec<u64>);

fn seeds(text: &str) -> Result<Seeds, String> {
    if text == "none" {
        return Ok(Seeds(Vec::new()));
    }
    let wrong = || format!("`{text}` is not two numbers like 1..100, the last not below the first");
    let (first, last) = text.split_once("..").ok_or_else(wrong)?;
    let last = last.trim_start_matches('=');
    let (first, last): (u64, u64) = (
        first.parse().map_err(|_| wrong())?,
        last.parse().map_err(|_| wrong())?,
    );
    match first <= last {
        true => Ok(Seeds((first..=last).collect())),
        false => Err(wrong()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.only_compare_actions {
        return match compare_actions(UsedActions::default()) {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => failed(&error.to_string()),
        };
    }
    let limit = Duration::from_secs(arguments.minutes * 60);
    let trials = run(&arguments);
    let ended = tokio::select! {
        ended = tokio::time::timeout(limit, trials) => ended,
        () = interrupted() => return failed("interrupted"),
    };
    match ended {
        Ok(Ok(summary)) => {
            print!("{summary}");
            ExitCode::from(u8::from(!summary.is_clean()))
        }
        Ok(Err(error)) => failed(&error.to_string()),
        Err(_) => failed(&format!("not finished after {} minutes", arguments.minutes)),
    }
}

/// Returns at Ctrl-C or SIGTERM, so that the emulators are stopped as at any other end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}

fn failed(why: &str) -> ExitCode {
    println!("\nthe trials could not be finished: {why}");
    ExitCode::FAILURE
}

async fn run(arguments: &Arguments) -> Result<Summary, AnyError> {
    let workers = arguments
        .workers
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
    let runner = Runner::start(workers).await?;
    let mut summary = Summary::default();
    if !arguments.only_seeds {
        summary.add(verbs(&runner, arguments).await?);
    }
    let seeds = arguments.seeds.0.clone();
    if !seeds.is_empty() {
        let references = runner.references().await?;
        let progress = progress("seeds", seeds.len());
        summary.add(runner.seeds(&references, seeds, progress).await?);
    }
    if arguments.compare_actions {
        compare_actions(runner.used_actions())?;
    }
    Ok(summary)
}

/// Prints every action that was used and not granted, and every one that was granted and not used; returns how many.
fn compare_actions(mut used: UsedActions) -> Result<usize, AnyError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests say in the environment where they keep what they used"
    )]
    let directory = std::env::var_os(actions::DIRECTORY);
    if let Some(directory) = directory {
        used.merge(UsedActions::load(Path::new(&directory))?);
    }
    let granted = actions::granted()?;
    let parts = [
        (
            "used and not granted",
            actions::used_not_granted(&used, &granted),
        ),
        (
            "granted and not used",
            actions::granted_not_used(&used, &granted),
        ),
    ];
    let count = parts.iter().map(|(_, differences)| differences.len()).sum();
    for (name, differences) in parts {
        println!("actions {name}: {}", differences.len());
        for difference in differences {
            println!("  {difference}");
        }
    }
    Ok(count)
}

/// A loss of power at every call of every verb, and every disturbance of each verb.
async fn verbs(runner: &Runner, arguments: &Arguments) -> Result<Summary, AnyError> {
    println!("recording a reference run of each verb");
    let recordings = runner.record().await?;
    print_recordings(&recordings);
    let chosen = |recording: usize| {
        let recording = recordings.get(recording);
        recording.is_some_and(|recording| recording.name.contains(&arguments.only))
    };
    let checkpoints = recording::crash_points(&recordings)
        .into_iter()
        .filter(|(recording, _)| chosen(*recording));
    let checkpoints: Vec<_> = checkpoints.step_by(arguments.every.max(1)).collect();
    let shown = progress("checkpoints", checkpoints.len());
    let mut summary = runner.power_losses(&recordings, checkpoints, shown).await?;
    let mut disturbances = disturbance::all(recordings.len(), 3);
    disturbances.retain(|(recording, _)| chosen(*recording));
    let shown = progress("disturbances", disturbances.len());
    summary.add(
        runner
            .disturbances(&recordings, disturbances, shown)
            .await?,
    );
    Ok(summary)
}

fn print_recordings(recordings: &[Recording]) {
    for recording in recordings {
        let (points, checkpoints) = (recording.points.len(), recording.by_checkpoint().len());
        println!(
            "  {:<20} {points:>5} interruption points, {checkpoints:>4} distinct checkpoints",
            recording.name
        );
    }
    let offboarding = recordings.iter().find(|one| one.name == "offboarding");
    if let Some(recording) = offboarding {
        let retained = recording.reference.account.tagged.join(", ");
        println!("  the reference departure leaves in the closed account: {retained}");
    }
}

/// Prints a progress line with an estimate of the time left, and each violation as soon as it is found.
fn progress(what: &'static str, total: usize) -> OnProgress {
    let begun = Instant::now();
    let shown = Mutex::new((0, 0, Instant::now()));
    let live = std::io::stdout().is_terminal();
    Arc::new(move |summary| {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, violations, at) = &mut *shown;
        *done += 1;
        for (place, violation) in summary.violations.iter().skip(*violations) {
            println!("\r{place}: {violation}");
        }
        *violations = summary.violations.len();
        let last = *done == total;
        if !last && !live && at.elapsed() < Duration::from_secs(15) {
            return;
        }
        *at = Instant::now();
        let left = begun.elapsed().as_secs() * (total - *done) as u64 / *done as u64;
        let line =
            format!("{done:>5} of {total} {what}, about {left} s left, {violations} violations");
        let end = if live && !last { "\r" } else { "\n" };
        print!("{line}  {end}");
        let _ = std::io::stdout().flush();
    })
}
