//! Requests that are repeated under the same key.
//!
//! # Guarantees
//! The row by which a repetition is recognised is part of the transaction that carries the request out. The same key and
//! request get the first answer for 24 hours; the same key and another request are refused.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use tenancy::{Operation, TenantId, Timestamp};

use super::{
    Accepted, Idempotency, Ledger, LedgerError, Request,
    attempts::Attempts,
    item::{Item, n, number, s, text},
    keys,
    requests::accepted,
    write::Write,
};

/// How long an idempotency key is remembered, in seconds.
const REMEMBERED_SECS: i64 = 24 * 3600;

impl Ledger {
    /// The answer to an earlier request about a tenant with the same idempotency key, if there was one within 24 hours. The
    /// requests check by themselves; this is for a caller that wants to know before it does anything else.
    ///
    /// # Errors
    /// `IdempotencyReused`, `Failed`.
    pub async fn replayed(&self, request: &Request) -> Result<Option<Accepted>, LedgerError> {
        let Some(row) = self.remembered(request).await? else {
            return Ok(None);
        };
        let malformed = |what: &str| LedgerError::not_found(format!("{what} of the first request"));
        let mut answer = match text(&row, "operation") {
            Some(operation) => {
                let operation = operation.parse().map_err(|_| malformed("operation"))?;
                let found = self.operation(&operation).await?;
                accepted(found.tenant, Some(found.operation))
            }
            None => {
                let tenant = text(&row, "tenant").and_then(|tenant| tenant.parse().ok());
                let tenant = tenant.ok_or_else(|| malformed("tenant"))?;
                accepted(self.tenant(&tenant).await?, None)
            }
        };
        answer.replayed = true;
        Ok(Some(answer))
    }

    /// The answer that [`Self::remember_answer`] kept for an earlier request with the same key.
    ///
    /// # Errors
    /// `IdempotencyReused`, `Failed`.
    pub async fn remembered_answer(&self, request: &Request) -> Result<Option<Value>, LedgerError> {
        let row = self.remembered(request).await?;
        let answer = row.as_ref().and_then(|row| text(row, "answer"));
        Ok(answer.and_then(|answer| serde_json::from_str(answer).ok()))
    }

    /// Keeps the answer to a request that is about no tenant, for the repetitions of the request. At most some kilobytes.
    ///
    /// # Errors
    /// `IdempotencyReused`, `Failed`.
    pub async fn remember_answer(
        &self,
        request: &Request,
        answer: &Value,
    ) -> Result<(), LedgerError> {
        let doing = "remembering an answer";
        let mut attempts = Attempts::new(doing);
        let writes = answer_row(request, answer);
        while !writes.is_empty() && !self.transact(doing, writes.clone()).await? {
            attempts.again().await?;
        }
        Ok(())
    }

    async fn remembered(&self, request: &Request) -> Result<Option<Item>, LedgerError> {
        let Some(asked) = &request.idempotency else {
            return Ok(None);
        };
        let row = self
            .get(keys::idempotency(&asked.caller, &asked.key))
            .await?;
        // DynamoDB takes up to two days to delete what has expired.
        let Some(row) = row.filter(|row| !is_expired(row, request.at)) else {
            return Ok(None);
        };
        if text(&row, "request_hash") != Some(asked.request_hash.as_str()) {
            return Err(LedgerError::IdempotencyReused);
        }
        Ok(Some(row))
    }
}

/// The row by which a repetition is recognised; none for a request without a key. It comes first in a transaction, for its
/// error outranks the others: what seems to be a taken slug is our own, if the same request was here before.
pub(super) fn row(
    tenant: &TenantId,
    operation: Option<&Operation>,
    request: &Request,
) -> Vec<Write> {
    let operation = operation.map(|operation| ("operation", s(&operation.id)));
    let fields = [("tenant", s(tenant))].into_iter().chain(operation);
    keeping(request, fields.collect())
}

/// The same with the answer, where that does not follow from the tenant.
pub(super) fn row_with_answer(tenant: &TenantId, request: &Request, answer: &Value) -> Vec<Write> {
    keeping(request, vec![("tenant", s(tenant)), ("answer", s(answer))])
}

/// The row that keeps the answer to a request that is about no tenant; none for a request without a key. It comes first in a
/// transaction.
pub(super) fn answer_row(request: &Request, answer: &Value) -> Vec<Write> {
    keeping(request, vec![("answer", s(answer))])
}

/// The row by which a repetition of the request is recognised, with what it is answered by.
fn keeping(request: &Request, fields: Vec<(&str, AttributeValue)>) -> Vec<Write> {
    let fields = fields.into_iter();
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let asked = request.idempotency.as_ref();
    let write = asked.map(|asked| {
        let mut row = named(asked, request.at);
        row.extend(fields);
        unless_used(row, request.at)
    });
    write.into_iter().collect()
}

fn named(asked: &Idempotency, at: Timestamp) -> Item {
    let mut row = keys::idempotency(&asked.caller, &asked.key);
    row.insert("request_hash".to_owned(), s(&asked.request_hash));
    let expires = at.as_second() + REMEMBERED_SECS;
    row.insert("expires_at".to_owned(), n(expires));
    row
}

fn unless_used(row: Item, at: Timestamp) -> Write {
    Write::put(row)
        .if_new_or_below("expires_at", at.as_second())
        .otherwise(LedgerError::IdempotencyReused)
}

fn is_expired(row: &Item, at: Timestamp) -> bool {
    let now = u64::try_from(at.as_second()).unwrap_or_default();
    number(row, "expires_at").is_none_or(|expires| expires < now)
}
