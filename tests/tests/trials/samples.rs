//! Some of the worlds a loss of power leaves, some nuisances, twenty seeds.

use std::sync::Arc;

use scenarios::trial::{
    film,
    lanes::{Studio, Told},
    nuisance,
};

/// Every so manieth of the worlds.
const EVERY: usize = 20;

fn unheard() -> Told {
    Arc::new(|_| {})
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_power_or_is_annoyed_ends_as_in_a_quiet_run_with_nothing_twice_and_nothing_left()
 {
    let studio = Studio::open(2).await.unwrap();
    let films = studio.record().await.unwrap();
    let all = film::worlds(&films);
    let some: Vec<_> = all.iter().copied().step_by(EVERY).collect();
    let trials = some.len();
    let figures = studio.lose_power(&films, some, unheard()).await.unwrap();
    assert!(figures.is_clean(), "{figures}");
    assert_eq!(figures.worlds, trials);
    println!(
        "{} of {} worlds: {} points",
        trials,
        all.len(),
        figures.points
    );
    let nuisances = nuisance::all(films.len(), 1)
        .into_iter()
        .step_by(2)
        .collect();
    let figures = studio.annoy(&films, nuisances, unheard()).await.unwrap();
    assert!(figures.is_clean(), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_seeds_settle_whatever_they_decide() {
    let studio = Studio::open(2).await.unwrap();
    let quiet = studio.observe().await.unwrap();
    let seeds = (1..=20).collect();
    let figures = studio.draw(&quiet, seeds, unheard()).await.unwrap();
    assert!(figures.is_clean(), "{figures}");
    assert_eq!(figures.seeds, 20);
}
