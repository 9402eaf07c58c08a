//! `make faults` and `make soak`: power lost at every call, and everything at once by chance; the figures of it all.

#![allow(clippy::print_stdout, reason = "figures are its purpose")]

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::Parser;
use scenarios::{
    machine::AnyError,
    trial::{
        figures::Figures,
        film,
        lanes::{Studio, Told},
        nuisance,
    },
};

/// Loses power at every call of the four verbs, and tries seeds.
#[derive(Parser)]
struct Arguments {
    /// Local AWSes side by side; as many as there are processors if left out.
    #[arg(long)]
    lanes: Option<usize>,
    /// Seeds of random trials, the first and the last one, or `none`.
    #[arg(long, default_value = "1..100", value_parser = seeds)]
    seeds: Seeds,
    /// Only random trials.
    #[arg(long)]
    only_seeds: bool,
    /// Only verbs whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Goes on from every n-th world only that a loss of power leaves.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Gives up after so many minutes.
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
    let limit = Duration::from_secs(arguments.minutes * 60);
    let trials = all(&arguments);
    let ended = tokio::select! {
        ended = tokio::time::timeout(limit, trials) => ended,
        () = told_to_stop() => return failed("interrupted"),
    };
    match ended {
        Ok(Ok(figures)) => {
            print!("{figures}");
            ExitCode::from(u8::from(!figures.is_clean()))
        }
        Ok(Err(error)) => failed(&error.to_string()),
        Err(_) => failed(&format!("not done after {} minutes", arguments.minutes)),
    }
}

/// Ends when somebody wants it to, so that the emulators are stopped as in any other end.
async fn told_to_stop() {
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

async fn all(arguments: &Arguments) -> Result<Figures, AnyError> {
    let lanes = arguments
        .lanes
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
    let studio = Studio::open(lanes).await?;
    let mut figures = Figures::default();
    if !arguments.only_seeds {
        figures.add(verbs(&studio, arguments).await?);
    }
    let seeds = arguments.seeds.0.clone();
    if !seeds.is_empty() {
        let quiet = studio.observe().await?;
        let told = progress("seeds", seeds.len());
        figures.add(studio.draw(&quiet, seeds, told).await?);
    }
    Ok(figures)
}

/// Every call of every verb, and every nuisance of each.
async fn verbs(studio: &Studio, arguments: &Arguments) -> Result<Figures, AnyError> {
    println!("recording a quiet run of each verb");
    let films = studio.record().await?;
    for film in films.iter() {
        let (points, worlds) = (film.points.len(), film.by_world().len());
        println!(
            "  {:<20} {points:>5} interruption points leave {worlds:>4} different worlds",
            film.name
        );
    }
    if let Some(film) = films.iter().find(|film| film.name == "offboarding") {
        let stays = film.left.account.tagged.join(", ");
        println!("  a quiet departure leaves in the closed account: {stays}");
    }
    let chosen = |film: usize| {
        let film = films.get(film);
        film.is_some_and(|film| film.name.contains(&arguments.only))
    };
    let worlds = film::worlds(&films)
        .into_iter()
        .filter(|(film, _)| chosen(*film));
    let worlds: Vec<_> = worlds.step_by(arguments.every.max(1)).collect();
    let told = progress("worlds", worlds.len());
    let mut figures = studio.lose_power(&films, worlds, told).await?;
    let mut nuisances = nuisance::all(films.len(), 3);
    nuisances.retain(|(film, _)| chosen(*film));
    let told = progress("nuisances", nuisances.len());
    figures.add(studio.annoy(&films, nuisances, told).await?);
    Ok(figures)
}

/// A line that counts up, with the time that is left; flaws are shown as soon as they are found.
fn progress(what: &'static str, total: usize) -> Told {
    let begun = Instant::now();
    let shown = Mutex::new((0, 0, Instant::now()));
    let live = std::io::stdout().is_terminal();
    Arc::new(move |figures| {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, flaws, at) = &mut *shown;
        *done += 1;
        for (place, flaw) in figures.flaws.iter().skip(*flaws) {
            println!("\r{place}: {flaw}");
        }
        *flaws = figures.flaws.len();
        let last = *done == total;
        if !last && !live && at.elapsed() < Duration::from_secs(15) {
            return;
        }
        *at = Instant::now();
        let left = begun.elapsed().as_secs() * (total - *done) as u64 / *done as u64;
        let line = format!("{done:>5} of {total} {what}, about {left} s left, {flaws} flaws");
        let end = if live && !last { "\r" } else { "\n" };
        print!("{line}  {end}");
        let _ = std::io::stdout().flush();
    })
}
