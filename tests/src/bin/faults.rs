//! `make faults` and `make soak`: the figures of all trials.

#![allow(clippy::print_stdout, reason = "this is its purpose")]
#![allow(clippy::disallowed_methods, reason = "dbg")]

use std::time::Instant;

use scenarios::{machine::AnyError, trial::{lanes::Studio, stage::Stage, chance, directory::Directory}};

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let started = Instant::now();
    if let Ok(seeds) = std::env::var("SEEDS") {
        let (a, b) = seeds.split_once("..").unwrap();
        let dir = Directory::new()?;
        let q = Stage::new(scenarios::trial::stage::quick()).await?;
        let quiet = chance::Quiet::observe(&q, dir.path()).await?;
        println!("quiet in {:?}", started.elapsed());
        let stage = q.twin(chance::awkward()).await?;
        for seed in a.parse::<u64>()?..=b.parse()? {
            let t = Instant::now();
            let flaws = chance::trial(&stage, &quiet, seed).await?;
            println!("seed {seed}: {:?} {} calls", t.elapsed(), stage.machine.aws.proxy.calls().len());
            stage.machine.aws.proxy.forget_calls();
            for f in flaws { println!("   {f}"); }
        }
        return Ok(());
    }
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
