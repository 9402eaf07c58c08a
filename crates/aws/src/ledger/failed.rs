//! What an answer of DynamoDB means to the ledger.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};
use tenancy::{Failure, FailureKind};

/// Why a transaction was not carried out.
#[derive(Debug)]
pub(super) enum Refused {
    /// The conditions of these writes did not hold, by position.
    Conditions(Vec<usize>),
    /// Somebody wrote to the same rows at the same time, or the rows are too busy.
    Contended,
    /// Anything else.
    Failed(Failure),
}

/// Tells a lost race from a failure.
pub(super) fn refused(doing: &str, error: &SdkError<TransactWriteItemsError>) -> Refused {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
        error.as_service_error()
    else {
        return Refused::Failed(failure(doing, error));
    };
    let reasons = canceled.cancellation_reasons();
    let with = |codes: &[&str]| -> Vec<usize> {
        let matches = |code: Option<&str>| code.is_some_and(|code| codes.contains(&code));
        (0..)
            .zip(reasons)
            .filter(|(_, reason)| matches(reason.code()))
            .map(|(position, _)| position)
            .collect()
    };
    let conditions = with(&["ConditionalCheckFailed"]);
    if !conditions.is_empty() {
        return Refused::Conditions(conditions);
    }
    // Source: DynamoDB API reference, `TransactWriteItems`, cancellation reasons.
    let passing = with(&[
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ]);
    if passing.is_empty() {
        Refused::Failed(failure(doing, error))
    } else {
        Refused::Contended
    }
}

/// The failure of a call to the table.
pub(super) fn failure<E>(doing: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata,
{
    let code = error.code().unwrap_or("no error code");
    let detail = match error {
        SdkError::ServiceError(_) => format!("{code}: {}", error.message().unwrap_or_default()),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => "the table could not be reached".to_owned(),
        _ => "the answer could not be read".to_owned(),
    };
    let retry = |kind, after_secs| Failure::retry(kind, doing, detail.clone(), after_secs);
    match (error, code) {
        (
            _,
            "ThrottlingException"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded",
        ) => retry(FailureKind::Throttled, 5),
        (_, "AccessDeniedException") => retry(FailureKind::Denied, 300),
        (_, "ResourceNotFoundException" | "ValidationException") => {
            retry(FailureKind::Invalid, 300)
        }
        (SdkError::TimeoutError(_) | SdkError::ResponseError(_), _) => {
            retry(FailureKind::Unknown, 10)
        }
        _ => retry(FailureKind::Transient, 10),
    }
}
