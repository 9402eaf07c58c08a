//! How often each operation of Organizations may be called in the whole organization: AWS's rate limit, and our share of it.
//!
//! Source: AWS Organizations User Guide, "Quotas and service limits", throttling limits (rate and burst per account).
//! Decision 6 has the reasons for our shares.

use std::str::FromStr;

use jiff::SignedDuration;

/// How fast one operation may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The operation, such as `MoveAccount`.
    pub call: &'static str,
    /// AWS's limit: calls in a thousand seconds.
    pub aws_per_1000_secs: u32,
    /// AWS's limit: calls at once.
    pub aws_burst: u32,
    /// Our share, at [`RatePercent::ALL`].
    pub limit: RateLimit,
    /// What of `limit.interval` makes up for calls that arrive late, whatever the rate.
    slack: SignedDuration,
    /// How many tokens one process may take at once into its cache.
    pub batch: u32,
}

/// What a token bucket is filled by: a rate and a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Time from one token to the next.
    pub interval: SignedDuration,
    /// Tokens in a full bucket.
    pub burst: u32,
}

/// How much of our share of every rate this installation uses, in percent.
///
/// Less than 100 where other tools call Organizations as much as we do; more only where AWS has raised the organization's limits.
/// At most 500: then a creation comes every two seconds, and [`TOKEN_LIFETIME`] is all that a burst's spare token makes up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RatePercent(u32);

impl RatePercent {
    /// What AWS's published limits allow.
    pub const ALL: Self = Self(100);

    /// The rate limit of an operation. A smaller share is also a smaller burst; a larger one is only faster, for AWS raises rates.
    pub fn of(self, rate: &Rate) -> RateLimit {
        let full = (rate.limit.interval - rate.slack).as_micros() * 100;
        // Rounded up: never faster than allowed.
        let percent = i128::from(self.0);
        let interval = (full + percent - 1) / percent;
        let interval = SignedDuration::from_micros(i64::try_from(interval).unwrap_or(i64::MAX));
        RateLimit {
            interval: interval + rate.slack,
            burst: (rate.limit.burst * self.0.min(100)).div_ceil(100),
        }
    }
}

impl FromStr for RatePercent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(percent @ 10..=500) => Ok(Self(percent)),
            _ => Err("not a whole number from 10 to 500"),
        }
    }
}

/// Three quarters of a rate are ours: consoles, infrastructure tools and other control planes read and write there too.
const SHARE_PERCENT: u32 = 75;
/// For how long a process may use a token after taking it; what is left then is dropped.
pub const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_secs(2);

/// Every operation there is a token for. What is not here cannot be called.
pub const RATES: &[Rate] = &[
    // Only account vending creates and closes accounts, so the rate is all ours. A token of the burst stays unused: it takes up
    // that a call arrives up to `TOKEN_LIFETIME` after its token was taken, which would make the next one come too early.
    alone("CreateAccount", 100, 3, 2, SignedDuration::ZERO),
    // Its burst is one, so the same is taken up by a longer interval.
    alone("CloseAccount", 50, 1, 1, TOKEN_LIFETIME),
    write("MoveAccount", 2000, 3),
    write("TagResource", 4000, 6),
    write("UntagResource", 4000, 6),
    // Made once in an installation, under a lock, and a refusal costs seconds: the whole burst.
    once("AttachPolicy", 2000, 3),
    once("CreatePolicy", 2000, 3),
    once("UpdatePolicy", 2000, 3),
    once("CreateOrganizationalUnit", 1000, 2),
    once("ListRoots", 1000, 2),
    once("DescribeOrganization", 1000, 2),
    once("DescribePolicy", 2000, 2),
    read("DescribeAccount", 20_000, 30),
    read("DescribeCreateAccountStatus", 2000, 2),
    read("ListCreateAccountStatus", 5000, 8),
    read("ListAccounts", 8000, 12),
    read("ListAccountsForParent", 5000, 8),
    read("ListParents", 5000, 8),
    read("ListTagsForResource", 10_000, 15),
    // Not in the source: taken for as fast as the other lists.
    read("ListChildren", 5000, 8),
    read("ListOrganizationalUnitsForParent", 5000, 8),
    read("ListPolicies", 5000, 8),
    read("ListPoliciesForTarget", 5000, 8),
    read("ListTargetsForPolicy", 5000, 8),
    read("DescribeOrganizationalUnit", 5000, 8),
];

/// The rate of an operation.
pub fn rate(call: &str) -> Option<&'static Rate> {
    RATES.iter().find(|rate| rate.call == call)
}

const fn alone(call: &'static str, per: u32, burst: u32, ours: u32, slack: SignedDuration) -> Rate {
    let interval = interval(per, 100).saturating_add(slack);
    Rate {
        slack,
        ..row(call, per, burst, interval, ours, 1)
    }
}

/// A write to an account that must not be refused: a share, and a token of the burst for late arrivals.
const fn write(call: &'static str, per: u32, burst: u32) -> Rate {
    row(call, per, burst, interval(per, SHARE_PERCENT), burst - 1, 1)
}

