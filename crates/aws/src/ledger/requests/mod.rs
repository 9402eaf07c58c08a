//! What callers ask for: new tenants, changed specs, departures, audits and repairs.
//!
//! # Guarantees
//! The change, its operation, its history entry and its idempotency row are one transaction. A request with a key that was
//! used for the same request gets the first answer, whatever has become of the tenant since.

mod decide;
mod keys_of_tenants;

use tenancy::{
    DesiredState, Operation, OperationKind, OperationState, Spec, Tenant, TenantId, Timestamp,
};

pub use self::decide::ensure_present;
pub(super) use self::decide::{Answer, entry, has_room, refuse_sessions};
use self::decide::{at_version, canceled};
use super::{
    Accepted, Ledger, LedgerError, Request,
    attempts::Attempts,
    commit::{Draft, history_writes},
    idempotency,
    item::{Item, s, with_doc, word},
    keys,
    operations::operation_writes,
    record::Record,
    write::Write,
};

impl Ledger {
    /// Records a new tenant with its slug, e-mail address, first operation and first history entry, all or nothing. A
    /// repetition gives back the first answer.
    ///
    /// The tenant is due at `request.at`; its history fields and open operations are filled in.
    ///
    /// # Errors
    /// `SlugTaken`, `IdempotencyReused`, `Conflict` (id or e-mail address used before), `Failed`.
    pub async fn create_tenant(
        &self,
        tenant: &Tenant,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        if let Some(answer) = self.replayed(request).await? {
            return Ok(answer);
        }
        let result = self.create(tenant, operation, request).await;
        self.answer(result, request).await
    }

    async fn create(
        &self,
        tenant: &Tenant,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        if let Some(retired) = self.retired(&tenant.spec).await? {
            return Err(retired);
        }
        let mut record = Record::new(tenant.clone(), request.at);
        record.tenant.open_operations = vec![operation.id.clone()];
        record.ask(request.at);
        let mut writes = idempotency::row(&operation.tenant_id, Some(operation), request);
        writes.extend(unique_rows(tenant)?);
        writes.push(new_operation(operation)?);
        let summary = format!("tenant `{}` was requested", tenant.spec.slug);
        let entry = entry(request, "tenant-requested", summary, Some(operation));
        writes.extend(history_writes(&mut record.tenant, request.at, vec![entry])?);
        let used = format!("the tenant id `{}` was used before", tenant.id);
        let rows = record.changed_rows(true)?;
        let rows = [
            rows.main.map(|(row, _)| row),
            rows.lease.map(|(row, _)| row),
        ];
        let used = LedgerError::conflict(used);
        let row = |row| Write::put(row).if_new().otherwise(used.clone());
        writes.extend(rows.into_iter().flatten().map(row));
        let doing = "recording a new tenant";
        let mut attempts = Attempts::new(doing);
        while !self.transact(doing, writes.clone()).await? {
            attempts.again().await?;
        }
        Ok(accepted(record.tenant, Some(operation.clone())))
    }

    /// Records a changed spec and the operation that carries it out, and makes the tenant due. `operation.spec_version` is
    /// filled in. A spec equal to the present one changes nothing and gives no operation. Give the version the new spec
    /// was made from as `expected_version`, or a concurrent change is overwritten.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `Leaving`, `IdempotencyReused`, `Conflict` (the slug differs, or too many operations
    /// are open), `Failed`.
    pub async fn change_spec(
        &self,
        id: &TenantId,
        expected_version: Option<u64>,
        spec: &Spec,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        if let Some(answer) = self.replayed(request).await? {
            return Ok(answer);
        }
        let retired = self.retired(spec).await?;
        self.request("recording a changed spec", id, request, |now| {
            ensure_present(&now.record.tenant)?;
            at_version(&now.record, expected_version)?;
            let current = &now.record.tenant.spec;
            if current == spec {
                return Ok(Answer::Already(None));
            }
            if current.slug != spec.slug {
                return Err(LedgerError::conflict("the slug of a tenant cannot change"));
            }
            let moved = current.blueprint != spec.blueprint;
            if let Some(retired) = retired.clone().filter(|_| moved) {
                return Err(retired);
            }
            let mut draft = Draft::of(&now.record);
            draft.record.tenant.retire_tags(spec);
            draft.record.tenant.spec = spec.clone();
            draft.record.tenant.spec_version += 1;
            draft.record.tenant.updated_at = request.at;
            let version = draft.record.tenant.spec_version;
            let summary = format!("the spec was changed to version {version}");
            Answer::asked(draft, "spec-changed", summary, operation, request)
        })
        .await
    }

