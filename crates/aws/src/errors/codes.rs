//! The tables: what each AWS error code means for the loop.

use tenancy::FailureKind;

use Class::{NotReady, Park, Throttle, Transient};

/// What a listed code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Slow down: back off for this many seconds.
    Throttle(u32),
    /// A passing fault.
    Transient(u32),
    /// New and not usable yet.
    NotReady(u32),
    /// A person must act: reason and remedy.
    Park(FailureKind, &'static str, &'static str),
}

const ZONE: &str = "Let the tenant's network span more Availability Zones (`availabilityZones`), so that the NAT gateway can be made in another \
                    one, or choose the egress `none`; then retry the tenant.";

/// Source: EC2 API reference, "Error codes", `InvalidAddress.Locked`.
const LOCKED: &str = "The address has a reverse DNS name: reset it (`aws ec2 reset-address-attribute --attribute domain-name`), or have AWS Support \
                      unlock the address; then retry the tenant.";

/// The reason of a refusal that a person must examine, once it has lasted.
pub const ACCESS_DENIED: &str = "access-denied";

pub(super) const QUOTA: &str = "Raise the quota in Service Quotas for the tenant's account (or free what is not needed), then retry the tenant.";
pub(super) const ACCESS: &str = "Check that the role's policy and the organization's service control policies allow the call, then retry the tenant.";

