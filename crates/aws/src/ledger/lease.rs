//! Leases: one pass at a time over each tenant.
//!
//! # Guarantees
//! Each lease has a higher epoch than all before it, and a write under an older one is refused, however late it arrives.
//! Taking a lease makes the tenant due at its end, so that a pass that dies comes back by itself.

use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use super::{Lease, Ledger, LedgerError, commit::Draft};

impl Ledger {
    /// Takes the lease of a tenant if nobody has it, or it has expired, and makes the tenant due at its end. `None` if
    /// another pass has it. `holder` must be unique to the pass: who asks again under the same name gets a fresh lease.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn acquire_lease(
        &self,
        id: &TenantId,
        holder: &str,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<Option<Lease>, LedgerError> {
        let expires_at = end(now, ttl);
        let mut lease = None;
        self.change("taking the lease", id, None, |record| {
            let taken = record.lease.as_ref();
            if taken.is_some_and(|(who, until)| who != holder && *until > now) {
                lease = None;
                return Ok(None);
            }
            let mut draft = Draft::of(record);
            draft.record.epoch += 1;
            draft.record.lease = Some((holder.to_owned(), expires_at));
            draft.record.tenant.due_at = Some(expires_at);
            lease = Some(Lease {
                tenant: id.clone(),
                holder: holder.to_owned(),
                epoch: draft.record.epoch,
                expires_at,
                asked: record.asked,
            });
            Ok(Some(draft))
        })
        .await?;
        Ok(lease)
    }

    /// Keeps a lease for longer.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn renew_lease(
        &self,
        lease: &mut Lease,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<(), LedgerError> {
        let expires_at = end(now, ttl);
        self.change("renewing the lease", &lease.tenant, Some(lease), |record| {
            let mut draft = Draft::of(record);
            draft.record.lease = Some((lease.holder.clone(), expires_at));
            // What was asked meanwhile stays due at once.
            if record.asked == lease.asked {
                draft.record.tenant.due_at = Some(expires_at);
            }
            Ok(Some(draft))
        })
        .await?;
        lease.expires_at = expires_at;
        Ok(())
    }

    /// Gives a lease back without recording a pass, and says when the next is due. A lease that was given back already, or
    /// lost, is no error: there is nothing left to do.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn release_lease(
        &self,
        lease: &Lease,
        due_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.change("giving the lease back", &lease.tenant, None, |record| {
            if record.fence(Some(lease)).is_err() {
                return Ok(None);
            }
            let mut draft = Draft::of(record);
            draft.record.release(lease, due_at, now);
            Ok(Some(draft))
        })
        .await
        .map(drop)
    }
}

fn end(now: Timestamp, ttl: SignedDuration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
