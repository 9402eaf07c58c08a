//! Turns: tokens taken from the ledger, some of them kept in the process for a moment.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tenancy::{Failure, FailureKind, Timestamp};
use tokio::sync::Mutex;

use crate::{
    ledger::{HELD, Ledger, RATES, Rate, Tokens, rate},
    visit::{Clock, unwritten},
};

/// How long a call may wait for its token instead of coming back another time: most turns come within it, and a pass that
/// slept longer would cost more than one that comes back.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// Tokens a process holds, by operation. All visits of the process share it.
pub struct Purse(HashMap<&'static str, Mutex<Held>>);

/// Tokens, and until when they may be used.
#[derive(Debug, Clone, Copy)]
struct Held {
    count: u32,
    until: Timestamp,
}

impl Held {
    const NOTHING: Self = Self {
        count: 0,
        until: Timestamp::MIN,
    };

    fn at(self, now: Timestamp) -> Self {
        if now < self.until {
            self
        } else {
            Self::NOTHING
        }
    }
}

impl Default for Purse {
    fn default() -> Self {
        let empty = |rate: &Rate| (rate.call, Mutex::new(Held::NOTHING));
        Self(RATES.iter().map(empty).collect())
    }
}

/// Where tokens come from: the process's purse, and the ledger behind it. Cheap to clone.
#[derive(Clone)]
pub struct Turns {
    /// What the process holds.
    pub purse: Arc<Purse>,
    /// Where the buckets are.
    pub ledger: Ledger,
    /// What time it is.
    pub clock: Clock,
}

impl Turns {
    /// Takes a token for one call, from the purse if it holds one.
    ///
    /// # Errors
    /// No token within [`PATIENCE`]: a wait that says when. The ledger did not answer.
    pub async fn take(&self, call: &str) -> Result<(), Failure> {
        let (rate, held) = self.pocket(call)?;
        let mut held = held.lock().await;
        *held = held.at((self.clock)());
        if held.count == 0 {
            let (count, after) = self.fetch(rate, rate.handful).await?;
            *held = Held {
                count: count - 1,
                until: self.usable_until(after),
            };
            drop(held);
            pause(after).await;
        } else {
            held.count -= 1;
        }
        Ok(())
    }

    /// Puts a token for one call into the purse, to be used within [`HELD`]: for a call before which something must be
    /// written that would be wrong if the call did not come.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub async fn reserve(&self, call: &str) -> Result<(), Failure> {
        let (rate, held) = self.pocket(call)?;
        let (count, after) = self.fetch(rate, 1).await?;
        pause(after).await;
        let mut held = held.lock().await;
        *held = Held {
            count: held.at((self.clock)()).count + count,
            until: self.usable_until(SignedDuration::ZERO),
        };
        Ok(())
    }

    fn pocket(&self, call: &str) -> Result<(&'static Rate, &Mutex<Held>), Failure> {
        rate(call)
            .and_then(|rate| Some((rate, self.purse.0.get(rate.call)?)))
            .ok_or_else(|| Failure::bug(format!("calling {call}"), "it has no rate"))
    }

    async fn fetch(&self, rate: &Rate, wanted: u32) -> Result<(u32, SignedDuration), Failure> {
        let taken = self
            .ledger
            .take_tokens(rate, (self.clock)(), wanted, PATIENCE)
            .await
            .map_err(|error| unwritten("taking a token for a call to Organizations", error))?;
        match taken {
            Tokens::Taken { count, after } => Ok((count, after)),
            Tokens::Later { after } => Err(self.not_yet(rate, after)),
        }
    }

    fn usable_until(&self, after: SignedDuration) -> Timestamp {
        (self.clock)()
            .saturating_add(after + HELD)
            .unwrap_or(Timestamp::MAX)
    }

    fn not_yet(&self, rate: &Rate, after: SignedDuration) -> Failure {
        let secs = u32::try_from(after.as_secs()).unwrap_or(u32::MAX);
        let turn = format!(
            "its turn to call {} (one in {} s for the whole organization)",
            rate.call,
            self.ledger.rates().of(rate).interval.as_secs_f64()
        );
        Failure {
            kind: FailureKind::Throttled,
            ..Failure::wait(
                format!("calling {}", rate.call),
                turn,
                secs.saturating_add(1),
            )
        }
    }
}

async fn pause(after: SignedDuration) {
    let after = Duration::try_from(after).unwrap_or_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "at most two seconds until a token that is booked already"
    )]
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
}
