//! What an answer of DynamoDB means to the ledger.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{
        put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
};
use tenancy::Failure;

pub(super) use crate::errors::failure;

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

/// Tells why one row was not put.
pub(super) fn put_refused(doing: &str, error: &SdkError<PutItemError>) -> Refused {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(_)) => Refused::Conditions(vec![0]),
        Some(PutItemError::TransactionConflictException(_)) => Refused::Contended,
        _ => Refused::Failed(failure(doing, error)),
    }
}

/// Tells why one row was not updated.
pub(super) fn update_refused(doing: &str, error: &SdkError<UpdateItemError>) -> Refused {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(_)) => Refused::Conditions(vec![0]),
        Some(UpdateItemError::TransactionConflictException(_)) => Refused::Contended,
        _ => Refused::Failed(failure(doing, error)),
    }
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
