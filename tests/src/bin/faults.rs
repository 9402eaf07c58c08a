//! `make faults` and `make soak`: the figures of all trials.

#![allow(clippy::print_stdout, reason = "this is its purpose")]

use std::time::Instant;

use scenarios::{machine::AnyError, trial::lanes::Studio};

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let started = Instant::now();
    let studio = Studio::open(2).await?;
    for film in &studio.films {
        println!("{}: {} points, {} worlds", film.name, film.points.len(), film.by_world().len());
    }
    println!("recorded in {:?}", started.elapsed());
    let mut worlds = studio.all_worlds();
    let total = worlds.len();
    let most = std::env::var("WORLDS").ok().and_then(|t| t.parse().ok()).unwrap_or(total);
    worlds = worlds.into_iter().step_by((total / most).max(1)).collect();
    let begun = Instant::now();
    let figures = studio
        .lose_power(worlds, |figures| {
            println!("{} of {total} worlds, {} flaws, {:?}", figures.worlds, figures.flaws.len(), begun.elapsed());
        })
        .await?;
    print!("{figures}");
    Ok(())
}
