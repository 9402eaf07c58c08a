//! The codes of Cost Explorer that mean something else elsewhere.
//!
//! Sources: AWS Billing and Cost Management API reference, "Errors" of each action of Cost Explorer; that an account has room for one
//! monitor of a dimension, and that Cost Explorer is off, it says in words only.

use aws_sdk_costexplorer::operation::create_anomaly_monitor::CreateAnomalyMonitorError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tenancy::{Failure, FailureKind};

use super::{HttpStatus, code, failure, is_denied, is_invalid_for};

/// How soon Cost Explorer is tried again where it is off: turned on, it takes up to a day (AWS Cost Management User Guide, "Enabling Cost
/// Explorer").
const OFF_SECS: u32 = 3600;

/// Classifies a failed call to Cost Explorer.
pub fn cost_failure<E: ProvideErrorMetadata, R: HttpStatus>(
    doing: impl Into<String>,
    error: &SdkError<E, R>,
) -> Failure {
    let said = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message);
    let said = said.unwrap_or("no message");
    match code(error) {
        // Elsewhere it is a quota; here: "You made too many calls in a short period of time."
        Some("LimitExceededException") => Failure::retry(FailureKind::Throttled, doing, said, 10),
        _ if is_denied(error) && said.contains("not enabled for cost explorer") => {
            let detail = format!(
                "{said}: turn Cost Explorer on in the management account, for member accounts too; it takes up to a day"
            );
            Failure::retry(FailureKind::NotReady, doing, detail, OFF_SECS)
        }
        _ => failure(doing, error),
    }
}

/// Whether the account has a monitor of all its services already: it has room for one.
pub fn has_monitor<R>(error: &SdkError<CreateAnomalyMonitorError, R>) -> bool {
    is_invalid_for(error, "Limit exceeded")
}

#[cfg(test)]
mod tests {
    use aws_sdk_costexplorer::operation::get_anomaly_monitors::GetAnomalyMonitorsError;
    use aws_smithy_runtime_api::{client::orchestrator::HttpResponse, http::StatusCode};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn said(code: &str, message: &str) -> ErrorMetadata {
        let said = ErrorMetadata::builder().code(code);
        said.message(message).build()
    }

    fn answer<E>(error: E) -> SdkError<E, HttpResponse> {
        let status = StatusCode::try_from(400).unwrap();
        SdkError::service_error(error, HttpResponse::new(status, "".into()))
    }

    #[test]
    fn cost_explorer_that_is_off_is_waited_for_and_a_denial_is_one() {
        for (code, message, kind) in [
            (
                "AccessDeniedException",
                "User not enabled for cost explorer access",
                FailureKind::NotReady,
            ),
            (
                "AccessDeniedException",
                "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ce:GetAnomalyMonitors",
                FailureKind::Denied,
            ),
            (
                "LimitExceededException",
                "You made too many calls in a short period of time.",
                FailureKind::Throttled,
            ),
        ] {
            let error = answer(GetAnomalyMonitorsError::generic(said(code, message)));
            assert_eq!(cost_failure("listing", &error).kind, kind, "{message}");
        }
    }

    #[test]
    fn only_a_monitor_that_is_there_already_is_one() {
        for (message, there) in [
            ("Limit exceeded on dimensional spend monitor creation", true),
            ("Failed to validate the monitor", false),
        ] {
            let said = said("ValidationException", message);
            let error = answer(CreateAnomalyMonitorError::generic(said));
            assert_eq!(has_monitor(&error), there, "{message}");
        }
    }
}
