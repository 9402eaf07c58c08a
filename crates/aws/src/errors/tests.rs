//! What each code means at each call.

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::ConnectorError},
    http::StatusCode,
};
use aws_smithy_types::error::ErrorMetadata;

use super::{
    call::CALLS,
    words::{says_absent, says_in_use},
    *,
};

/// An answer with this code, as the SDK reads it.
fn answer<E>(error: E, status: u16) -> SdkError<E, HttpResponse> {
    let status = StatusCode::try_from(status).unwrap();
    SdkError::service_error(error, HttpResponse::new(status, "".into()))
}

macro_rules! says {
    ($service:ident :: $module:ident :: $error:ident, $code:expr) => {
        answer(
            $service::operation::$module::$error::generic(
                ErrorMetadata::builder().code($code).build(),
            ),
            400,
        )
    };
}

fn check(code: Option<&str>, status: u16, kind: FailureKind) {
    let failure = by_code("doing".into(), "detail".into(), code, status);
    assert_eq!(failure.kind, kind, "{code:?} {status}");
    assert_eq!(
        failure.retry_after_secs().is_none(),
        matches!(
            kind,
            FailureKind::Quota | FailureKind::Denied | FailureKind::Conflict | FailureKind::Invalid
        ),
        "{code:?}"
    );
}

#[test]
fn a_call_the_governor_kept_back_waits_for_a_token_and_was_not_made() {
    type Answer = SdkError<(), HttpResponse>;
    let wait = Failure::wait("calling MoveAccount", "a token to call MoveAccount", 7);
    let kept = Answer::dispatch_failure(ConnectorError::other(Box::new(wait.clone()), None));
    assert!(is_refused(&kept));
    let SdkError::DispatchFailure(dispatch) = &kept else {
        panic!("{kept:?}");
    };
    assert_eq!(kept_back(dispatch), Some(&wait));
    let lost = Answer::dispatch_failure(ConnectorError::io("reset".into()));
    assert!(!is_refused(&lost));
}

#[test]
fn an_internal_error_passes_whatever_its_status_is() {
    for code in ["InternalErrorException", "InternalException"] {
        check(Some(code), 400, FailureKind::Transient);
        check(Some(code), 200, FailureKind::Transient);
    }
}

#[test]
fn only_a_key_that_cannot_rotate_is_one_without_rotation() {
    for (code, cannot) in [
        ("UnsupportedOperationException", true),
        ("KMSInvalidStateException", false),
        ("AccessDeniedException", false),
    ] {
        let error = says!(
            aws_sdk_kms::get_key_rotation_status::GetKeyRotationStatusError,
            code
        );
        assert_eq!(cannot_rotate(&error), cannot, "{code}");
    }
}

/// Resource Groups has codes of its own (Resource Groups API reference, "CreateGroup", errors).
#[test]
fn a_refused_right_is_one_in_the_words_of_every_service() {
    use aws_sdk_resourcegroups::operation::create_group::CreateGroupError;
    let said = |code: &str| {
        let error = CreateGroupError::generic(ErrorMetadata::builder().code(code).build());
        answer(error, 403)
    };
    for code in [
        "ForbiddenException",
        "UnauthorizedException",
        "AccessDenied",
        "AuthorizationError",
    ] {
        check(Some(code), 403, FailureKind::Denied);
        assert!(is_denied(&said(code)), "{code}");
        let failure = failure("doing", &said(code));
        assert!(
            format!("{failure:?}").contains(ACCESS_DENIED),
            "{failure:?}"
        );
    }
}

#[test]
fn every_listed_code_is_listed_once() {
    for (index, (code, _)) in CODES.iter().enumerate() {
        assert!(
            !CODES[..index].iter().any(|(earlier, _)| earlier == code),
            "{code}"
        );
    }
}

#[test]
fn codes_and_statuses_are_classified() {
    check(Some("RequestLimitExceeded"), 503, FailureKind::Throttled);
    check(
        Some("TooManyRequestsException"),
        400,
        FailureKind::Throttled,
    );
    check(
        Some("ConcurrentModificationException"),
        400,
        FailureKind::Transient,
    );
    check(Some("OptInRequired"), 403, FailureKind::NotReady);
    check(Some("InvalidVpcID.NotFound"), 400, FailureKind::NotReady);
    check(Some("VpcLimitExceeded"), 400, FailureKind::Quota);
    check(Some("AccessDenied"), 403, FailureKind::Denied);
    check(None, 503, FailureKind::Transient);
    check(None, 429, FailureKind::Throttled);
    check(Some("NeverHeardOf"), 400, FailureKind::Invalid);
}

#[test]
fn what_is_not_there_or_in_use_for_a_moment_is_retried_in_seconds() {
    for code in [
        "ResourceNotFoundException",
        "InvalidNetworkInterfaceID.NotFound",
        "NoSuchUpload",
        "ReplicationConfigurationNotFoundError",
        "InvalidIPAddress.InUse",
        "ResourceInUseException",
        "InvalidNetworkInterface.InUse",
    ] {
        let failure = by_code("doing".into(), "detail".into(), Some(code), 400);
        let after = failure.retry_after_secs();
        assert!(after.is_some_and(|secs| secs <= 15), "{code}: {failure:?}");
    }
}

