//! What an error code says by its words, where no table lists it.

use super::codes::{
    ACCESS, ACCESS_DENIED,
    Class::{self, NotReady, Park, Throttle, Transient},
    QUOTA,
};
use tenancy::FailureKind;

/// What a code says by its words that no table lists, as the services spell it.
pub(super) fn by_words(code: &str) -> Option<Class> {
    let spelled = bare(code);
    if spelled.contains("Throttl") || spelled.starts_with("TooManyRequests") {
        Some(Throttle(5))
    } else if says_absent(code) {
        // Something of ours made a moment ago is not visible everywhere yet.
        Some(NotReady(5))
    } else if says_in_use(code) {
        // What was just released is still held.
        Some(Transient(15))
    } else if spelled.ends_with("Unavailable") {
        Some(Transient(10))
    } else if says_full(spelled) {
        Some(Park(FailureKind::Quota, "quota-reached", QUOTA))
    } else {
        let denied = spelled.starts_with("AccessDenied");
        denied.then_some(Park(FailureKind::Denied, ACCESS_DENIED, ACCESS))
    }
}

/// A code without the endings that say only that it is one.
fn bare(code: &str) -> &str {
    let code = code.trim_end_matches("Exception");
    code.trim_end_matches("Error").trim_end_matches("Fault")
}

/// Whether a code says that something is not there. Where it is the very thing requested, the call's row says so.
pub(super) fn says_absent(code: &str) -> bool {
    let endings = ["NotFound", "DoesNotExist", "NotAttached", "NotPresent"];
    let code = bare(code);
    endings.iter().any(|ending| code.ends_with(ending))
        || code.starts_with("NoSuch")
        // Of Cost Explorer.
        || ["UnknownMonitor", "UnknownSubscription"].contains(&code)
        || code.contains("NonExistent")
}

/// Whether a code says that something is in use.
pub(super) fn says_in_use(code: &str) -> bool {
    code.contains("InUse") && !code.contains("NotInUse")
}

/// Whether a code says that there is no room for more.
fn says_full(code: &str) -> bool {
    let endings = ["LimitExceeded", "QuotaExceeded"];
    endings.iter().any(|ending| code.ends_with(ending)) || code.starts_with("TooManyTags")
}
