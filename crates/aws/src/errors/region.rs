//! A Region that is not enabled in an account refuses as bad credentials are refused. Only that other Regions answer, or that the
//! tenant's only one answered before, tells which it is.

use tenancy::{Failure, FailureKind, Region};

/// The reason of a Region that is closed, once it has lasted.
pub const REGION_NOT_ENABLED: &str = "region-not-enabled";

/// What a Region says that is not enabled, and a fresh account of every Region (IAM User Guide, "Managing AWS STS in an AWS
/// Region"; EC2 User Guide, "Error codes for the Amazon EC2 API"; S3 API reference, "Error responses").
const SHUT_OUT: &[&str] = &[
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "NotSignedUp",
    "OptInRequired",
    "RegionDisabledException",
    "SubscriptionRequiredException",
    "UnrecognizedClientException",
];

/// Whether the Region may not be enabled.
pub fn is_shut_out(failure: &Failure) -> bool {
    let code = failure.detail.split([' ', ':']).next().unwrap_or_default();
    failure.kind == FailureKind::NotReady && SHUT_OUT.contains(&code)
}

/// The same failure, of a Region that is closed.
pub fn of_region(failure: Failure, region: &Region) -> Failure {
    if !is_shut_out(&failure) {
        return failure;
    }
    Failure::park(
        FailureKind::Denied,
        failure.doing,
        failure.detail,
        REGION_NOT_ENABLED,
        &format!(
            "Region `{region}` refuses the account, although other Regions answer or it answered before. Enable it in the account (Account Management, or the console's \
             account page), or take it out of the tenant's spec; then retry the tenant."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_closed_region_says_is_taken_for_one() {
        let failure = |kind, detail: &str| Failure::retry(kind, "reading", detail, 15);
        let region = "eu-west-1".parse().unwrap();
        let closed = failure(
            FailureKind::NotReady,
            "AuthFailure (401): not able to validate",
        );
        let parked = of_region(closed, &region);
        assert_eq!(parked.retry_after_secs(), None);
        assert!(format!("{parked:?}").contains("eu-west-1"));
        let other = failure(FailureKind::NotReady, "NoSuchEntity (404): no role");
        assert_eq!(of_region(other.clone(), &region), other);
        let throttled = failure(FailureKind::Throttled, "Throttling (400): slow");
        assert!(!is_shut_out(&throttled));
    }
}
