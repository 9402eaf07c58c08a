//! A proxy between any AWS client and the local AWS.
//!
//! It passes requests on byte for byte, `Host` included, so that signatures stay valid, and
//! - records every call ([`Record`], [`analysis`]);
//! - behaves as AWS Organizations does where the emulator doesn't ([`config::Organizations`]);
//! - makes fresh accounts, NAT gateways and credential reports take their time ([`config::Newborn`], [`config::NatGateways`],
//!   [`Config::credential_report_secs`]), and honours EC2 client tokens;
//! - fails on demand ([`Fault`]).
//!
//! A call that the emulator would refuse for lack of permission is refused: what the proxy answers itself it
//! answers only after the emulator has authorized the call, except for errors that come before any effect.
//!
//! Control endpoints, for loopback clients only: `GET /_proxy/calls?since=N`, `POST /_proxy/reset`,
//! `GET|POST|DELETE /_proxy/faults`, `GET|POST /_proxy/clock` (`{"advance_secs": 60}`), `GET /_proxy/health`,
//! `POST /_proxy/root-user?account=A` (`{"access_keys": 1, "password": true, "mfa": false}`).

pub mod analysis;
mod answer;
mod call;
mod check;
mod checkpoint;
mod clock;
pub mod config;
mod control;
mod costs;
mod credential_report;
mod dice;
pub mod fault;
mod iam_actions;
mod identify;
mod image_block;
mod keys;
mod nat;
mod newborn;
mod organizations;
mod record;
mod refused;
mod rest_names;
mod root_user;
mod s3_names;
mod serve;
mod spoiled;
mod stale;
mod state;
mod tokens;
mod trails;
mod upstream;
pub mod write_units;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use checkpoint::{Checkpoint, Inventory, Step};
pub use clock::ClockReading;
pub use config::Config;
pub use fault::{Effect, Fault, Match, Moment};
pub use record::Record;
pub use root_user::RootUser;
pub use spoiled::Spoiled;
use state::State;
use upstream::AnyError;

use crate::actions::{self, UsedActions};

