//! A token bucket, kept as the one moment at which it will be full again (the generic cell rate algorithm).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::Timestamp;

use super::{rates::RateLimit, types::Tokens};

/// A bucket. One that was never touched is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bucket {
    full_at: Timestamp,
}

impl Bucket {
    pub(super) const FULL: Self = Self {
        full_at: Timestamp::MIN,
    };

    /// Takes up to `wanted` tokens, or books the next one if it comes within `patience`. `None` means that nothing changes.
    ///
    /// Booking instead of asking again later: whoever waits has its token for certain, in the order of asking.
    pub(super) fn take(
        self,
        now: Timestamp,
        limit: RateLimit,
        wanted: u32,
        patience: SignedDuration,
    ) -> (Option<Self>, Tokens) {
        let free = self.free(now, limit).min(wanted);
        let count = free.max(1);
        let used = limit.interval.as_micros() * i128::from(count);
        let full_at = micros(self.full_at.max(now)) + used;
        // The bucket holds no more than its burst, so a token beyond that is there only so much later.
        let after = full_at - micros(now) - limit.interval.as_micros() * i128::from(limit.burst);
        let after = SignedDuration::from_micros(i64::try_from(after.max(0)).unwrap_or(i64::MAX));
        if after > patience {
            return (None, Tokens::Later { after });
        }
        let full_at = i64::try_from(full_at).ok();
        let full_at = full_at.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let bucket = Self {
            full_at: full_at.unwrap_or(Timestamp::MAX),
        };
        (Some(bucket), Tokens::Taken { count, after })
    }

    /// Tokens that could be taken now.
    pub(super) fn free(self, now: Timestamp, limit: RateLimit) -> u32 {
        let missing = (micros(self.full_at) - micros(now)).max(0);
        let whole = limit.interval.as_micros() * i128::from(limit.burst);
        let free = (whole - missing).max(0) / limit.interval.as_micros().max(1);
        u32::try_from(free).unwrap_or(u32::MAX)
    }
}

fn micros(at: Timestamp) -> i128 {
    i128::from(at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: RateLimit = RateLimit {
        interval: SignedDuration::from_secs(10),
        burst: 2,
    };
    const NONE: SignedDuration = SignedDuration::ZERO;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn take(bucket: &mut Bucket, second: i64, wanted: u32, patience: i64) -> Tokens {
        let patience = SignedDuration::from_secs(patience);
        let (after, tokens) = bucket.take(at(second), LIMIT, wanted, patience);
        *bucket = after.unwrap_or(*bucket);
        tokens
    }

    fn taken(count: u32, after: i64) -> Tokens {
        let after = SignedDuration::from_secs(after);
        Tokens::Taken { count, after }
    }

    fn later(after: i64) -> Tokens {
        let after = SignedDuration::from_secs(after);
        Tokens::Later { after }
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_token_an_interval() {
        let mut bucket = Bucket::FULL;
        assert_eq!(take(&mut bucket, 0, 1, 0), taken(1, 0));
        assert_eq!(take(&mut bucket, 0, 1, 0), taken(1, 0));
        assert_eq!(take(&mut bucket, 0, 1, 0), later(10));
        assert_eq!(take(&mut bucket, 9, 1, 0), later(1));
        assert_eq!(take(&mut bucket, 10, 1, 0), taken(1, 0));
        assert_eq!(take(&mut bucket, 10, 1, 0), later(10));
        assert_eq!(bucket.free(at(1000), LIMIT), 2, "never more than the burst");
    }

    #[test]
    fn a_batch_is_what_is_free_and_no_more_than_was_wanted() {
        let mut bucket = Bucket::FULL;
        assert_eq!(take(&mut bucket, 0, 5, 0), taken(2, 0));
        assert_eq!(take(&mut bucket, 15, 5, 0), taken(1, 0));
    }

    #[test]
    fn who_may_wait_books_the_next_token_and_the_one_behind_books_the_one_after() {
        let mut bucket = Bucket::FULL;
        assert_eq!(take(&mut bucket, 0, 2, 0), taken(2, 0));
        assert_eq!(take(&mut bucket, 8, 3, 2), taken(1, 2));
        assert_eq!(take(&mut bucket, 8, 3, 2), later(12));
        assert_eq!(take(&mut bucket, 8, 3, 12), taken(1, 12));
    }

    #[test]
    fn a_refusal_takes_nothing() {
        let (after, _) = Bucket { full_at: at(30) }.take(at(0), LIMIT, 1, NONE);
        assert_eq!(after, None);
    }

    proptest! {
        /// However tokens are requested, no window of time sees more than the burst and what the rate adds in it.
        #[test]
        fn no_window_holds_more_than_burst_and_rate(asks in proptest::collection::vec((0i64..25, 1u32..4, 0i64..15), 1..60)) {
            let (mut bucket, mut now) = (Bucket::FULL, 0);
            let mut used = Vec::new();
            for (pause, wanted, patience) in asks {
                now += pause;
                if let Tokens::Taken { count, after } = take(&mut bucket, now, wanted, patience) {
                    used.extend(std::iter::repeat_n(now + after.as_secs(), count as usize));
                }
            }
            used.sort_unstable();
            for (first, from) in used.iter().enumerate() {
                for (last, to) in used.iter().enumerate().skip(first) {
                    let most = 2 + (to - from) / 10;
                    prop_assert!(((last - first) as i64) < most, "{used:?}");
                }
            }
        }
    }
}
