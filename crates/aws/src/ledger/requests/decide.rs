//! The loop all requests about an existing tenant share: read, decide, write if nobody was faster.

use serde_json::Map;
use tenancy::{
    DesiredState, Operation, OperationState, Tenant, TenantId, Timestamp, access::RefusedSessions,
};

use super::{accepted, new_operation};
use crate::ledger::{
    Accepted, Ledger, LedgerError, NewEntry, Request,
    attempts::Attempts,
    commit::{Draft, Snapshot},
    idempotency,
    operations::{Others, operation_writes},
    record::Record,
};

/// Operations of one tenant that may be open at once, so that one transaction can cancel or finish all of them.
const MOST_OPEN: usize = 50;

impl Ledger {
    /// The loop all requests about an existing tenant share.
    pub(in crate::ledger) async fn request<F>(
        &self,
        doing: &str,
        id: &TenantId,
        request: &Request,
        decide: F,
    ) -> Result<Accepted, LedgerError>
    where
        F: Fn(&Snapshot) -> Result<Answer, LedgerError>,
    {
        if let Some(answer) = self.replayed(request).await? {
            return Ok(answer);
        }
        let result = self.decided(doing, id, request, decide).await;
        self.answer(result, request).await
    }

    async fn decided<F>(
        &self,
        doing: &str,
        id: &TenantId,
        request: &Request,
        decide: F,
    ) -> Result<Accepted, LedgerError>
    where
        F: Fn(&Snapshot) -> Result<Answer, LedgerError>,
    {
        let mut attempts = Attempts::new(format!("{doing} of tenant `{id}`"));
        loop {
            let now = Box::pin(self.snapshot(id)).await?;
            match decide(&now)? {
                // Remembered all the same: what is done meanwhile must not be undone by a repetition.
                Answer::Already(operation) => {
                    let writes = idempotency::row(id, operation.as_ref(), request);
                    if writes.is_empty() || self.transact(doing, writes).await? {
                        return Ok(accepted(now.record.tenant, operation));
                    }
                }
                Answer::Change(draft, operation) => {
                    if let Some(record) = Box::pin(self.commit(doing, *draft, None)).await? {
                        return Ok(accepted(record.tenant, operation.map(|it| *it)));
                    }
                }
            }
            attempts.again().await?;
        }
    }

    /// A refusal may only mean that the same request, sent twice, was faster on its other way.
    pub(super) async fn answer(
        &self,
        result: Result<Accepted, LedgerError>,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        match result {
            Ok(answer) => Ok(answer),
            Err(error @ LedgerError::Failed(_)) => Err(error),
            Err(error) => self.replayed(request).await?.ok_or(error),
        }
    }
}

/// What comes of a request.
pub(in crate::ledger) enum Answer {
    /// Nothing is to be written, but for what recognises a repetition.
    Already(Option<Operation>),
    Change(Box<Draft>, Option<Box<Operation>>),
}

/// Whether another operation may be added to those that are open.
pub(in crate::ledger) fn has_room(record: &Record) -> bool {
    record.tenant.open_operations.len() < MOST_OPEN
}

/// Has these sessions in the tenant's account refused, by an operation that is added where there is room for one: the tenant is due. Where
/// there is none, the next pass refuses them all the same.
pub(in crate::ledger) fn refuse_sessions(
    draft: &mut Draft,
    refused: RefusedSessions,
    operation: &Operation,
) -> Result<(), LedgerError> {
    let room = has_room(&draft.record);
    let (tenant, now) = (&mut draft.record.tenant, operation.created_at);
    refused.add(&mut tenant.refused_sessions, now);
    if room {
        let mut operation = operation.clone();
        operation.spec_version = tenant.spec_version;
        tenant.open_operations.push(operation.id.clone());
        draft.writes.push(new_operation(&operation)?);
    }
    draft.record.ask(now);
    Ok(())
}

impl Answer {
    /// The change that asks for `operation`, with its history entry and idempotency row.
    pub(super) fn asked(
        mut draft: Draft,
        action: &str,
        summary: String,
        operation: &Operation,
        request: &Request,
    ) -> Result<Self, LedgerError> {
        let tenant = &mut draft.record.tenant;
        if tenant.open_operations.len() >= MOST_OPEN {
            let detail = format!("the tenant has {MOST_OPEN} open operations already");
            return Err(LedgerError::conflict(detail));
        }
        let mut operation = operation.clone();
        operation.spec_version = tenant.spec_version;
        tenant.open_operations.push(operation.id.clone());
        draft.record.ask(request.at);
        draft.writes.splice(
            0..0,
            idempotency::row(&operation.tenant_id, Some(&operation), request),
        );
        draft.writes.push(new_operation(&operation)?);
        let entry = entry(request, action, summary, Some(&operation));
        draft.history = (request.at, vec![entry]);
        Ok(Self::Change(Box::new(draft), Some(Box::new(operation))))
    }

    /// The change that asks once more for an operation that is pending, with the idempotency row.
    pub(super) fn asked_again(
        mut draft: Draft,
        pending: &Operation,
        others: &Others,
        request: &Request,
    ) -> Result<Self, LedgerError> {
        let operation = pending.requested_again(request.at);
        draft.record.ask(request.at);
        draft.writes = idempotency::row(&operation.tenant_id, Some(&operation), request);
        draft.writes.extend(operation_writes([&operation], others)?);
        Ok(Self::Change(Box::new(draft), Some(Box::new(operation))))
    }
}

/// Refuses what may be asked for only of a tenant that is to be there: not of one that is leaving, nor of one whose desired state another
/// release wrote, of which this one does not know what may become of it.
///
/// # Errors
/// The tenant is leaving, or its desired state is not known.
pub fn ensure_present(tenant: &Tenant) -> Result<(), LedgerError> {
    match tenant.desired_state {
        DesiredState::Present => Ok(()),
        DesiredState::Absent => Err(LedgerError::Leaving),
        DesiredState::Other(word) => Err(LedgerError::conflict(format!(
            "the desired state `{word}` of the tenant was set by another release"
        ))),
    }
}

pub(super) fn at_version(record: &Record, expected: Option<u64>) -> Result<(), LedgerError> {
    let current = record.tenant.spec_version;
    match expected {
        Some(expected) if expected != current => Err(LedgerError::VersionMismatch { current }),
        _ => Ok(()),
    }
}

pub(super) fn canceled(operation: &Operation, at: Timestamp) -> Operation {
    Operation {
        state: OperationState::Canceled,
        updated_at: at,
        obstacles: Vec::new(),
        again_because: None,
        outcome: Some("replaced by the tenant's departure".to_owned()),
        ..operation.clone()
    }
}

pub(in crate::ledger) fn entry(
    request: &Request,
    action: &str,
    summary: String,
    operation: Option<&Operation>,
) -> NewEntry {
    let mut details = Map::new();
    details.insert("requestId".to_owned(), request.request_id.clone().into());
    if let Some(operation) = operation {
        details.insert("operation".to_owned(), operation.id.to_string().into());
    }
    NewEntry {
        actor: request.actor.clone(),
        action: action.to_owned(),
        summary,
        details,
    }
}
