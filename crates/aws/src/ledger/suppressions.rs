//! Suppressions of findings: a row each, among what every pass reads.
//!
//! # Guarantees
//! A change is one transaction with the tenant's history. A tenant has at most a hundred, those that ended lately included.

use tenancy::{
    Suppression, TenantId,
    suppression::{KEPT_DAYS, MOST_SUPPRESSIONS},
};

use super::{
    Ledger, LedgerError, Request,
    commit::Draft,
    idempotency,
    item::{n, with_doc},
    keys,
    requests::{Answer, ensure_present, entry},
    write::Write,
};

const DAY_SECS: i64 = 24 * 60 * 60;

impl Ledger {
    /// Suppresses a finding, in the place of what suppresses the same now. The suppression is the answer that repetitions get.
    /// Whether this is one, which suppresses nothing anew.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (there are too many), `Failed`.
    pub async fn suppress(
        &self,
        tenant: &TenantId,
        suppression: &Suppression,
        request: &Request,
    ) -> Result<bool, LedgerError> {
        let mut row = with_doc(keys::suppression(tenant, &suppression.id), suppression)?;
        let expires = suppression.expires_at.as_second() + KEPT_DAYS * DAY_SECS;
        row.insert("expires_at".to_owned(), n(expires));
        let (control, until) = (&suppression.control, suppression.expires_at);
        let at = suppression.resource.as_ref();
        let at = at.map_or(String::new(), |resource| format!(" at `{resource}`"));
        let reason = &suppression.reason;
        let summary = format!("findings of `{control}`{at} are suppressed until {until}: {reason}");
        let answer = serde_json::to_value(suppression).unwrap_or_default();
        let changed = self.request("suppressing a finding", tenant, request, |now| {
            ensure_present(&now.record.tenant)?;
            let mut others = now.posture.suppressions.iter();
            let is_new = others.all(|other| other.id != suppression.id);
            if is_new && now.posture.suppressions.len() >= MOST_SUPPRESSIONS {
                let detail = format!(
                    "the tenant has {MOST_SUPPRESSIONS} suppressions, those that ended within {KEPT_DAYS} days included"
                );
                return Err(LedgerError::conflict(detail));
            }
            let mut draft = Draft::of(&now.record);
            draft.writes = idempotency::row_with_answer(tenant, request, &answer);
            draft.writes.push(Write::put(row.clone()));
            let mut entry = entry(request, "finding-suppressed", summary.clone(), None);
            let id = suppression.id.clone();
            entry.details.insert("suppression".to_owned(), id.into());
            draft.history = (request.at, vec![entry]);
            Ok(Answer::Change(Box::new(draft), None))
        });
        Ok(changed.await?.replayed)
    }

    /// Ends a suppression. Whether this is a repetition, which ends nothing.
    ///
    /// # Errors
    /// `NotFound`, `IdempotencyReused`, `Failed`.
    pub async fn end_suppression(
        &self,
        tenant: &TenantId,
        id: &str,
        request: &Request,
    ) -> Result<bool, LedgerError> {
        let changed = self.request("ending a suppression", tenant, request, |now| {
            let mut all = now.posture.suppressions.iter();
            let one = all.find(|suppression| suppression.id == id);
            let one = one.ok_or_else(|| LedgerError::not_found(format!("suppression `{id}`")))?;
            let mut draft = Draft::of(&now.record);
            draft.writes = idempotency::row(tenant, None, request);
            draft
                .writes
                .push(Write::delete(keys::suppression(tenant, id)));
            let summary = format!("findings of `{}` are suppressed no longer", one.control);
            let mut entry = entry(request, "suppression-ended", summary, None);
            entry.details.insert("suppression".to_owned(), id.into());
            draft.history = (request.at, vec![entry]);
            Ok(Answer::Change(Box::new(draft), None))
        });
        Ok(changed.await?.replayed)
    }
}
