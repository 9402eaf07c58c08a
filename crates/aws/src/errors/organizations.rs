//! The reasons of Organizations: it puts most of what it refuses under one code and says in a field of its own why.
//!
//! Sources: Organizations API reference, `ConstraintViolationException` and `CreateAccountStatus`.

use std::error::Error;

use aws_sdk_organizations::types::error::ConstraintViolationException;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use baseline::account::Why;
use tenancy::{Failure, FailureKind};

use super::{HttpStatus, failure};

/// What a reason means.
enum Class {
    /// It goes away by itself: what is waited for, and when to check again in seconds.
    Wait(&'static str, u32),
    /// A person must act: kind, reason, remedy.
    Park(FailureKind, &'static str, &'static str),
}

use Class::{Park, Wait};

const RAISE: &str = "Have the organization's quota of accounts raised in Service Quotas (closed accounts count for 90 days), then retry the tenant.";
const NOT_IN_GOOD_STANDING: Class = Park(
    FailureKind::Invalid,
    "organization-not-in-good-standing",
    "Correct the payment method and contact data of the management account, then retry the tenant.",
);
const TAGS: &str =
    "Correct the tenant's tags or the organization's tag policy, then retry the tenant.";
const LIMIT: &str = "Remove policies or organizational units that are not needed, or have the quota raised, then retry the tenant.";

/// Reasons of `ConstraintViolationException`: reason, class.
const CONSTRAINTS: &[(&str, Class)] = &[
    (
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        Park(FailureKind::Quota, "account-quota-reached", RAISE),
    ),
    (
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
        Wait(
            "Organizations to allow more creations (its limit of a day)",
            3600,
        ),
    ),
    (
        "ACCOUNT_CREATION_NOT_COMPLETE",
        Wait("the account to be complete", 60),
    ),
    (
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
        Wait(
            "the organization's quota of closures in 30 days to have room",
            21_600,
        ),
    ),
    (
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
        Wait("other closures to finish", 180),
    ),
    (
        "WAIT_PERIOD_ACTIVE",
        Wait("the account to be old enough", 86_400),
    ),
    (
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
        Park(
            FailureKind::Invalid,
            "management-account",
            "The ledger names the management account as a tenant's. Do not retry; report it as a defect of tenantry.",
        ),
    ),
    (
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        Park(
            FailureKind::Conflict,
            "delegated-administrator",
            "Deregister the account as delegated administrator of every service, then retry the tenant.",
        ),
    ),
    (
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
        Park(
            FailureKind::Invalid,
            "organization-features",
            "Enable all features in the organization, then retry the tenant.",
        ),
    ),
    (
        "TAG_POLICY_VIOLATION",
        Park(FailureKind::Invalid, "tags-refused", TAGS),
    ),
    (
        "MAX_TAG_LIMIT_EXCEEDED",
        Park(FailureKind::Invalid, "tags-refused", TAGS),
    ),
    ("INVALID_PAYMENT_INSTRUMENT", NOT_IN_GOOD_STANDING),
    (
        "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
        NOT_IN_GOOD_STANDING,
    ),
    (
        "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
        NOT_IN_GOOD_STANDING,
    ),
    ("MASTER_ACCOUNT_MISSING_CONTACT_INFO", NOT_IN_GOOD_STANDING),
    (
        "MASTER_ACCOUNT_MISSING_BUSINESS_LICENSE",
        NOT_IN_GOOD_STANDING,
    ),
    (
        "MASTER_ACCOUNT_ADDRESS_DOES_NOT_MATCH_MARKETPLACE",
        NOT_IN_GOOD_STANDING,
    ),
    ("UNMET_BILLING_PREREQUISITE", NOT_IN_GOOD_STANDING),
    (
        "OU_NUMBER_LIMIT_EXCEEDED",
        Park(FailureKind::Quota, "quota-reached", LIMIT),
    ),
    (
        "POLICY_NUMBER_LIMIT_EXCEEDED",
        Park(FailureKind::Quota, "quota-reached", LIMIT),
    ),
    (
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        Park(FailureKind::Quota, "quota-reached", LIMIT),
    ),
    (
        "POLICY_CONTENT_LIMIT_EXCEEDED",
        Park(
            FailureKind::Quota,
            "guardrail-too-long",
            "Allow fewer Regions in the deployment, so that the guardrail keeps to AWS's limit, then retry the tenant.",
        ),
    ),
];

/// Reasons of a failed creation: reason, class. The API reference spells one of them in two ways.
const CREATIONS: &[(&str, Why)] = &[
    ("ACCOUNT_LIMIT_EXCEEDED", Why::OrganizationFull),
    ("EMAIL_ALREADY_EXISTS", Why::EmailTaken),
    ("CONCURRENT_ACCOUNT_MODIFICATION", Why::Concurrent),
    ("INVALID_ADDRESS", Why::BadRequest),
    ("INVALID_EMAIL", Why::BadRequest),
    ("INTERNAL_FAILURE", Why::Passing),
    ("MISSING_BUSINESS_VALIDATION", Why::Standing),
    ("FAILED_BUSINESS_VALIDATION", Why::Standing),
    ("PENDING_BUSINESS_VALIDATION", Why::Standing),
    ("UNKNOWN_BUSINESS_VALIDATION", Why::Standing),
    ("INVALID_IDENTITY_FOR_BUSINESS_VALIDATION", Why::Standing),
    ("IDENTITY_INVALID_BUSINESS_VALIDATION", Why::Standing),
    ("MISSING_PAYMENT_INSTRUMENT", Why::Standing),
    ("INVALID_PAYMENT_INSTRUMENT", Why::Standing),
    ("GOVCLOUD_ACCOUNT_ALREADY_EXISTS", Why::BadRequest),
    (
        "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
        Why::Unexplained,
    ),
];

/// What the reason of a failed creation means. AWS calls the list open, so an unknown one is a class of its own.
pub fn creation_failure(reason: &str) -> Why {
    CREATIONS
        .iter()
        .find(|(listed, _)| *listed == reason)
        .map_or(Why::Unexplained, |(_, why)| *why)
}

/// Classifies a failed call to Organizations, by its reason where it gives one.
pub fn organizations_failure<E, R>(doing: impl Into<String>, error: &SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
    R: HttpStatus,
{
    match constraint(error) {
        Some(reason) => by_reason(doing.into(), reason),
        None => failure(doing, error),
    }
}

fn constraint<E: Error + 'static, R>(error: &SdkError<E, R>) -> Option<&str> {
    let violation = error
        .as_service_error()?
        .source()?
        .downcast_ref::<ConstraintViolationException>()?;
    Some(violation.reason.as_ref()?.as_str())
}

fn by_reason(doing: String, reason: &str) -> Failure {
    let detail = format!("ConstraintViolationException: {reason}");
    let class = CONSTRAINTS.iter().find(|(listed, _)| *listed == reason);
    match class.map(|(_, class)| class) {
        Some(Wait(what, after_secs)) => Failure {
            detail,
            kind: FailureKind::Quota,
            ..Failure::wait(doing, *what, *after_secs)
        },
        Some(Park(kind, word, remedy)) => Failure::park(*kind, doing, detail, word, remedy),
        None => Failure::park(
            FailureKind::Invalid,
            doing,
            detail,
            "request-refused",
            "Look the reason up in the Organizations API reference (ConstraintViolationException), put it right, then retry the tenant.",
        ),
    }
}

/// Every reason of a failed creation that is listed.
#[cfg(test)]
pub(super) fn creation_reasons() -> impl Iterator<Item = &'static str> {
    CREATIONS.iter().map(|(reason, _)| *reason)
}

/// Every constraint a tenant is parked for, and the reason it is parked with.
#[cfg(test)]
pub(super) fn parking() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONSTRAINTS
        .iter()
        .filter_map(|(constraint, class)| match class {
            Park(_, reason, _) => Some((*constraint, *reason)),
            Wait(..) => None,
        })
}

#[cfg(test)]
mod tests;
