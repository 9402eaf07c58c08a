//! `make bench`: counts AWS calls and round trips, measures size, cold start and memory of the function binaries, and how the machine
//! scales with the number of tenants.
//!
//! Counts are the same on every machine, so a broken budget on a count, or on a ratio of counts, ends with exit code 1. Times and
//! memory depend on the machine: they are printed beside their budgets and never fail the run.

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, waits for them and tells the time"
)]

mod audits;
mod binaries;
mod calls;
mod growth;
mod list;
mod load;
mod passes;
mod processes;
mod round_trips;
mod storm;
mod table;

use std::{collections::BTreeMap, process::ExitCode};

use clap::{Parser, ValueEnum};
use scenarios::machine::AnyError;
use tokio::signal::unix::{SignalKind, signal};

/// Counts AWS calls and round trips, measures size, cold start and memory of the functions, and how the machine scales.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Arguments {
    /// Run only these parts, whole [default: all but the storm and the daily sweep, and growth to 10 and 30 tenants].
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Run all parts whole: some 90 minutes.
    #[arg(long, conflicts_with = "only")]
    all: bool,
    /// Grow to 10 and 30 tenants instead of 10, 100 and 300.
    #[arg(long)]
    quick: bool,
    /// Grow to these numbers of tenants instead.
    #[arg(
        long,
        value_name = "NUMBERS",
        value_delimiter = ',',
        conflicts_with = "quick"
    )]
    tenants: Vec<usize>,
    /// Grow without audits and deletions afterwards.
    #[arg(long)]
    create_only: bool,
    /// Number of tenants in the daily sweep; 0 for no sweep.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    audits: usize,
    /// How many times faster than in AWS the daily sweep runs. The machine must be able to keep up.
    #[arg(long, value_name = "TIMES", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=5))]
    audit_scale: u32,
    /// Number of tenants in the throttling storm. If growth was measured with as many, the storm is compared with that run.
    #[arg(long, value_name = "NUMBER", default_value_t = 300)]
    storm: usize,
    /// Print the operations of every round trip.
    #[arg(long)]
    verbose: bool,
    /// Latency added to every call of tenantry. It must be well above what the emulator needs for all concurrent calls, or a late
    /// response is counted as one more round trip.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 800)]
    latency: u64,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// AWS calls and round trips.
    Calls,
    /// Size, cold start and memory of the function binaries.
    Binaries,
    /// Many tenants at once on the deployed machine.
    Growth,
    /// Many tenants at once while AWS throttles half of all calls.
    Storm,
    /// Passes that meet at the same rows, and the daily sweep over ten thousand tenants.
    Audits,
    /// Requests to the API, sixteen at once.
    List,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Processes are stopped when their owners are dropped, so an interrupted run must return from here.
    let ended = tokio::select! {
        ended = run(&arguments) => ended,
        () = interrupted() => Err("interrupted".into()),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("bench: a count is over its budget");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns at Ctrl-C or SIGTERM.
async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

impl Arguments {
    /// Whether a part runs at all.
    fn runs(&self, part: Part) -> bool {
        self.runs_whole(part) || (self.only.is_empty() && part != Part::Storm)
    }

    /// Whether it runs with all its tenants.
    fn runs_whole(&self, part: Part) -> bool {
        self.all || self.only.contains(&part)
    }

    /// The numbers of tenants to grow to.
    fn steps(&self) -> &[usize] {
        match self.tenants.as_slice() {
            [] if self.quick || !self.runs_whole(Part::Growth) => &[10, 30],
            [] => &[10, 100, 300],
            chosen => chosen,
        }
    }
}

/// True if every count is within its budget.
async fn run(arguments: &Arguments) -> Result<bool, AnyError> {
    let selected = |part| arguments.runs(part);
    let mut within = true;
    if selected(Part::Binaries) {
        let measured = binaries::measure().await?;
        measured.print();
        within &= measured.within();
    }
    if selected(Part::Calls) {
        let measured = calls::measure(arguments.latency, arguments.verbose).await?;
        measured.print();
        within &= measured.within();
    }
    if selected(Part::List) {
        list::measure().await?.print();
    }
    if selected(Part::Audits) {
        let mut measured = vec![audits::contention().await?];
        if arguments.audits > 0 && arguments.runs_whole(Part::Audits) {
            measured.push(audits::scale(arguments.audits, arguments.audit_scale).await?);
        }
        for table in measured {
            table.print();
            within &= table.within();
        }
    }
    let mut baseline = BTreeMap::new();
    if selected(Part::Growth) {
        let whole = !arguments.create_only;
        let measured = growth::measure(arguments.steps(), whole).await?;
        measured.table.print();
        within &= measured.table.within();
        baseline = measured.calls;
    }
    if selected(Part::Storm) {
        let known = baseline.get(&arguments.storm).copied();
        let measured = storm::measure(arguments.storm, known).await?;
        measured.print();
        within &= measured.within();
    }
    Ok(within)
}