#[test]
fn what_services_say_in_words_of_their_own_is_classified_by_what_it_says() {
    let says = |codes: &[&str], kind: FailureKind| {
        for code in codes {
            check(Some(code), 400, kind);
        }
    };
    // Made a moment ago, or an account or Region that is not ready.
    let absent = [
        "S3BucketDoesNotExistException",
        "PolicyNotAttachedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ReportNotPresent",
        "InvalidAccessKeyId",
        "InvalidToken",
        "NotSignedUp",
        "CloudTrailInvalidClientTokenIdException",
    ];
    says(&absent, FailureKind::NotReady);
    let passing = [
        "PolicyInUseException",
        "ResourceInUseFault",
        "InUseByAnotherResource",
        "ResourceUnavailableException",
        "RequestTimeoutException",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "InsufficientAddressCapacity",
    ];
    says(&passing, FailureKind::Transient);
    let slow_down = [
        "RequestThrottledException",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
    ];
    says(&slow_down, FailureKind::Throttled);
    let full = [
        "RouteLimitExceeded",
        "NetworkAclEntryLimitExceeded",
        "FlowLogsLimitExceeded",
        "TagLimitExceeded",
        "TagsLimitExceededException",
        "TooManyTagsException",
        "ServiceQuotaExceededException",
    ];
    says(&full, FailureKind::Quota);
    says(&["AccessDeniedForDependencyException"], FailureKind::Denied);
    says(&["OrganizationsNotInUseException"], FailureKind::Invalid);
    check(None, 408, FailureKind::Transient);
}

#[test]
fn a_success_that_cannot_be_read_is_retried_in_seconds_and_its_outcome_is_unknown() {
    let unreadable = aws_sdk_ec2::operation::create_vpc::CreateVpcError::unhandled("no XML");
    let failure = failure("creating `vpc`", &answer(unreadable, 200));
    assert_eq!(failure.kind, FailureKind::Unknown);
    assert!(failure.retry_after_secs().is_some_and(|secs| secs <= 10));
}

#[test]
fn what_is_absent_is_classified_by_the_call_that_asked() {
    let absent = says!(
        aws_sdk_ec2::release_address::ReleaseAddressError,
        "InvalidAllocationID.NotFound"
    );
    assert!(is_absent(&absent));
    let other = says!(
        aws_sdk_ec2::release_address::ReleaseAddressError,
        "InvalidNetworkInterfaceID.NotFound"
    );
    assert!(!is_absent(&other));
    let other = says!(
        aws_sdk_ec2::delete_subnet::DeleteSubnetError,
        "InvalidVpcID.NotFound"
    );
    assert!(!is_absent(&other));
    let unset = says!(
        aws_sdk_s3::get_bucket_ownership_controls::GetBucketOwnershipControlsError,
        "OwnershipControlsNotFoundError"
    );
    assert!(is_absent(&unset));
}

/// Every code that any call may be answered with, as far as we know.
fn all_codes() -> Vec<&'static str> {
    let mut all: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    all.extend(CALLS.iter().flat_map(|(_, _, lists)| lists.concat()));
    all.extend([
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidIPAddress.InUse",
        "ResourceInUseException",
        "ReplicationConfigurationNotFoundError",
        "NoSuchUpload",
        "NeverHeardOf",
    ]);
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn at_every_call_every_code_is_absence_only_where_the_calls_row_says_so_and_else_passes_or_parks() {
    let known = |code: &str| CODES.iter().any(|(listed, _)| *listed == code);
    for code in all_codes() {
        let failure = by_code("doing".into(), "detail".into(), Some(code), 400);
        let passes = failure.retry_after_secs().is_some();
        // Whatever says that something is missing or in use, and is not the answer to a call, is over in a moment.
        if says_absent(code) || says_in_use(code) {
            let soon = failure.retry_after_secs().is_some_and(|secs| secs <= 15);
            assert!(soon, "{code}: {failure:?}");
        }
        for (service, call, [absent, already, held]) in CALLS {
            let meant = [absent, already, held];
            let answers = meant.iter().filter(|list| list.contains(&code)).count();
            assert!(answers <= 1, "{service} {call} {code}");
            if answers == 0 && !passes {
                let parked = known(code) || code == "NeverHeardOf";
                assert!(parked || !says_absent(code), "{service} {call} {code}");
            }
        }
    }
}

#[test]
fn a_reading_or_removing_call_says_what_its_absence_is_and_nothing_else_does() {
    for (service, call, [absent, already, _]) in CALLS {
        let about_one = [
            "get",
            "delete",
            "describe",
            "detach",
            "release",
            "remove",
            "revoke",
            "list",
            "schedule",
            "unsubscribe",
        ];
        let asks = about_one.iter().any(|verb| call.starts_with(verb));
        assert_eq!(asks, !absent.is_empty(), "{service} {call}");
        assert!(!asks || already.is_empty(), "{service} {call}");
        for code in *absent {
            assert!(says_absent(code), "{service} {call} {code}");
        }
    }
}
