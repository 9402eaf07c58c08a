//! Checkpoints of the whole local AWS: the emulator's state, and what the proxy simulates of AWS.
//!
//! During a recording, calls take effect one at a time, and a checkpoint is taken after each that may have changed something. A
//! process that dies at a call, before or after it took effect, leaves the state of the checkpoint there.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde::Deserialize;
use tenancy::percent::encoded;

use super::analysis::is_read;
use super::call::Call;
use super::credential_report::Report;
use super::image_block::Change;
use super::nat::Gateway;
use super::organizations::{self, Organization};
use super::state::State;
use super::tokens::Given;
use super::upstream::AnyError;

/// The state at one moment.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The emulator's state, in a file.
    file: PathBuf,
    /// Simulated seconds, and since when they are counted.
    now: f64,
    epoch: f64,
    organizations: HashMap<String, Organization>,
    gateways: HashMap<String, Gateway>,
    reports: HashMap<String, Report>,
    image_blocks: HashMap<(String, String), Change>,
    tokens: Given,
}

/// One call of a recorded run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number among the records.
    pub sequence: u64,
    /// The checkpoint before it, as an index.
    pub before: usize,
    /// The checkpoint after it; the same one if it changed nothing.
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

/// A recording.
#[derive(Debug, Default)]
pub struct Recording {
    directory: PathBuf,
    /// The checkpoints, in order.
    pub checkpoints: Vec<Checkpoint>,
    /// The calls, in the order they took effect.
    pub steps: Vec<Step>,
    failure: Option<String>,
}

/// The recording, if there is one.
#[derive(Debug, Default)]
pub struct Checkpoints {
    on: AtomicBool,
    recording: Arc<tokio::sync::Mutex<Recording>>,
    last: Mutex<u64>,
}

impl Checkpoints {
    /// The lock that an effect holds, during a recording only.
    pub async fn lock_if_recording(&self) -> Option<tokio::sync::OwnedMutexGuard<Recording>> {
        if !self.on.load(Ordering::SeqCst) {
            return None;
        }
        Some(Arc::clone(&self.recording).lock_owned().await)
    }

    /// The lock that an effect holds, recorded or not: while it is held nothing is restored.
    pub async fn lock(&self) -> tokio::sync::OwnedMutexGuard<Recording> {
        Arc::clone(&self.recording).lock_owned().await
    }

    /// A file name of its own.
    fn file(&self, directory: &Path) -> PathBuf {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        directory.join(format!("{:p}-{last}", self))
    }

    /// Begins a recording with the present state.
    ///
    /// # Errors
    /// If the checkpoint cannot be taken.
    pub async fn begin(state: &State, directory: &Path) -> Result<(), AnyError> {
        let first = keep(state, directory).await?;
        *state.checkpoints.recording.lock().await = Recording {
            directory: directory.to_owned(),
            checkpoints: vec![first],
            ..Recording::default()
        };
        state.checkpoints.on.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// If a checkpoint could not be taken.
    pub async fn end(&self) -> Result<Recording, AnyError> {
        self.on.store(false, Ordering::SeqCst);
        let recording = std::mem::take(&mut *self.recording.lock().await);
        match recording.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(recording),
        }
    }
}

impl Recording {
    /// Records a call that has had its effect.
    pub async fn step(&mut self, state: &State, sequence: u64, call: &Call, succeeded: bool) {
        let before = self.checkpoints.len() - 1;
        let identity = &call.identity;
        let changes = succeeded && !is_read(&identity.service, &identity.operation);
        if changes {
            match keep(state, &self.directory).await {
                Ok(checkpoint) => self.checkpoints.push(checkpoint),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
        let after = self.checkpoints.len() - 1;
        self.steps.push(Step {
            sequence,
            before,
            after,
        });
    }
}

/// Takes a checkpoint of the present state.
///
/// # Errors
/// If the emulator cannot.
pub async fn keep(state: &State, directory: &Path) -> Result<Checkpoint, AnyError> {
    let file = state.checkpoints.file(directory);
    let path = format!("checkpoint?file={}", encoded(&file.to_string_lossy()));
    state.upstream.control(Method::POST, &path).await?;
    Ok(Checkpoint {
        file,
        now: state.clock.now(),
        epoch: state.clock.epoch_of(0.0),
        organizations: state.organizations.kept(),
        gateways: state.gateways.kept(),
        reports: state.reports.kept(),
        image_blocks: state.image_blocks.kept(),
        tokens: state.tokens.kept(),
    })
}

/// Restores a checkpoint, also one of another proxy. Faults, and what was remembered for stale reads, are cleared.
///
/// # Errors
/// If the emulator cannot.
pub async fn restore(state: &Arc<State>, kept: &Checkpoint) -> Result<(), AnyError> {
    state.clock.set(kept.now, kept.epoch);
    state.faults.clear(None);
    state.stale.clear();
    state.gateways.restore(&kept.gateways);
    state.reports.restore(&kept.reports);
    state.image_blocks.restore(&kept.image_blocks);
    state.tokens.restore(&kept.tokens);
    let _lock = state.checkpoints.lock().await;
    restore_file(state, kept, "").await?;
    organizations::restore(state, &kept.organizations);
    Ok(())
}

/// Restores what one account held then, and nothing else.
///
/// # Errors
/// If the emulator cannot.
pub async fn restore_account(
    state: &State,
    kept: &Checkpoint,
    account: &str,
) -> Result<(), AnyError> {
    restore_file(state, kept, &format!("&account={account}")).await?;
    state.reports.restore_account(&kept.reports, account);
    let images = &state.image_blocks;
    images.restore_account(&kept.image_blocks, account);
    Ok(())
}

async fn restore_file(state: &State, kept: &Checkpoint, more: &str) -> Result<(), AnyError> {
    let file = encoded(&kept.file.to_string_lossy());
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
        .map(|word| format!("&word={}", encoded(word)))
        .collect();
    let path = format!("inventory?account={account}{words}");
    Ok(serde_json::from_value(
        state.upstream.control(Method::GET, &path).await?,
    )?)
}
