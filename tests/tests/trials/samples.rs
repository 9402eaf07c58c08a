//! Some of the checkpoints that a loss of power leaves, some disturbances, twenty seeds.

use std::sync::Arc;

use scenarios::trial::{
    disturbance, recording,
    runner::{OnProgress, Runner},
};

/// Every n-th checkpoint is tried.
const EVERY: usize = 20;

fn no_progress() -> OnProgress {
    Arc::new(|_| {})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_loses_power_or_is_disturbed_ends_as_a_reference_run_without_duplicates_or_leaks()
 {
    let runner = Runner::start(2).await.unwrap();
    let recordings = runner.record().await.unwrap();
    let all = recording::crash_points(&recordings);
    let some: Vec<_> = all.iter().copied().step_by(EVERY).collect();
    let trials = some.len();
    let summary = runner.power_losses(&recordings, some, no_progress()).await;
    let summary = summary.unwrap();
    assert!(summary.is_clean(), "{summary}");
    assert_eq!(summary.checkpoints, trials);
    println!(
        "{trials} of {} checkpoints: {} points",
        all.len(),
        summary.points
    );
    let disturbances = disturbance::all(recordings.len(), 1);
    let disturbances = disturbances.into_iter().step_by(2).collect();
    let summary = runner.disturbances(&recordings, disturbances, no_progress());
    let summary = summary.await.unwrap();
    assert!(summary.is_clean(), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_seeds_settle() {
    let runner = Runner::start(2).await.unwrap();
    let references = runner.references().await.unwrap();
    let seeds = (1..=20).collect();
    let summary = runner.seeds(&references, seeds, no_progress()).await;
    let summary = summary.unwrap();
    assert!(summary.is_clean(), "{summary}");
    assert_eq!(summary.seeds, 20);
}
