//! The pauses between attempts at a write that others got ahead of.

use std::time::Duration;

use tenancy::{Failure, FailureKind};

use super::LedgerError;

/// How often a change is tried again after lost races; with the pauses between, some seconds.
const ATTEMPTS: u32 = 40;

/// The pauses between attempts: random, so that those who met once do not meet again.
pub(super) struct Attempts {
    doing: String,
    made: u32,
}

impl Attempts {
    pub(super) fn new(doing: impl Into<String>) -> Self {
        Self {
            doing: doing.into(),
            made: 0,
        }
    }

    /// How many attempts were lost.
    pub(super) fn lost(&self) -> u32 {
        self.made
    }

    /// Waits before the next attempt, or gives up.
    pub(super) async fn again(&mut self) -> Result<(), LedgerError> {
        self.made += 1;
        if self.made >= ATTEMPTS {
            let detail = "others kept writing the same rows";
            return Err(Failure::retry(FailureKind::Transient, &self.doing, detail, 5).into());
        }
        let most = 10u64 << self.made.min(5);
        #[expect(
            clippy::disallowed_methods,
            reason = "some milliseconds between attempts at one write, not a wait for AWS"
        )]
        tokio::time::sleep(Duration::from_millis(rand::random_range(1..=most))).await;
        Ok(())
    }
}
