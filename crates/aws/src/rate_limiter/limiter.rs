//! The rate limiter: tokens from the buckets in the ledger, some of them cached in the process for a moment.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tenancy::{Failure, FailureKind, Timestamp};
use tokio::sync::Mutex;

use crate::{
    clock::Clock,
    ledger::{Ledger, RATES, Rate, TOKEN_LIFETIME, Tokens, rate},
    ledger_failure::ledger_failure,
};

/// How long a call may wait for its token instead of coming back another time: most tokens come within it, and a pass that
/// slept longer would cost more than one that comes back.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// The tokens a process has taken and not used, by operation. All passes of the process share it.
pub struct TokenCache(HashMap<&'static str, Mutex<CachedTokens>>);

/// Tokens, and until when they may be used.
#[derive(Debug, Clone, Copy)]
struct CachedTokens {
    count: u32,
    until: Timestamp,
}

impl CachedTokens {
    const NONE: Self = Self {
        count: 0,
        until: Timestamp::MIN,
    };

    fn at(self, now: Timestamp) -> Self {
        if now < self.until { self } else { Self::NONE }
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        let empty = |rate: &Rate| (rate.call, Mutex::new(CachedTokens::NONE));
        Self(RATES.iter().map(empty).collect())
    }
}

/// Where tokens come from: the cache of the process, and the buckets in the ledger. Cheap to clone.
#[derive(Clone)]
pub struct RateLimiter {
    /// The tokens of the process.
    pub cache: Arc<TokenCache>,
    /// Where the buckets are.
    pub ledger: Ledger,
    /// What time it is.
    pub clock: Clock,
}

impl RateLimiter {
    /// Takes a token for one call, from the cache if there is one.
    ///
    /// # Errors
    /// No token within [`PATIENCE`]: a wait that says when. The ledger did not answer.
    pub async fn take(&self, call: &str) -> Result<(), Failure> {
        let (rate, cached) = self.cached(call)?;
        let mut cached = cached.lock().await;
        *cached = cached.at((self.clock)());
        if cached.count == 0 {
            let (count, after) = self.fetch(rate, rate.batch).await?;
            *cached = CachedTokens {
                count: count - 1,
                until: self.usable_until(after),
            };
            drop(cached);
            pause(after).await;
        } else {
            cached.count -= 1;
        }
        Ok(())
    }

    /// Takes tokens for calls that will surely be made soon, in one write for all of which none is cached. A saving: where it fails,
    /// each call takes its own.
    pub async fn take_ahead(&self, calls: &[&str]) {
        let mut lacking = Vec::new();
        // In the order of the table, so that no two wait for each other.
        for rate in RATES.iter().filter(|rate| calls.contains(&rate.call)) {
            let Some(cached) = self.cache.0.get(rate.call) else {
                continue;
            };
            let cached = cached.lock().await;
            if cached.at((self.clock)()).count == 0 {
                lacking.push((rate, cached));
            }
        }
        let rates: Vec<&Rate> = lacking.iter().map(|(rate, _)| *rate).collect();
        if rates.len() < 2 {
            return;
        }
        let taken = self.ledger.take_batches(&rates, (self.clock)()).await;
        let until = self.usable_until(SignedDuration::ZERO);
        for ((_, cached), count) in lacking.iter_mut().zip(taken.unwrap_or_default()) {
            **cached = CachedTokens { count, until };
        }
    }

    /// Puts tokens that were taken with something else into the cache, to be used until then at the latest.
    pub async fn keep(&self, taken: &[(&'static str, u32)], until: Timestamp) {
        for (call, count) in taken.iter().filter(|(_, count)| *count > 0) {
            let Some(cached) = self.cache.0.get(call) else {
                continue;
            };
            let mut cached = cached.lock().await;
            let there = cached.at((self.clock)());
            let until = match there.count {
                0 => until,
                _ => until.min(there.until),
            };
            let count = there.count + count;
            *cached = CachedTokens { count, until };
        }
    }

    /// Puts a token that was taken with something else into the cache, to be used from then on, and `until` at the latest: for a
    /// call before which something must be written that would be wrong if the call did not come.
    ///
    /// # Errors
    /// The call has no rate.
    pub async fn hold(
        &self,
        call: &str,
        after: SignedDuration,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let (_, cached) = self.cached(call)?;
        pause(after).await;
        let mut cached = cached.lock().await;
        let count = cached.at((self.clock)()).count + 1;
        *cached = CachedTokens { count, until };
        Ok(())
    }

    /// The failure of a call whose token is there only later.
    pub(crate) fn not_yet(&self, call: &str, after: SignedDuration) -> Failure {
        match rate(call) {
            Some(rate) => self.throttled(rate, after),
            None => Failure::bug(format!("calling {call}"), "it has no rate"),
        }
    }

    fn cached(&self, call: &str) -> Result<(&'static Rate, &Mutex<CachedTokens>), Failure> {
        rate(call)
            .and_then(|rate| Some((rate, self.cache.0.get(rate.call)?)))
            .ok_or_else(|| Failure::bug(format!("calling {call}"), "it has no rate"))
    }

    async fn fetch(&self, rate: &Rate, wanted: u32) -> Result<(u32, SignedDuration), Failure> {
        let taken = self
            .ledger
            .take_tokens(rate, (self.clock)(), wanted, PATIENCE)
            .await
            .map_err(|error| ledger_failure("taking a token for a call to Organizations", error))?;
        match taken {
            Tokens::Taken { count, after } => Ok((count, after)),
            Tokens::Later { after } => Err(self.throttled(rate, after)),
        }
    }

    fn usable_until(&self, after: SignedDuration) -> Timestamp {
        (self.clock)()
            .saturating_add(after + TOKEN_LIFETIME)
            .unwrap_or(Timestamp::MAX)
    }

    fn throttled(&self, rate: &Rate, after: SignedDuration) -> Failure {
        let secs = u32::try_from(after.as_secs()).unwrap_or(u32::MAX);
        let token = format!(
            "the rate limit of {} (one call in {} s for the whole organization)",
            rate.call,
            self.ledger.rates().of(rate).interval.as_secs_f64()
        );
        Failure {
            kind: FailureKind::Throttled,
            ..Failure::wait(
                format!("calling {}", rate.call),
                token,
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
