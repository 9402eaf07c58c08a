//! How fast one caller may call.
//!
//! # Guarantees
//! Each principal has a token bucket of its own, so that nobody uses up what is another's. Nothing is read or written for it, and at most [`MOST`]
//! buckets are kept. A process counts by itself: who sends many requests at the same time reaches several, and the limits of API Gateway bound the sum.
//! What changes something is counted in the ledger besides, over all processes: it stays for good, and starts work.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use api_types::ProblemKind;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tenancy::{Timestamp, access::Principal};
use tenantry_aws::ledger::Ledger;

use crate::refusal::Refusal;

/// How much a bucket holds: what comes in at the rate in ten seconds.
const BURST_MICROS: i64 = 10 * SECOND;
const SECOND: i64 = 1_000_000;
/// Callers whose buckets are kept. Those beyond share one.
const MOST: usize = 10_000;

/// The buckets of the callers of this process.
#[derive(Debug)]
pub(crate) struct RateLimit {
    per_second: NonZeroU32,
    changes_per_minute: NonZeroU32,
    /// When each bucket is full again, in microseconds since 1970. One that is full is as good as none.
    full_at: Mutex<HashMap<String, i64>>,
}

impl RateLimit {
    pub(crate) fn new(per_second: NonZeroU32, changes_per_minute: NonZeroU32) -> Self {
        Self {
            per_second,
            changes_per_minute,
            full_at: Mutex::default(),
        }
    }

    /// Counts a request of somebody, or refuses it.
    pub(crate) fn admit(&self, principal: &Principal, now: Timestamp) -> Result<(), Refusal> {
        let taken = self.take(caller(principal), now.as_microsecond());
        taken.map_err(|seconds| {
            let detail = format!("more than {} requests a second", self.per_second);
            too_many(detail, seconds)
        })
    }

    /// Counts a change of somebody, over all processes, or refuses it.
    pub(crate) async fn admit_change(
        &self,
        ledger: &Ledger,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let name = HEXLOWER.encode(&Sha256::digest(caller(principal)));
        let most = self.changes_per_minute;
        if ledger.count_change(&name, most.get(), now).await? {
            return Ok(());
        }
        let left = 60 - now.as_second().rem_euclid(60);
        let detail = format!("more than {most} changes a minute");
        Err(too_many(detail, u32::try_from(left).unwrap_or(60)))
    }

    /// Takes a token, or says after how many seconds there is one.
    fn take(&self, name: String, now: i64) -> Result<(), u32> {
        let interval = SECOND / i64::from(self.per_second.get());
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST {
            full_at.retain(|_, full_at| *full_at > now);
        }
        let has_room = full_at.len() < MOST || full_at.contains_key(&name);
        let name = if has_room { name } else { String::new() };
        let bucket = full_at.entry(name).or_insert(now);
        // A clock that went back takes nothing away.
        let at = (*bucket).clamp(now, now + BURST_MICROS);
        *bucket = at;
        let missing = at + interval - (now + BURST_MICROS);
        if missing > 0 {
            let seconds = u32::try_from((missing + SECOND - 1) / SECOND);
            return Err(seconds.unwrap_or(u32::MAX));
        }
        *bucket = at + interval;
        Ok(())
    }
}

/// Who calls. The sessions of a role are one caller: whoever may have one may have any number.
fn caller(principal: &Principal) -> String {
    match principal {
        Principal::Machine(machine) => machine.principal().to_owned(),
        Principal::Person(_) => principal.actor(),
    }
}

fn too_many(detail: String, seconds: u32) -> Refusal {
    Refusal::new(ProblemKind::TOO_MANY_REQUESTS, detail)
        .with_remedy(
            "Send the same request again after the seconds of `Retry-After`, with the same Idempotency-Key if it had one.",
        )
        .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per_second: u32) -> RateLimit {
        RateLimit::new(NonZeroU32::new(per_second).unwrap(), NonZeroU32::MIN)
    }

    fn taken(limit: &RateLimit, name: &str, now: i64, tries: usize) -> usize {
        let tries = (0..tries).map(|_| limit.take(name.to_owned(), now));
        tries.filter(Result::is_ok).count()
    }

    #[test]
    fn a_bucket_holds_ten_seconds_and_fills_at_the_rate_for_each_caller_by_itself() {
        let limit = limit(5);
        assert_eq!(taken(&limit, "ann", 0, 100), 50);
        assert_eq!(limit.take("ann".into(), 0), Err(1));
        assert_eq!(taken(&limit, "bob", 0, 100), 50);
        assert_eq!(taken(&limit, "ann", SECOND, 100), 5);
        assert_eq!(taken(&limit, "ann", 100 * SECOND, 100), 50);
        // A clock that goes back does not shut anybody out for longer than a bucket takes to fill.
        assert_eq!(taken(&limit, "ann", 0, 1), 0);
        assert_eq!(taken(&limit, "ann", 10 * SECOND, 1), 1);
    }

    #[test]
    fn there_are_not_too_many_buckets_and_who_finds_no_room_shares_one() {
        let limit = limit(1);
        for number in 0..2 * MOST {
            taken(&limit, &number.to_string(), 0, 1);
        }
        assert_eq!(limit.full_at.lock().unwrap().len(), MOST + 1);
        assert_eq!(taken(&limit, "late", 0, 1), 0);
        assert_eq!(taken(&limit, "0", 0, 100), 9);
        assert_eq!(taken(&limit, "late", 60 * SECOND, 100), 10);
        assert_eq!(limit.full_at.lock().unwrap().len(), 1);
    }
}