/// Codes of all services: code, class.
pub(super) const CODES: &[(&str, Class)] = &[
    // Throttling, by service: EC2, IAM and STS, JSON services, S3, Organizations, DynamoDB.
    ("RequestLimitExceeded", Throttle(5)),
    ("Throttling", Throttle(5)),
    ("ThrottlingException", Throttle(5)),
    ("ThrottledException", Throttle(5)),
    ("SlowDown", Throttle(5)),
    ("TooManyRequestsException", Throttle(10)),
    ("ProvisionedThroughputExceededException", Throttle(2)),
    ("RequestThrottled", Throttle(5)),
    ("BandwidthLimitExceeded", Throttle(5)),
    ("PriorRequestNotComplete", Throttle(2)),
    // Passing faults.
    ("ConcurrentModificationException", Transient(5)),
    ("ConcurrentModification", Transient(30)),
    ("EntityTemporarilyUnmodifiable", Transient(30)),
    ("ServiceException", Transient(10)),
    ("ServiceFailure", Transient(10)),
    ("InternalError", Transient(10)),
    // AWS Budgets says so with status 400; EventBridge within a successful answer.
    ("InternalErrorException", Transient(10)),
    ("InternalException", Transient(10)),
    ("InternalFailure", Transient(10)),
    ("InternalServerError", Transient(10)),
    ("ServiceUnavailable", Transient(10)),
    ("ServiceUnavailableException", Transient(10)),
    ("Unavailable", Transient(10)),
    ("RetryableError", Transient(10)),
    ("OperationAborted", Transient(5)),
    ("OperationAbortedException", Transient(5)),
    ("ConflictException", Transient(10)),
    ("TransactionConflictException", Transient(1)),
    ("TransactionInProgressException", Transient(2)),
    ("RequestTimeout", Transient(5)),
    ("RequestTimeoutException", Transient(5)),
    ("RequestExpired", Transient(5)),
    ("InvalidSecurity.RequestHasExpired", Transient(5)),
    // A clock that was wrong, or a function that was frozen between signing and sending.
    ("RequestTimeTooSkewed", Transient(5)),
    ("InvalidSignatureException", Transient(5)),
    ("SignatureDoesNotMatch", Transient(5)),
    ("ExpiredToken", Transient(1)),
    ("ExpiredTokenException", Transient(1)),
    ("DependencyViolation", Transient(15)),
    ("DeleteConflict", Transient(10)),
    ("IncorrectState", Transient(10)),
    ("InvalidState", Transient(10)),
    ("InvalidGroup.InUse", Transient(15)),
    ("InsufficientAddressCapacity", Transient(60)),
    ("PolicyChangesInProgressException", Transient(10)),
    ("SourceParentNotFoundException", Transient(5)),
    ("DependencyTimeoutException", Transient(10)),
    ("DisabledException", Transient(5)),
    ("KMSInternalException", Transient(10)),
    ("KMSInvalidStateException", Transient(5)),
    // The tenant's key, which its own component puts right first.
    ("KmsException", Transient(10)),
    ("KmsKeyDisabledException", Transient(10)),
    ("DecryptionFailure", Transient(10)),
    ("EncryptionFailure", Transient(10)),
    ("InternalServiceError", Transient(10)),
    // SNS: tags are being changed by somebody else.
    ("ConcurrentAccess", Transient(5)),
    ("ConcurrentAccessException", Transient(5)),
    ("StaleTag", Transient(5)),
    ("StaleTagException", Transient(5)),
    // EC2: the same.
    ("ConcurrentTagAccess", Transient(5)),
    // Budgets: the budget is being changed.
    ("ResourceLockedException", Transient(10)),
    // Secrets Manager: the secret waits for its deletion, or what a call asks for is not so yet; the next pass sees which.
    ("InvalidRequestException", Transient(15)),
    ("PreconditionNotMetException", Transient(15)),
    // New and not usable yet.
    ("FinalizingOrganizationException", NotReady(300)),
    ("OptInRequired", NotReady(30)),
    ("SubscriptionRequiredException", NotReady(30)),
    ("RegionDisabledException", NotReady(60)),
    ("PendingVerification", NotReady(300)),
    // Budgets: the account's billing view is not healthy yet, or for some time. Source: Budgets API reference, "Errors".
    ("BillingViewHealthStatusException", NotReady(300)),
    ("InvalidClientTokenId", NotReady(10)),
    ("UnrecognizedClientException", NotReady(10)),
    ("AuthFailure", NotReady(15)),
    ("InvalidAccessKeyId", NotReady(10)),
    ("InvalidToken", NotReady(10)),
    ("NotSignedUp", NotReady(30)),
    ("CloudTrailInvalidClientTokenIdException", NotReady(10)),
    ("InsufficientS3BucketPolicyException", NotReady(10)),
    ("InsufficientEncryptionPolicyException", NotReady(10)),
    ("InvalidCloudWatchLogsLogGroupArnException", NotReady(10)),
    ("InvalidCloudWatchLogsRoleArnException", NotReady(10)),
    ("MalformedPolicyDocument", NotReady(10)),
    ("MalformedPolicyDocumentException", NotReady(10)),
    ("NotFoundException", NotReady(5)),
    ("InvalidParameter", NotReady(20)),
    ("InvalidParameterException", NotReady(20)),
    ("Gateway.NotAttached", NotReady(5)),
    ("NoSuchBucket", NotReady(5)),
    ("NoSuchEntity", NotReady(5)),
    ("TrailNotFoundException", NotReady(5)),
    (
        "InsufficientDependencyServiceAccessPermissionException",
        NotReady(10),
    ),
    ("CreateAccountStatusNotFoundException", NotReady(10)),
    ("AccountNotFoundException", NotReady(10)),
    ("ChildNotFoundException", NotReady(10)),
    ("ParentNotFoundException", NotReady(10)),
    ("DestinationParentNotFoundException", NotReady(10)),
    ("OrganizationalUnitNotFoundException", NotReady(10)),
    ("PolicyNotFoundException", NotReady(10)),
    ("TargetNotFoundException", NotReady(10)),
    // A person must act.
    (
        "VpcLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "SubnetLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "AddressLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "InternetGatewayLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "NatGatewayLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "VpcEndpointLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "SecurityGroupLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "RulesPerSecurityGroupLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "RouteTableLimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "LimitExceeded",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "LimitExceededException",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "MaximumNumberOfTrailsExceededException",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "TooManyBuckets",
        Park(FailureKind::Quota, "quota-reached", QUOTA),
    ),
    (
        "NotAvailableInZone",
        Park(FailureKind::Invalid, "zone-without-nat", ZONE),
    ),
    (
        "InvalidAddress.Locked",
        Park(FailureKind::Invalid, "address-locked", LOCKED),
    ),
    (
        "BucketAlreadyExists",
        Park(
            FailureKind::Conflict,
            "bucket-name-taken",
            "Another AWS customer holds the bucket name, which has the tenant's account number in it: report it to AWS. Another home Region in the spec gives another name. Then retry the tenant.",
        ),
    ),
    (
        "AWSOrganizationsNotInUseException",
        Park(
            FailureKind::Invalid,
            "organization-missing",
            "Create the organization in the management account with all features enabled, then retry.",
        ),
    ),
    (
        "PolicyTypeNotEnabledException",
        Park(
            FailureKind::Invalid,
            "service-control-policies-off",
            "Enable service control policies in the organization (Organizations console, Policies), then retry the tenant.",
        ),
    ),
    (
        "AuthorizationError",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    (
        "AccessDenied",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    (
        "AccessDeniedException",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    // Resource Groups.
    (
        "ForbiddenException",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    (
        "UnauthorizedException",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    (
        "UnauthorizedOperation",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
    (
        "UnmodifiableEntity",
        Park(FailureKind::Denied, ACCESS_DENIED, ACCESS),
    ),
];

#[cfg(test)]
mod tests {
    use super::super::by_code;

    /// Which codes pass by themselves, and within how many seconds they are tried again.
    const PASSING: &[(&str, u32)] = &[
        ("BillingViewHealthStatusException", 300),
        ("ConcurrentTagAccess", 5),
        ("InvalidSecurity.RequestHasExpired", 5),
        ("InvalidState", 15),
        ("RetryableError", 15),
    ];

    #[test]
    fn what_aws_documents_as_passing_is_tried_again_and_parks_nobody() {
        for (code, within) in PASSING {
            let failure = by_code("doing".into(), "detail".into(), Some(code), 400);
            let after = failure.retry_after_secs();
            assert!(after.is_some_and(|secs| secs <= *within), "{failure:?}");
        }
    }
}
