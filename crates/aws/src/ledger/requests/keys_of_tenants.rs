//! Rotating the private keys of a tenant's key pairs, and recording who was given one.

use tenancy::{Operation, TenantId};

use super::decide::{Answer, ensure_present, entry};
use crate::ledger::{Accepted, Ledger, LedgerError, Request, commit::Draft};

/// Fingerprints that are kept of a tenant's retired keys, so that its row does not grow for ever. Secrets Manager deletes versions without
/// a label, so older keys cannot be put back for long.
const MOST_RETIRED: usize = 32;

impl Ledger {
    /// Retires these private keys, adds the operation that replaces them and makes the tenant due. If all of them are retired already
    /// and that is still to be carried out, gives back that operation.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (too many operations are open), `Failed`.
    pub async fn request_rotation(
        &self,
        retired: &[String],
        operation: &Operation,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        let id = &operation.tenant_id;
        self.request("recording a rotation", id, request, |now| {
            ensure_present(&now.record.tenant)?;
            let known = &now.record.tenant.retired_keys;
            let same = |o: &&Operation| o.kind == operation.kind && !o.state.is_final();
            let under_way = now.operations.iter().find(same);
            if let Some(under_way) =
                under_way.filter(|_| retired.iter().all(|key| known.contains(key)))
            {
                return Ok(Answer::Already(Some(under_way.clone())));
            }
            let mut draft = Draft::of(&now.record);
            let keys = &mut draft.record.tenant.retired_keys;
            keys.retain(|key| !retired.contains(key));
            keys.extend(retired.iter().cloned());
            let too_many = keys.len().saturating_sub(MOST_RETIRED);
            keys.drain(..too_many);
            let summary = format!(
                "new private keys were requested in the place of {}",
                retired.join(", ")
            );
            Answer::asked(
                draft,
                "key-pair-rotation-requested",
                summary,
                operation,
                request,
            )
        })
        .await
    }

    /// Records that somebody is given a private key. `summary` says which, by Region and fingerprint.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `Failed`: then it must not be given.
    pub async fn record_hand_out(
        &self,
        id: &TenantId,
        summary: &str,
        request: &Request,
    ) -> Result<Accepted, LedgerError> {
        self.request(
            "recording that a private key is handed out",
            id,
            request,
            |now| {
                ensure_present(&now.record.tenant)?;
                let mut draft = Draft::of(&now.record);
                let entry = entry(request, "private-key-handed-out", summary.to_owned(), None);
                draft.history = (request.at, vec![entry]);
                Ok(Answer::Change(Box::new(draft), None))
            },
        )
        .await
    }
}
