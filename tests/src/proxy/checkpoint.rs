//! The whole world kept and put back: the emulator's state, and what the proxy plays of AWS.
//!
//! While it is recorded, calls take effect one at a time, and the world is kept after each that may have changed it. Whoever
//! dies at a call, before or after it took effect, leaves the world as it was kept there.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde::Deserialize;

use super::analysis::is_read;
use super::call::Call;
use super::nat::Gateway;
use super::organizations::{self, Organization};
use super::state::State;
use super::tokens::Given;
use super::upstream::{AnyError, encode};

/// The world at one moment.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The emulator's state, in a file.
    file: PathBuf,
    /// Simulated seconds, and since when they are counted.
    now: f64,
    epoch: f64,
    organizations: HashMap<String, Organization>,
    gateways: HashMap<String, Gateway>,
    tokens: Given,
}

/// One call of a recorded run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number among the records.
    pub sequence: u64,
    /// Which of the kept worlds it found.
    pub before: usize,
    /// Which it left; the same if it changed nothing.
    pub after: usize,
}

/// What is in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Inventory {
    /// How many there are, by kind and by setting.
    pub alive: BTreeMap<String, u64>,
    /// How many were ever made, by kind.
    pub made: BTreeMap<String, u64>,
    /// What carries a tenant's tag.
    pub tagged: Vec<String>,
}

/// What is recorded.
#[derive(Debug, Default)]
pub struct Film {
    directory: PathBuf,
    /// The worlds, in order.
    pub worlds: Vec<Checkpoint>,
    /// The calls, in the order they took effect.
    pub steps: Vec<Step>,
    failure: Option<String>,
}

/// Recording, or not.
#[derive(Debug, Default)]
pub struct Checkpoints {
    on: AtomicBool,
    film: Arc<tokio::sync::Mutex<Film>>,
    last: Mutex<u64>,
}

impl Checkpoints {
    /// The turn of one effect, while it is recorded.
    pub async fn turn(&self) -> Option<tokio::sync::OwnedMutexGuard<Film>> {
        if !self.on.load(Ordering::SeqCst) {
            return None;
        }
        Some(Arc::clone(&self.film).lock_owned().await)
    }

    /// The turn of one effect, recorded or not: while it is held nothing is put back.
    pub async fn alone(&self) -> tokio::sync::OwnedMutexGuard<Film> {
        Arc::clone(&self.film).lock_owned().await
    }

    /// A file name of its own.
    fn file(&self, directory: &Path) -> PathBuf {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        directory.join(format!("{:p}-{last}", self))
    }

    /// Begins to record, from the world as it is.
    ///
    /// # Errors
    /// If the world cannot be kept.
    pub async fn begin(state: &State, directory: &Path) -> Result<(), AnyError> {
        let first = keep(state, directory).await?;
        *state.checkpoints.film.lock().await = Film {
            directory: directory.to_owned(),
            worlds: vec![first],
            ..Film::default()
        };
        state.checkpoints.on.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Ends recording.
    ///
    /// # Errors
    /// If a world could not be kept.
    pub async fn end(&self) -> Result<Film, AnyError> {
        self.on.store(false, Ordering::SeqCst);
        let film = std::mem::take(&mut *self.film.lock().await);
        match film.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(film),
        }
    }
}

impl Film {
    /// Takes down a call that has had its effect.
    pub async fn step(&mut self, state: &State, sequence: u64, call: &Call, succeeded: bool) {
        let before = self.worlds.len() - 1;
        let identity = &call.identity;
        let changes = succeeded && !is_read(&identity.service, &identity.operation);
        if changes {
            match keep(state, &self.directory).await {
                Ok(world) => self.worlds.push(world),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        let after = self.worlds.len() - 1;
        self.steps.push(Step {
            sequence,
            before,
            after,
        });
    }
}

/// Keeps the world as it is.
///
/// # Errors
/// If the emulator cannot.
pub async fn keep(state: &State, directory: &Path) -> Result<Checkpoint, AnyError> {
    let file = state.checkpoints.file(directory);
    let path = format!("checkpoint?file={}", encode(&file.to_string_lossy()));
    state.upstream.control(Method::POST, &path).await?;
    Ok(Checkpoint {
        file,
        now: state.clock.now(),
        epoch: state.clock.epoch_of(0.0),
        organizations: state.organizations.kept(),
        gateways: state.gateways.kept(),
        tokens: state.tokens.kept(),
    })
}

/// Puts a world back, which another proxy may have kept. Faults, and what was remembered for stale reads, are forgotten.
///
/// # Errors
/// If the emulator cannot.
pub async fn restore(state: &Arc<State>, kept: &Checkpoint) -> Result<(), AnyError> {
    state.clock.set(kept.now, kept.epoch);
    state.faults.clear(None);
    state.stale.clear();
    state.gateways.restore(&kept.gateways);
    state.tokens.restore(&kept.tokens);
    let _alone = state.checkpoints.alone().await;
    restore_file(state, kept, "").await?;
    organizations::restore(state, &kept.organizations);
    Ok(())
}

/// Puts back what one account held then, and nothing else.
///
/// # Errors
/// If the emulator cannot.
pub async fn restore_account(
    state: &State,
    kept: &Checkpoint,
    account: &str,
) -> Result<(), AnyError> {
    restore_file(state, kept, &format!("&account={account}")).await
}

async fn restore_file(state: &State, kept: &Checkpoint, more: &str) -> Result<(), AnyError> {
    let file = encode(&kept.file.to_string_lossy());
    let path = format!("restore?file={file}{more}");
    state.upstream.control(Method::POST, &path).await.map(drop)
}

/// What is in an account; `words` are what differs from tenant to tenant.
///
/// # Errors
/// If the emulator cannot say.
pub async fn inventory(
    state: &State,
    account: &str,
    words: &[&str],
) -> Result<Inventory, AnyError> {
    let words: String = words
        .iter()
        .map(|word| format!("&word={}", encode(word)))
        .collect();
    let path = format!("inventory?account={account}{words}");
    Ok(serde_json::from_value(
        state.upstream.control(Method::GET, &path).await?,
    )?)
}
