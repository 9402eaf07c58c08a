//! The one place that knows AWS error codes: tables of what each means for the loop, and what asks them.
//!
//! Sources: the services' API references; a code that is not listed is classified by its HTTP status.

mod call;
mod codes;
mod cost;
#[cfg(test)]
mod held_tests;
mod organizations;
mod region;
#[cfg(test)]
mod runbook_tests;
#[cfg(test)]
mod tests;
mod words;

use std::error::Error;

use aws_sdk_ec2::operation::create_nat_gateway::CreateNatGatewayError;
use aws_sdk_eventbridge::operation::{delete_rule::DeleteRuleError, put_targets::PutTargetsError};
use aws_sdk_iam::operation::create_policy_version::CreatePolicyVersionError;
use aws_sdk_kms::operation::get_key_rotation_status::GetKeyRotationStatusError;
use aws_sdk_organizations::operation::move_account::MoveAccountError;
use aws_sdk_s3::operation::get_bucket_tagging::GetBucketTaggingError;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tenancy::{Failure, FailureKind, Next};

pub use call::Call;
pub use codes::ACCESS_DENIED;
pub use cost::{cost_failure, has_monitor};
pub use organizations::{creation_failure, organizations_failure};
pub use region::{REGION_NOT_ENABLED, is_shut_out, of_region};

use codes::{
    CODES,
    Class::{NotReady, Park, Throttle, Transient},
};
use words::by_words;

/// The error code AWS gave, if it gave one.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}

/// Whether AWS said that what the call asks for, or deletes, is absent. That something else is not there is no absence.
pub fn is_absent<E: Call, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| E::ABSENT.contains(&code))
}

/// Whether AWS said that things are already as the call asks.
pub fn is_already_there<E: Call, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| E::ALREADY.contains(&code))
}

/// The same of a code within a successful answer.
pub fn says_already_there<E: Call>(code: &str) -> bool {
    E::ALREADY.contains(&code)
}

/// Whether the account is not where a move takes it from.
pub fn is_elsewhere<R>(error: &SdkError<MoveAccountError, R>) -> bool {
    code(error) == Some("SourceParentNotFoundException")
}

/// Whether AWS does not take it away because something uses it.
pub fn is_in_use<E: Call, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| E::IN_USE.contains(&code))
}

/// A successful answer without what it must hold: what it did is unknown, and the next pass reads before it writes anything again.
pub fn unreadable(doing: impl Into<String>, missing: &str) -> Failure {
    Failure::retry(FailureKind::Unknown, doing, missing, 5)
}

/// A refusal that what others did meanwhile explains: the next pass reads it.
pub fn passing(doing: impl Into<String>, detail: &str) -> Failure {
    Failure::retry(FailureKind::Transient, doing, detail, 10)
}

/// A limit that is met right after we made room ourselves: AWS counts what was taken away for a moment longer.
pub fn room_not_shown(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Quota => passing(failure.doing, &failure.detail),
        _ => failure,
    }
}

/// Whether there is no room for another version of the policy. IAM keeps five, a quota that cannot be raised.
pub fn is_full<R>(error: &SdkError<CreatePolicyVersionError, R>) -> bool {
    code(error) == Some("LimitExceeded")
}

/// Whether a secret of this name is still being deleted. Source: Secrets Manager API reference, `CreateSecret`, "Errors".
pub fn is_being_deleted<R>(error: &SdkError<CreateSecretError, R>) -> bool {
    code(error) == Some("InvalidRequestException")
}

/// Whether a request is said to be invalid, for a reason that has these words.
fn is_invalid_for<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, words: &str) -> bool {
    let said = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message);
    code(error) == Some("ValidationException") && said.is_some_and(|said| said.contains(words))
}

/// Whether EventBridge cannot assume the role of a target: one that was made a moment ago is not visible everywhere. It says so in words
/// only (EventBridge User Guide, "Troubleshooting").
pub fn is_role_not_visible<R>(error: &SdkError<PutTargetsError, R>) -> bool {
    is_invalid_for(error, "cannot be assumed")
}

/// Whether a rule still has targets: those that were taken off a moment ago are not removed everywhere. EventBridge says so in words only
/// (EventBridge API reference, `DeleteRule`: "Before you can delete the rule, you must remove all targets").
pub fn has_targets<R>(error: &SdkError<DeleteRuleError, R>) -> bool {
    is_invalid_for(error, "targets")
}

/// Whether the key is of a kind that KMS makes no new material for. Source: KMS API reference, `GetKeyRotationStatus`, "Errors".
pub fn cannot_rotate<R>(error: &SdkError<GetKeyRotationStatusError, R>) -> bool {
    code(error) == Some("UnsupportedOperationException")
}

/// A role that was made a moment ago cannot be used yet.
pub fn role_not_visible(doing: impl Into<String>) -> Failure {
    let detail = "the role cannot be assumed by EventBridge yet";
    Failure::retry(FailureKind::NotReady, doing, detail, 10)
}