/// A running proxy; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(config: Config) -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), config).await
    }

    /// Starts on an address.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn start_on(address: SocketAddr, config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(config));
        let server = tokio::spawn(serve::accept(listener, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            server,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to set as `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Writes every later call to a file, one JSON object a line.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn record_to(&self, path: &Path) -> io::Result<()> {
        self.state.recorder.write_to(path)
    }

    /// All calls since the start or the last reset, in order of arrival.
    pub fn calls(&self) -> Vec<Record> {
        self.state.recorder.since(0)
    }

    /// The calls that arrived after the one of this number.
    pub fn calls_since(&self, sequence: u64) -> Vec<Record> {
        self.state.recorder.since(sequence)
    }

    /// The IAM actions that the functions' calls needed since the start, by role.
    pub fn used_actions(&self) -> UsedActions {
        self.state.recorder.used_actions()
    }

    /// Every secret key and session token that STS has given out through this proxy.
    pub fn secrets(&self) -> Vec<String> {
        self.state.keys.secrets()
    }

    /// Forgets the recorded calls.
    pub fn forget_calls(&self) {
        self.state.recorder.clear();
    }

    /// Forgets calls, faults and all state; to be used together with a reset of the emulator.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Adds a fault and returns its name.
    pub fn add_fault(&self, fault: Fault) -> String {
        self.state.faults.add(fault)
    }

    /// Removes all faults; power comes back.
    pub fn clear_faults(&self) {
        self.state.faults.clear(None);
    }

    /// Removes the faults of one name.
    pub fn clear_fault(&self, name: &str) {
        self.state.faults.clear(Some(name));
    }

    /// Each fault's name, how many calls it matched, and how many it hit.
    pub fn fault_tally(&self) -> Vec<(String, u64, u64)> {
        self.state.faults.tally()
    }

    /// True if a [`Effect::PowerLoss`] has struck and was not cleared.
    pub fn is_dark(&self) -> bool {
        self.state.faults.dark()
    }

    /// Takes a checkpoint, the emulator's part of it in a file in `directory`.
    ///
    /// # Errors
    /// If the emulator is not started by `tests/local/emulator.py`, or cannot write there.
    pub async fn keep(&self, directory: &Path) -> Result<Checkpoint, AnyError> {
        checkpoint::keep(&self.state, directory).await
    }

    /// Restores a checkpoint, also one of another proxy. Faults are removed.
    ///
    /// # Errors
    /// If the emulator cannot read it.
    pub async fn restore(&self, kept: &Checkpoint) -> Result<(), AnyError> {
        checkpoint::restore(&self.state, kept).await
    }

    /// Restores what one account held then, and nothing else.
    ///
    /// # Errors
    /// If the emulator cannot read it.
    pub async fn restore_account(&self, kept: &Checkpoint, account: &str) -> Result<(), AnyError> {
        checkpoint::restore_account(&self.state, kept, account).await
    }

    /// Begins a recording: calls take effect one at a time from now on, with a checkpoint after each that may have changed something.
    ///
    /// # Errors
    /// As [`Proxy::keep`].
    pub async fn begin_recording(&self, directory: &Path) -> Result<(), AnyError> {
        checkpoint::Checkpoints::begin(&self.state, directory).await
    }

    /// Ends the recording: the checkpoints in order, and the calls that led from one to the next.
    ///
    /// # Errors
    /// If a checkpoint could not be taken.
    pub async fn end_recording(&self) -> Result<(Vec<Checkpoint>, Vec<Step>), AnyError> {
        let recording = self.state.checkpoints.end().await?;
        Ok((recording.checkpoints, recording.steps))
    }

    /// What is in an account; `words` are what differs from tenant to tenant.
    ///
    /// # Errors
    /// As [`Proxy::keep`].
    pub async fn inventory(&self, account: &str, words: &[&str]) -> Result<Inventory, AnyError> {
        checkpoint::inventory(&self.state, account, words).await
    }

    /// Gives an account's root user exactly these credentials, and removes those it had.
    ///
    /// # Errors
    /// As [`Proxy::keep`].
    pub async fn set_root_user(&self, account: &str, root: RootUser) -> Result<(), AnyError> {
        root_user::set(&self.state, account, root).await
    }

    /// Has an account spent so many US dollars since the month began.
    ///
    /// # Errors
    /// As [`Proxy::keep`].
    pub async fn set_spent(&self, account: &str, usd: &str) -> Result<(), AnyError> {
        costs::set_spent(&self.state, account, usd).await
    }

    /// Has the bill of an account's organization seen these tags.
    ///
    /// # Errors
    /// As [`Proxy::keep`].
    pub async fn see_cost_tags(&self, account: &str, keys: &[&str]) -> Result<(), AnyError> {
        costs::see_tags(&self.state, account, keys).await
    }

    /// Forgets what stale reads would show: what was written shows from now on.
    pub fn forget_stale(&self) {
        self.state.stale.clear();
    }

    /// Takes another seed for all chance.
    pub fn reseed(&self, seed: u64) {
        self.state.dice.reseed(seed);
    }

    /// The simulated clock: seconds since 1970.
    pub fn time(&self) -> impl Fn() -> f64 + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move || state.clock.reading().epoch_secs
    }

    /// What the simulated clock shows.
    pub fn clock(&self) -> ClockReading {
        self.state.clock.reading()
    }

    /// Moves simulated time forward by so many seconds.
    pub fn advance(&self, secs: f64) {
        self.state.clock.advance(secs);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(directory) = std::env::var_os(actions::DIRECTORY) {
            // What is missing shows in the comparison: nothing else depends on it.
            let _ = self.used_actions().save(Path::new(&directory));
        }
    }
}
