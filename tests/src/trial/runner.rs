//! Runs trials in several environments at once, one for each processor.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, try_join_all};

use super::{
    disturbance::{self, Disturbance},
    environment::{Environment, without_delays},
    power_loss,
    random::{self, References},
    recording::{self, Recording},
    summary::Summary,
    temporary::TemporaryDirectory,
};
use crate::{actions::UsedActions, machine::AnyError, proxy::Config};

/// Called with the summary so far after each trial.
pub type OnProgress = Arc<dyn Fn(&Summary) + Send + Sync>;

/// The first environment, and where checkpoints are kept.
pub struct Runner {
    first: Arc<Environment>,
    directory: TemporaryDirectory,
    workers: usize,
    /// What the environments that have been stopped used.
    used: Arc<Mutex<UsedActions>>,
}

impl Runner {
    /// Starts the first environment; trials will run in `workers` of them at once.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn start(workers: usize) -> Result<Self, AnyError> {
        Ok(Self {
            first: Arc::new(Environment::new(without_delays()).await?),
            directory: TemporaryDirectory::new()?,
            workers: workers.max(1),
            used: Arc::default(),
        })
    }

    /// Records a reference run of every verb.
    ///
    /// # Errors
    /// One fails without any fault.
    pub async fn record(&self) -> Result<Arc<Vec<Recording>>, AnyError> {
        let directory = self.directory.path();
        let recordings = recording::record_all(&self.first, directory).await?;
        Ok(Arc::new(recordings))
    }

    /// Makes a reference run of each spec variant, for random trials to be compared with.
    ///
    /// # Errors
    /// One does not settle.
    pub async fn references(&self) -> Result<Arc<References>, AnyError> {
        let directory = self.directory.path();
        let references = References::of(&self.first, directory).await?;
        Ok(Arc::new(references))
    }

    /// Resumes after a loss of power from each of these checkpoints (recording, checkpoint).
    ///
    /// # Errors
    /// A checkpoint cannot be restored.
    pub async fn power_losses(
        &self,
        recordings: &Arc<Vec<Recording>>,
        checkpoints: Vec<(usize, usize)>,
        progress: OnProgress,
    ) -> Result<Summary, AnyError> {
        let recordings = Arc::clone(recordings);
        let each = move |environment: Arc<Environment>, (recording, checkpoint): (usize, usize)| {
            let recordings = Arc::clone(&recordings);
            let trial = async move {
                let recording = recordings.get(recording).ok_or("no such recording")?;
                power_loss_trial(&environment, recording, checkpoint).await
            };
            Box::pin(trial) as BoxFuture<'static, _>
        };
        self.distribute(without_delays(), checkpoints, progress, each)
            .await
    }

    /// Runs recordings' verbs once more, each under a disturbance.
    ///
    /// # Errors
    /// A checkpoint cannot be restored.
    pub async fn disturbances(
        &self,
        recordings: &Arc<Vec<Recording>>,
        trials: Vec<(usize, Disturbance)>,
        progress: OnProgress,
    ) -> Result<Summary, AnyError> {
        let recordings = Arc::clone(recordings);
        let each = move |environment: Arc<Environment>, (index, disturbance)| {
            let recordings = Arc::clone(&recordings);
            let trial = async move {
                let recording = recordings.get(index).ok_or("no such recording")?;
                disturbance_trial(&environment, recording, disturbance).await
            };
            Box::pin(trial) as BoxFuture<'static, _>
        };
        self.distribute(without_delays(), trials, progress, each)
            .await
    }

    /// Runs the random trials of these seeds.
    ///
    /// # Errors
    /// A checkpoint cannot be restored.
    pub async fn seeds(
        &self,
        references: &Arc<References>,
        seeds: Vec<u64>,
        progress: OnProgress,
    ) -> Result<Summary, AnyError> {
        let references = Arc::clone(references);
        let each = move |environment: Arc<Environment>, seed| {
            let references = Arc::clone(&references);
            let trial = async move { seed_trial(&environment, &references, seed).await };
            Box::pin(trial) as BoxFuture<'static, _>
        };
        self.distribute(random::adverse(), seeds, progress, each)
            .await
    }

    /// The IAM actions that all runs so far have used.
    pub fn used_actions(&self) -> UsedActions {
        let mut used = self.first.machine.aws.proxy.used_actions();
        used.merge(lock(&self.used).clone());
        used
    }

    /// Runs each trial of a list in the next free one of `workers` environments.
    async fn distribute<T: Send + 'static>(
        &self,
        config: Config,
        trials: Vec<T>,
        progress: OnProgress,
        each: impl Fn(Arc<Environment>, T) -> BoxFuture<'static, Result<Summary, AnyError>>
        + Send
        + Sync
        + 'static,
    ) -> Result<Summary, AnyError> {
        let list = Arc::new(Mutex::new(trials.into_iter()));
        let summary = Arc::new(Mutex::new(Summary::default()));
        let each = Arc::new(each);
        let mut tasks = Tasks::default();
        for _ in 0..self.workers {
            let environment = Arc::new(self.first.empty_copy(config.clone()).await?);
            let (list, summary) = (Arc::clone(&list), Arc::clone(&summary));
            let (each, progress) = (Arc::clone(&each), Arc::clone(&progress));
            let used = Arc::clone(&self.used);
            tasks.0.push(tokio::spawn(async move {
                loop {
                    let next = lock(&list).next();
                    let Some(next) = next else { break };
                    let found = each(Arc::clone(&environment), next).await?;
                    let mut all = lock(&summary);
                    all.add(found);
                    progress(&all);
                }
                lock(&used).merge(environment.machine.aws.proxy.used_actions());
                Ok::<(), AnyError>(())
            }));
        }
        for ended in try_join_all(&mut tasks.0).await? {
            ended?;
        }
        Ok(lock(&summary).clone())
    }
}

/// Tasks that end with their owner: an interrupted run must not leave emulators behind.
#[derive(Default)]
struct Tasks(Vec<tokio::task::JoinHandle<Result<(), AnyError>>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resumes from one checkpoint. It stands for every interruption point that leaves it: each call that changed nothing there, and
/// the two effects around it.
async fn power_loss_trial(
    environment: &Environment,
    recording: &Recording,
    checkpoint: usize,
) -> Result<Summary, AnyError> {
    let violations = power_loss::resume(environment, recording, checkpoint).await?;
    let points = recording.by_checkpoint().remove(&checkpoint);
    let points = points.unwrap_or_default();
    let mut summary = Summary {
        points: points.len(),
        checkpoints: 1,
        ..Summary::default()
    };
    if let Some(point) = points.first() {
        let place = format!(
            "{}, power lost {:?} call {} ({})",
            recording.name, point.moment, point.number, point.call
        );
        summary.found(&place, violations);
    }
    Ok(summary)
}

async fn disturbance_trial(
    environment: &Environment,
    recording: &Recording,
    disturbance: Disturbance,
) -> Result<Summary, AnyError> {
    let mut summary = Summary {
        disturbances: 1,
        ..Summary::default()
    };
    let violations = disturbance::run(environment, recording, disturbance).await?;
    summary.found(&format!("{}, {disturbance}", recording.name), violations);
    Ok(summary)
}

async fn seed_trial(
    environment: &Environment,
    references: &References,
    seed: u64,
) -> Result<Summary, AnyError> {
    let mut summary = Summary {
        seeds: 1,
        ..Summary::default()
    };
    let place = format!("seed {seed} (replay with: make soak SEEDS={seed}..{seed})");
    let violations = random::trial(environment, references, seed).await?;
    summary.found(&place, violations);
    Ok(summary)
}
