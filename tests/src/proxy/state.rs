//! All that one proxy knows.

use super::checkpoint::Checkpoints;
use super::clock::Clock;
use super::config::Config;
use super::credential_report::Reports;
use super::dice::Dice;
use super::fault::Faults;
use super::image_block::ImageBlocks;
use super::keys::Keys;
use super::nat::Gateways;
use super::organizations::Organizations;
use super::record::Recorder;
use super::stale::Stale;
use super::tokens::Tokens;
use super::upstream::Upstream;

/// The proxy's configuration and memory, shared by all connections.
#[derive(Debug)]
pub struct State {
    pub config: Config,
    pub clock: Clock,
    pub dice: Dice,
    pub upstream: Upstream,
    pub keys: Keys,
    pub recorder: Recorder,
    pub faults: Faults,
    pub stale: Stale,
    pub organizations: Organizations,
    pub gateways: Gateways,
    pub reports: Reports,
    pub image_blocks: ImageBlocks,
    pub tokens: Tokens,
    pub checkpoints: Checkpoints,
}

impl State {
    /// Fresh state for a configuration.
    pub fn new(config: Config) -> Self {
        let state = Self {
            clock: Clock::new(config.time_scale),
            dice: Dice::new(config.seed),
            upstream: Upstream::new(&config.upstream),
            keys: Keys::new(&config.management_account),
            recorder: Recorder::new(config.keep_records),
            faults: Faults::default(),
            stale: Stale::default(),
            organizations: Organizations::default(),
            gateways: Gateways::default(),
            reports: Reports::default(),
            image_blocks: ImageBlocks::default(),
            tokens: Tokens::default(),
            checkpoints: Checkpoints::default(),
            config,
        };
        state.arm();
        state
    }

    /// Forgets everything but the access keys, and arms the configured faults afresh.
    pub fn reset(&self) {
        self.clock.forget();
        self.dice.reset();
        self.recorder.clear();
        self.faults.clear(None);
        self.stale.clear();
        self.organizations.clear();
        self.gateways.clear();
        self.reports.clear();
        self.image_blocks.clear();
        self.tokens.clear();
        self.arm();
    }

    fn arm(&self) {
        for fault in &self.config.faults {
            self.faults.add(fault.clone());
        }
    }
}
