//! The token bucket of every operation (Organizations User Guide, "Throttling limits"), and the
//! ConcurrentModificationException that any write may meet.

use super::super::analysis::is_read;
use super::super::answer::Answer;
use super::super::call::Call;
use super::super::config;
use super::super::state::State;
use super::refused;

/// Operation, calls per second, burst.
const RATES: [(&str, f64, f64); 26] = [
    ("CloseAccount", 0.05, 1.0),
    ("CreateAccount", 0.1, 3.0),
    ("DescribeAccount", 20.0, 30.0),
    ("DescribeCreateAccountStatus", 2.0, 2.0),
    ("ListCreateAccountStatus", 5.0, 8.0),
    ("MoveAccount", 2.0, 3.0),
    ("TagResource", 4.0, 6.0),
    ("UntagResource", 4.0, 6.0),
    ("ListAccounts", 8.0, 12.0),
    ("ListParents", 5.0, 8.0),
    ("ListAccountsForParent", 5.0, 8.0),
    ("ListTagsForResource", 10.0, 15.0),
    ("AttachPolicy", 2.0, 3.0),
    ("DetachPolicy", 2.0, 3.0),
    ("CreatePolicy", 2.0, 3.0),
    ("UpdatePolicy", 2.0, 3.0),
    ("DescribePolicy", 2.0, 2.0),
    ("CreateOrganizationalUnit", 1.0, 2.0),
    ("DescribeOrganization", 1.0, 2.0),
    ("InviteAccountToOrganization", 3.0, 5.0),
    ("RemoveAccountFromOrganization", 2.0, 2.0),
    ("RegisterDelegatedAdministrator", 1.0, 2.0),
    ("DeregisterDelegatedAdministrator", 1.0, 2.0),
    ("ListRoots", 1.0, 2.0),
    ("ListChildren", 5.0, 8.0),
    ("ListOrganizationalUnitsForParent", 5.0, 8.0),
];

/// Tokens left, and when they were counted.
#[derive(Clone, Debug)]
pub struct Bucket {
    tokens: f64,
    at: f64,
}

impl Bucket {
    fn take(&mut self, now: f64, rate: f64, burst: f64) -> bool {
        self.tokens = (self.tokens + (now - self.at) * rate).min(burst);
        self.at = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// The refusal of a call too often, or of a write that met another.
pub fn refusal(state: &State, config: &config::Organizations, call: &Call) -> Option<Answer> {
    let operation = call.identity.operation.as_str();
    if config.throttle && !within_rate(state, call, operation) {
        return Some(refused(
            call,
            "TooManyRequestsException",
            "You have sent too many requests in too short a period of time.",
        ));
    }
    let meets = !is_read("organizations", operation)
        && state
            .dice
            .falls("concurrent modification", config.concurrent_modification);
    let message = "The target of the operation is currently being modified by a different request. Try again later.";
    meets.then(|| refused(call, "ConcurrentModificationException", message))
}

fn within_rate(state: &State, call: &Call, operation: &str) -> bool {
    let Some((_, rate, burst)) = RATES.iter().find(|(name, ..)| *name == operation) else {
        return true;
    };
    let now = state.clock.now();
    state.organizations.with(call.account(), |organization| {
        let full = || Bucket {
            tokens: *burst,
            at: now,
        };
        organization
            .buckets
            .entry(operation.to_owned())
            .or_insert_with(full)
            .take(now, *rate, *burst)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut bucket = Bucket {
            tokens: 3.0,
            at: 0.0,
        };
        let taken = (0..5).filter(|_| bucket.take(0.0, 0.1, 3.0)).count();
        assert_eq!(taken, 3);
        assert!(!bucket.take(9.0, 0.1, 3.0));
        assert!(bucket.take(10.5, 0.1, 3.0));
        assert!(!bucket.take(10.5, 0.1, 3.0));
    }
}