/// Whether the bucket is there and has no tags. Source: S3 API reference, `GetBucketTagging`, "Errors".
pub fn has_no_tags<R>(error: &SdkError<GetBucketTaggingError, R>) -> bool {
    code(error) == Some("NoSuchTagSet")
}

/// Whether S3 does not find the bucket that something is asked of. Source: S3 API reference, "Error responses".
pub fn is_without_bucket<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("NoSuchBucket")
}

/// Whether the Availability Zone does not have what was to be made in it.
pub fn is_zone_without<R>(error: &SdkError<CreateNatGatewayError, R>) -> bool {
    code(error) == Some("NotAvailableInZone")
}

/// Whether AWS refused the right to do it.
pub fn is_denied<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| {
        matches!(
            code,
            "AccessDenied"
                | "AccessDeniedException"
                | "AuthorizationError"
                | "ForbiddenException"
                | "UnauthorizedException"
                | "UnauthorizedOperation"
        )
    })
}

/// Whether AWS definitely refused the request, so that it had no effect. A 5xx or a lost answer says nothing of the kind.
pub fn is_refused<E, R: HttpStatus>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::ServiceError(context) => (400..500).contains(&context.raw().status()),
        SdkError::ConstructionFailure(_) => true,
        // The governor kept it back.
        SdkError::DispatchFailure(dispatch) => kept_back(dispatch).is_some(),
        _ => false,
    }
}

/// Classifies a failed call. `doing` says what was being done and to what, such as "creating trail `tenantry-trail`".
pub fn failure<E: ProvideErrorMetadata, R: HttpStatus>(
    doing: impl Into<String>,
    error: &SdkError<E, R>,
) -> Failure {
    let doing = doing.into();
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code();
            let message = context.err().message().unwrap_or("no message");
            let status = context.raw().status();
            let detail = format!("{} ({status}): {message}", code.unwrap_or("no code"));
            by_code(doing, detail, code, status)
        }
        SdkError::ConstructionFailure(_) => Failure::bug(doing, "the request could not be built"),
        // The request may have reached AWS: the next pass reads before it writes anything again.
        SdkError::TimeoutError(_) => {
            Failure::retry(FailureKind::Unknown, doing, "no answer in time", 5)
        }
        SdkError::ResponseError(_) => Failure::retry(
            FailureKind::Unknown,
            doing,
            "the answer could not be read",
            5,
        ),
        SdkError::DispatchFailure(dispatch) => match kept_back(dispatch) {
            Some(failure) => Failure {
                doing,
                ..failure.clone()
            },
            None => Failure::retry(FailureKind::Unknown, doing, "the connection was lost", 5),
        },
        _ => Failure::retry(FailureKind::Unknown, doing, "no answer of any kind", 5),
    }
}

/// Why a call was never made: the rate limiter had not let it through.
fn kept_back(dispatch: &DispatchFailure) -> Option<&Failure> {
    dispatch.as_connector_error()?.source()?.downcast_ref()
}

/// Classifies a failure that AWS reports within a successful answer, by its code.
pub fn refused(doing: impl Into<String>, code: &str, message: &str) -> Failure {
    by_code(doing.into(), format!("{code}: {message}"), Some(code), 200)
}

/// The same for one of several removals in one call: what is absent needs no removing.
pub fn removal_refused<E: Call>(doing: &str, code: &str, message: &str) -> Result<(), Failure> {
    match E::ABSENT.contains(&code) {
        true => Ok(()),
        false => Err(refused(doing, code, message)),
    }
}

fn by_code(doing: String, detail: String, code: Option<&str>, status: u16) -> Failure {
    let class = code.and_then(|code| {
        let listed = CODES.iter().find(|(listed, _)| *listed == code);
        listed.map(|(_, class)| *class).or_else(|| by_words(code))
    });
    match class {
        Some(Throttle(after)) => Failure::retry(FailureKind::Throttled, doing, detail, after),
        Some(Transient(after)) => Failure::retry(FailureKind::Transient, doing, detail, after),
        Some(NotReady(after)) => Failure::retry(FailureKind::NotReady, doing, detail, after),
        Some(Park(kind, reason, remedy)) => Failure::park(kind, doing, detail, reason, remedy),
        None if code.is_none() && (200..300).contains(&status) => unreadable(doing, &detail),
        None if status == 429 => Failure::retry(FailureKind::Throttled, doing, detail, 10),
        None if status >= 500 || status == 408 => Failure::retry(FailureKind::Transient, doing, detail, 10),
        None => Failure {
            doing,
            detail,
            kind: FailureKind::Invalid,
            next: Next::Park {
                reason: "request-refused".into(),
                remedy: "AWS refused the request for a reason tenantry does not know; read the detail, put the cause right, then retry the tenant.".into(),
            },
        },
    }
}

/// The HTTP status of a raw answer; an empty 503 has no code, only this.
pub trait HttpStatus {
    /// The status, such as 503.
    fn status(&self) -> u16;
}

impl HttpStatus for aws_smithy_runtime_api::client::orchestrator::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}
