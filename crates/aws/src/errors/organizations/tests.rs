use super::*;
use aws_sdk_organizations::{
    operation::{close_account::CloseAccountError, create_account::CreateAccountError},
    types::ConstraintViolationExceptionReason,
};
use aws_smithy_runtime_api::{client::orchestrator::HttpResponse, http::StatusCode};

fn violation(reason: &str) -> ConstraintViolationException {
    ConstraintViolationException::builder()
        .reason(ConstraintViolationExceptionReason::from(reason))
        .build()
}

fn answer<E>(error: E) -> SdkError<E, HttpResponse> {
    let raw = HttpResponse::new(StatusCode::try_from(400).unwrap(), "".into());
    SdkError::service_error(error, raw)
}

#[test]
fn every_listed_reason_is_recognised_in_the_answer_and_listed_once() {
    for (index, (reason, class)) in CONSTRAINTS.iter().enumerate() {
        assert!(
            !CONSTRAINTS[..index].iter().any(|(r, _)| r == reason),
            "{reason}"
        );
        let error = CreateAccountError::ConstraintViolationException(violation(reason));
        let failure = organizations_failure("creating", &answer(error));
        match class {
            Wait(_, after) => assert_eq!(failure.retry_after_secs(), Some(*after), "{reason}"),
            Park(kind, ..) => assert_eq!(
                (failure.retry_after_secs(), failure.kind),
                (None, *kind),
                "{reason}"
            ),
        }
        assert!(failure.detail.contains(reason));
    }
}

#[test]
fn an_unlisted_reason_parks_with_its_word() {
    let error = CloseAccountError::ConstraintViolationException(violation("BRAND_NEW"));
    let failure = organizations_failure("closing", &answer(error));
    assert_eq!(failure.retry_after_secs(), None);
    assert!(failure.detail.contains("BRAND_NEW"));
}

#[test]
fn every_reason_of_a_failed_creation_the_sdk_knows_is_listed() {
    use aws_sdk_organizations::types::CreateAccountFailureReason;
    for reason in CreateAccountFailureReason::values() {
        assert!(
            CREATIONS.iter().any(|(listed, _)| listed == reason),
            "{reason}"
        );
    }
}

/// The classes as they are meant, written down a second time: a slip in the table parks or retries hundreds of tenants.
#[test]
fn every_reason_of_a_failed_creation_is_of_the_class_it_is_meant_to_be() {
    let meant: &[(Why, &[&str])] = &[
        (Why::OrganizationFull, &["ACCOUNT_LIMIT_EXCEEDED"]),
        (Why::EmailTaken, &["EMAIL_ALREADY_EXISTS"]),
        (Why::Concurrent, &["CONCURRENT_ACCOUNT_MODIFICATION"]),
        (Why::Passing, &["INTERNAL_FAILURE"]),
        (
            Why::BadRequest,
            &[
                "INVALID_ADDRESS",
                "INVALID_EMAIL",
                "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
            ],
        ),
        (
            Why::Standing,
            &[
                "MISSING_BUSINESS_VALIDATION",
                "FAILED_BUSINESS_VALIDATION",
                "PENDING_BUSINESS_VALIDATION",
                "UNKNOWN_BUSINESS_VALIDATION",
                "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
                "IDENTITY_INVALID_BUSINESS_VALIDATION",
                "MISSING_PAYMENT_INSTRUMENT",
                "INVALID_PAYMENT_INSTRUMENT",
            ],
        ),
        (
            Why::Unexplained,
            &[
                "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
                "BRAND_NEW",
            ],
        ),
    ];
    for (why, reasons) in meant {
        for reason in *reasons {
            assert_eq!(creation_failure(reason), *why, "{reason}");
        }
    }
    let listed = meant
        .iter()
        .map(|(_, reasons)| reasons.len())
        .sum::<usize>();
    assert_eq!(
        listed,
        CREATIONS.len() + 1,
        "all of them, and one that is not listed"
    );
}
