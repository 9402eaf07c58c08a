//! Several stages side by side, one for each processor, that share the work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, try_join_all};

use super::{
    chance::{self, Quiet},
    directory::Directory,
    figures::{Figures, Flaw},
    film::{self, Film},
    nuisance::{self, Nuisance},
    power,
    stage::{Stage, quick},
};
use crate::{machine::AnyError, proxy::Config};

/// Is told the figures after each trial.
pub type Told = Arc<dyn Fn(&Figures) + Send + Sync>;

/// The first stage, the recorded runs, and where kept worlds lie.
pub struct Studio {
    first: Arc<Stage>,
    directory: Directory,
    lanes: usize,
}

impl Studio {
    /// Starts the first of `lanes` stages.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn open(lanes: usize) -> Result<Self, AnyError> {
        Ok(Self {
            first: Arc::new(Stage::new(quick()).await?),
            directory: Directory::new()?,
            lanes: lanes.max(1),
        })
    }

    /// Records a quiet run of every verb.
    ///
    /// # Errors
    /// One does not end well.
    pub async fn record(&self) -> Result<Arc<Vec<Film>>, AnyError> {
        Ok(Arc::new(
            film::all(&self.first, self.directory.path()).await?,
        ))
    }

    /// Runs a tenant of each kind, quietly, for random trials to be compared with.
    ///
    /// # Errors
    /// One does not settle.
    pub async fn observe(&self) -> Result<Arc<Quiet>, AnyError> {
        Ok(Arc::new(
            Quiet::observe(&self.first, self.directory.path()).await?,
        ))
    }

    /// Loses power at the points that leave these worlds (film, world).
    ///
    /// # Errors
    /// A world cannot be put back.
    pub async fn lose_power(
        &self,
        films: &Arc<Vec<Film>>,
        worlds: Vec<(usize, usize)>,
        told: Told,
    ) -> Result<Figures, AnyError> {
        let films = Arc::clone(films);
        self.share(quick(), worlds, told, move |stage, (film, world)| {
            let films = Arc::clone(&films);
            Box::pin(
                async move { lost(&stage, films.get(film).ok_or("no such film")?, world).await },
            )
        })
        .await
    }

    /// Runs every film's verb once more under each nuisance.
    ///
    /// # Errors
    /// A world cannot be put back.
    pub async fn annoy(
        &self,
        films: &Arc<Vec<Film>>,
        trials: Vec<(usize, Nuisance)>,
        told: Told,
    ) -> Result<Figures, AnyError> {
        let films = Arc::clone(films);
        self.share(quick(), trials, told, move |stage, (film, nuisance)| {
            let films = Arc::clone(&films);
            Box::pin(async move {
                let film = films.get(film).ok_or("no such film")?;
                let mut figures = Figures {
                    nuisances: 1,
                    ..Figures::default()
                };
                let place = format!("{}, {nuisance}", film.name);
                figures.found(&place, nuisance::run(&stage, film, nuisance).await?);
                Ok(figures)
            })
        })
        .await
    }

    /// Random trials of these seeds.
    ///
    /// # Errors
    /// A world cannot be put back.
    pub async fn draw(
        &self,
        quiet: &Arc<Quiet>,
        seeds: Vec<u64>,
        told: Told,
    ) -> Result<Figures, AnyError> {
        let quiet = Arc::clone(quiet);
        self.share(chance::awkward(), seeds, told, move |stage, seed| {
            let quiet = Arc::clone(&quiet);
            Box::pin(async move {
                let mut figures = Figures {
                    seeds: 1,
                    ..Figures::default()
                };
                let place = format!("seed {seed} (replay with: make soak SEEDS={seed}..{seed})");
                figures.found(&place, chance::trial(&stage, &quiet, seed).await?);
                Ok(figures)
            })
        })
        .await
    }

    /// Has as many stages as there are lanes work off a list.
    async fn share<T: Send + 'static>(
        &self,
        config: Config,
        work: Vec<T>,
        told: Told,
        each: impl Fn(Arc<Stage>, T) -> BoxFuture<'static, Result<Figures, AnyError>>
        + Send
        + Sync
        + 'static,
    ) -> Result<Figures, AnyError> {
        let list = Arc::new(Mutex::new(work.into_iter()));
        let figures = Arc::new(Mutex::new(Figures::default()));
        let each = Arc::new(each);
        let mut lanes = Lanes::default();
        for _ in 0..self.lanes {
            let stage = Arc::new(self.first.twin(config.clone()).await?);
            let (list, figures) = (Arc::clone(&list), Arc::clone(&figures));
            let (each, told) = (Arc::clone(&each), Arc::clone(&told));
            lanes.0.push(tokio::spawn(async move {
                loop {
                    let next = lock(&list).next();
                    let Some(next) = next else {
                        return Ok::<(), AnyError>(());
                    };
                    let found = each(Arc::clone(&stage), next).await?;
                    let mut all = lock(&figures);
                    all.add(found);
                    told(&all);
                }
            }));
        }
        for ended in try_join_all(&mut lanes.0).await? {
            ended?;
        }
        Ok(lock(&figures).clone())
    }
}

/// Tasks that end with their owner: a trial that is given up must not leave emulators behind.
#[derive(Default)]
struct Lanes(Vec<tokio::task::JoinHandle<Result<(), AnyError>>>);

impl Drop for Lanes {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Goes on from one world, which as many points leave as there are calls that changed nothing in it, and two.
async fn lost(stage: &Stage, film: &Film, world: usize) -> Result<Figures, AnyError> {
    let flaws: Vec<Flaw> = power::go_on(stage, film, world).await?;
    let points = film.by_world().remove(&world).unwrap_or_default();
    let mut figures = Figures {
        points: points.len(),
        worlds: 1,
        ..Figures::default()
    };
    if let Some(point) = points.first() {
        let place = format!(
            "{}, power lost {:?} call {} ({})",
            film.name, point.moment, point.number, point.call
        );
        figures.found(&place, flaws);
    }
    Ok(figures)
}