    /// Records that the tenant is to leave, cancels its other open operations, adds the offboard operation and makes the
    /// tenant due. For a tenant that is leaving already, or closed, it gives back the operation there is.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `IdempotencyReused`, `Failed`.
    pub async fn request_departure(
        &self,
        id: &TenantId,
        expected_version: Option<u64>,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        let asked = self.request("recording a departure", id, request, |now| {
            if now.record.tenant.desired_state == DesiredState::Absent {
                let mut operations = now.operations.iter().rev();
                let offboard = operations.find(|o| o.kind == OperationKind::Offboard);
                return Ok(Answer::Already(offboard.cloned()));
            }
            at_version(&now.record, expected_version)?;
            let mut draft = Draft::of(&now.record);
            draft.record.tenant.desired_state = DesiredState::Absent;
            draft.record.tenant.spec_version += 1;
            draft.record.tenant.updated_at = request.at;
            draft.record.tenant.open_operations.clear();
            let replaced = now.operations.iter();
            let canceled: Vec<_> = replaced.map(|it| canceled(it, request.at)).collect();
            draft.writes = operation_writes(&canceled, &now.others)?;
            // The sessions of its people end with the provider that began them.
            draft
                .writes
                .push(Write::delete(keys::identity_provider(id)));
            let summary = "the tenant is to leave".to_owned();
            Answer::asked(draft, "offboarding-requested", summary, operation, request)
        });
        let mut accepted = asked.await?;
        if accepted.operation.is_none() {
            // It is finished.
            let mut operations = self.operations(id).await?.into_iter();
            accepted.operation = operations.find(|o| o.kind == OperationKind::Offboard);
        }
        Ok(accepted)
    }

    /// Adds an audit or repair and makes the tenant due. If one of the same kind is pending, gives back that one: it is requested again,
    /// so that what is observed for it is observed from now on, also where a pass is about to finish it.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (too many operations are open), `Failed`.
    pub async fn request_operation(
        &self,
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        let kind = word(&operation.kind);
        let id = &operation.tenant_id;
        self.request("recording an operation", id, request, |now| {
            ensure_present(&now.record.tenant)?;
            let same =
                |o: &&Operation| o.kind == operation.kind && o.state == OperationState::Pending;
            if let Some(waiting) = now.operations.iter().find(same) {
                return Answer::asked_again(Draft::of(&now.record), waiting, &now.others, request);
            }
            let draft = Draft::of(&now.record);
            let (action, summary) = (format!("{kind}-requested"), format!("{kind} was requested"));
            Answer::asked(draft, &action, summary, operation, request)
        })
        .await
    }

    /// Makes a tenant due at once, such as after a person has resolved what it was parked for. `summary` is for the history.
    /// There is no operation of its own: those that are open go on.
    ///
    /// # Errors
    /// `NotFound`, `Leaving` (its account is closed), `IdempotencyReused`, `Failed`.
    pub async fn request_retry(
        &self,
        id: &TenantId,
        summary: &str,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        self.request("recording a retry", id, request, |now| {
            if now.record.tenant.closed_at.is_some() {
                return Err(LedgerError::Leaving);
            }
            let mut draft = Draft::of(&now.record);
            draft.record.ask(request.at);
            draft.writes = idempotency::row(id, None, request);
            let entry = entry(request, "retry-requested", summary.to_owned(), None);
            draft.history = (request.at, vec![entry]);
            Ok(Answer::Change(Box::new(draft), None))
        })
        .await
    }

    /// Makes the tenant due at `at` or earlier; a pass that is running now will not undo it.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn mark_due(&self, id: &TenantId, at: Timestamp) -> Result<(), LedgerError> {
        self.change("making due", id, None, |record| {
            let mut draft = Draft::of(record);
            draft.record.ask(at);
            Ok(Some(draft))
        })
        .await
        .map(drop)
    }
}

pub(super) fn accepted(tenant: Tenant, operation: Option<Operation>) -> Accepted {
    Accepted {
        tenant,
        operation,
        replayed: false,
    }
}

/// The row of an operation that is asked for.
fn new_operation(operation: &Operation) -> Result<Write, LedgerError> {
    let key = keys::operation(&operation.tenant_id, &operation.id);
    Ok(Write::put(with_doc(key, operation)?).if_new())
}

/// The rows that make slug and e-mail address unique.
fn unique_rows(tenant: &Tenant) -> Result<[Write; 2], LedgerError> {
    let slug = tenant.spec.slug.clone();
    let owned = |mut key: Item| {
        key.insert("tenant".to_owned(), s(&tenant.id));
        Write::put(key).if_new()
    };
    let used = format!("the address `{}` was used before", tenant.account_email);
    Ok([
        owned(keys::slug(&slug)).otherwise(LedgerError::SlugTaken { slug }),
        owned(keys::email(&tenant.account_email)).otherwise(LedgerError::conflict(used)),
    ])
}