const fn once(call: &'static str, per: u32, burst: u32) -> Rate {
    row(call, per, burst, interval(per, SHARE_PERCENT), burst, 1)
}

/// A read, which the SDK repeats when it is refused: a share of the burst too, and a part of that as the batch of one process.
const fn read(call: &'static str, per: u32, burst: u32) -> Rate {
    let ours = (burst * SHARE_PERCENT).div_ceil(100);
    let batch = if ours < 4 { 1 } else { ours / 4 };
    row(call, per, burst, interval(per, SHARE_PERCENT), ours, batch)
}

const fn row(
    call: &'static str,
    aws_per_1000_secs: u32,
    aws_burst: u32,
    interval: SignedDuration,
    burst: u32,
    batch: u32,
) -> Rate {
    Rate {
        call,
        aws_per_1000_secs,
        aws_burst,
        limit: RateLimit { interval, burst },
        slack: SignedDuration::ZERO,
        batch,
    }
}

/// Time between two tokens at some percent of so many calls in a thousand seconds, rounded up.
#[expect(clippy::cast_possible_wrap, reason = "some billions")]
const fn interval(per_1000_secs: u32, percent: u32) -> SignedDuration {
    let calls = per_1000_secs as u64 * percent as u64;
    SignedDuration::from_micros((100 * 1_000_000_000u64).div_ceil(calls) as i64)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn no_rate_is_above_the_limit_and_all_but_creating_and_closing_leave_a_quarter() {
        for rate in RATES {
            let most = 1000.0 / rate.limit.interval.as_secs_f64();
            let share = most / f64::from(rate.aws_per_1000_secs);
            let vending = ["CreateAccount", "CloseAccount"].contains(&rate.call);
            assert!(share <= if vending { 1.0 } else { 0.7501 }, "{rate:?}");
            assert!((1..=rate.aws_burst).contains(&rate.limit.burst), "{rate:?}");
            assert!((1..=rate.limit.burst).contains(&rate.batch), "{rate:?}");
        }
        assert_eq!(rate("CreateAccount").unwrap().limit.interval.as_secs(), 10);
        assert_eq!(rate("MoveAccount").unwrap().limit.interval.as_millis(), 666);
    }

    #[test]
    fn a_percent_makes_calls_rarer_or_more_frequent_and_keeps_the_slack() {
        let limit = |call, percent: &str| {
            percent
                .parse::<RatePercent>()
                .unwrap()
                .of(rate(call).unwrap())
        };
        assert_eq!(
            RatePercent::ALL
                .of(rate("CloseAccount").unwrap())
                .interval
                .as_secs(),
            22
        );
        assert_eq!(limit("CloseAccount", "400").interval.as_secs(), 7);
        assert_eq!(limit("CreateAccount", "500").interval, TOKEN_LIFETIME);
        assert_eq!(limit("CreateAccount", "50").interval.as_secs(), 20);
        assert_eq!(limit("CreateAccount", "50").burst, 1);
        assert_eq!(limit("ListAccounts", "10").burst, 1);
        assert_eq!(limit("ListAccounts", "500").burst, 9);
        for wrong in ["9", "501", "", "1e2", "-100"] {
            assert!(wrong.parse::<RatePercent>().is_err(), "{wrong}");
        }
    }

    /// Tokens are taken at our rate and used up to `TOKEN_LIFETIME` later; AWS's own bucket must never run empty by it.
    #[test]
    fn writes_that_arrive_late_still_keep_to_the_limit() {
        for name in [
            "CreateAccount",
            "CloseAccount",
            "MoveAccount",
            "TagResource",
        ] {
            let rate = rate(name).unwrap();
            // Seconds of work at which AWS refuses, and at which ours, arriving in the worst way, come.
            let of_aws = 1000.0 / f64::from(rate.aws_per_1000_secs);
            let ours = rate.limit.interval.as_secs_f64();
            for calls in rate.limit.burst..200 {
                let shortest = f64::from(calls - rate.limit.burst) * ours - late(name);
                let allowed = f64::from(rate.aws_burst) + shortest.max(0.0) / of_aws;
                assert!(
                    f64::from(calls) <= allowed + 1e-6,
                    "{name}: {calls} in {shortest} s"
                );
            }
        }
    }

    /// Creating and closing bear the whole of `TOKEN_LIFETIME`; the others the delay of a network.
    fn late(call: &str) -> f64 {
        match call {
            "CreateAccount" | "CloseAccount" => TOKEN_LIFETIME.as_secs_f64(),
            _ => 0.3,
        }
    }

    #[test]
    fn every_action_the_broker_roles_may_use_has_a_rate() {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/management.yaml");
        let text = fs::read_to_string(template).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
        let actions: BTreeSet<&str> = words
            .filter_map(|word| word.strip_prefix("organizations:"))
            .filter(|action| *action != "PolicyType")
            .collect();
        assert!(actions.len() > 20, "{actions:?}");
        for action in actions {
            assert!(rate(action).is_some(), "{action}");
        }
    }
}
