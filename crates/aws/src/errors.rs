//! The one place that knows AWS error codes: tables of what each means for the loop, and what asks them.
//!
//! Sources: the services' API references; a code that is not listed is classified by its HTTP status.

mod codes;
mod organizations;
#[cfg(test)]
mod runbook;

use std::error::Error;

use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tenancy::{Failure, FailureKind, Next};

pub use codes::ACCESS_DENIED;
pub use organizations::{creation_failure, organizations_failure};

use codes::{
    ABSENT, ALREADY, CODES,
    Class::{NotReady, Park, Throttle, Transient},
};

/// The error code AWS gave, if it gave one.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}

/// Whether AWS said that the thing is not there.
pub fn is_absent<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| {
        ABSENT.contains(&code) || (code.starts_with("Invalid") && code.ends_with(".NotFound"))
    })
}

/// Whether AWS said that the thing is already as asked for.
pub fn is_already_there<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| ALREADY.contains(&code))
}

/// Whether IAM will not delete it because something uses it.
pub fn is_in_use<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("DeleteConflict")
}

/// Whether AWS refused the right to do it.
pub fn is_denied<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error).is_some_and(|code| {
        matches!(
            code,
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation"
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
        // The request may have reached AWS: the next pass looks before it does anything again.
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

/// Why a call was never made: its turn had not come.
fn kept_back(dispatch: &DispatchFailure) -> Option<&Failure> {
    dispatch.as_connector_error()?.source()?.downcast_ref()
}

/// Classifies a failure that AWS reports within a successful answer, by its code.
pub fn refused(doing: impl Into<String>, code: &str, message: &str) -> Failure {
    by_code(doing.into(), format!("{code}: {message}"), Some(code), 200)
}

fn by_code(doing: String, detail: String, code: Option<&str>, status: u16) -> Failure {
    let class = code
        .and_then(|code| CODES.iter().find(|(listed, _)| *listed == code))
        .map(|(_, class)| *class);
    let not_found =
        code.is_some_and(|code| code.starts_with("Invalid") && code.ends_with(".NotFound"));
    match class {
        Some(Throttle(after)) => Failure::retry(FailureKind::Throttled, doing, detail, after),
        Some(Transient(after)) => Failure::retry(FailureKind::Transient, doing, detail, after),
        Some(NotReady(after)) => Failure::retry(FailureKind::NotReady, doing, detail, after),
        Some(Park(kind, reason, remedy)) => Failure::park(kind, doing, detail, reason, remedy),
        // Something of ours made a moment ago is not visible everywhere yet.
        None if not_found => Failure::retry(FailureKind::NotReady, doing, detail, 5),
        None if status == 429 => Failure::retry(FailureKind::Throttled, doing, detail, 10),
        None if status >= 500 => Failure::retry(FailureKind::Transient, doing, detail, 10),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: Option<&str>, status: u16, kind: FailureKind) {
        let failure = by_code("doing".into(), "detail".into(), code, status);
        assert_eq!(failure.kind, kind, "{code:?} {status}");
        assert_eq!(
            failure.look_again_secs().is_none(),
            matches!(
                kind,
                FailureKind::Quota
                    | FailureKind::Denied
                    | FailureKind::Conflict
                    | FailureKind::Invalid
            ),
            "{code:?}"
        );
    }

    #[test]
    fn a_call_the_governor_kept_back_waits_for_its_turn_and_was_not_made() {
        use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
        type Answer = SdkError<(), HttpResponse>;
        let turn = Failure::wait("calling MoveAccount", "its turn to call MoveAccount", 7);
        let kept = Answer::dispatch_failure(ConnectorError::other(Box::new(turn.clone()), None));
        assert!(is_refused(&kept));
        let SdkError::DispatchFailure(dispatch) = &kept else {
            panic!("{kept:?}");
        };
        assert_eq!(kept_back(dispatch), Some(&turn));
        let lost = Answer::dispatch_failure(ConnectorError::io("reset".into()));
        assert!(!is_refused(&lost));
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
}
