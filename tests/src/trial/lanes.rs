//! Several stages side by side, one for each processor, that share the work.

use std::sync::{Mutex, PoisonError};

use super::{
    directory::Directory,
    figures::Figures,
    film::{self, Film},
    power,
    stage::{Stage, quick},
};
use crate::machine::AnyError;

/// Stages, and the films recorded on the first of them.
pub struct Studio {
    stages: Vec<Stage>,
    /// The recorded runs.
    pub films: Vec<Film>,
    _directory: Directory,
}

impl Studio {
    /// Starts `lanes` stages and records the quiet runs.
    ///
    /// # Errors
    /// The local AWS does not start, or a quiet run does not end well.
    pub async fn open(lanes: usize) -> Result<Self, AnyError> {
        let directory = Directory::new()?;
        let first = Stage::new(quick()).await?;
        let films = film::all(&first, directory.path()).await?;
        let mut stages = vec![first];
        while stages.len() < lanes.max(1) {
            let another = match stages.first() {
                Some(first) => first.twin(quick()).await?,
                None => break,
            };
            stages.push(another);
        }
        Ok(Self {
            stages,
            films,
            _directory: directory,
        })
    }

    /// Loses power at the points that leave one of `wanted` worlds (film, world), and tells each result as it comes.
    ///
    /// # Errors
    /// A world cannot be put back.
    pub async fn lose_power(
        &self,
        wanted: Vec<(usize, usize)>,
        told: impl Fn(&Figures) + Send + Sync,
    ) -> Result<Figures, AnyError> {
        let work = Mutex::new(wanted.into_iter());
        let figures = Mutex::new(Figures::default());
        let lanes = self
            .stages
            .iter()
            .map(|stage| self.lane(stage, &work, &figures, &told));
        futures::future::try_join_all(lanes).await?;
        Ok(figures.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn lane(
        &self,
        stage: &Stage,
        work: &Mutex<std::vec::IntoIter<(usize, usize)>>,
        figures: &Mutex<Figures>,
        told: &(impl Fn(&Figures) + Send + Sync),
    ) -> Result<(), AnyError> {
        loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((film, world)) = next else {
                return Ok(());
            };
            let film = self.films.get(film).ok_or("no such film")?;
            let flaws = power::go_on(stage, film, world).await?;
            let points = film.by_world().remove(&world).unwrap_or_default();
            let mut figures = figures.lock().unwrap_or_else(PoisonError::into_inner);
            figures.points += points.len();
            figures.worlds += 1;
            if let (Some(point), false) = (points.first(), flaws.is_empty()) {
                let place = format!(
                    "{}, power lost {:?} call {} ({})",
                    film.name, point.moment, point.number, point.call
                );
                figures.found(&place, flaws);
            }
            told(&figures);
        }
    }

    /// Every world of every film that an interruption leaves.
    pub fn all_worlds(&self) -> Vec<(usize, usize)> {
        let films = self.films.iter().enumerate();
        films
            .flat_map(|(index, film)| film.by_world().into_keys().map(move |world| (index, world)))
            .collect()
    }
}
