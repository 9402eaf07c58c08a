//! Leases: one pass at a time over each tenant.
//!
//! # Guarantees
//! Each lease has a higher epoch than all before it, and a write under an older one is refused, however late it arrives.
//! Taking a lease makes the tenant due at its end, so that a pass that dies comes back by itself.
//!
//! A lease is taken and given back by a plain put of its row. After a lost answer the row itself says whose the lease is: a holder's
//! name is unique to its pass.

use futures::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use super::{
    Begun, Lease, Ledger, LedgerError, Loaded,
    attempts::Attempts,
    cache::RowCache,
    commit::{Draft, Snapshot},
    operations::move_finished,
    record::Record,
};

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
        match self.begin(id, holder, now, ttl, None).await? {
            Begun::Pass(begun) => Ok(Some(begun.0)),
            Begun::Busy | Begun::NotDue => Ok(None),
        }
    }

    /// Takes the lease of a tenant as [`Ledger::acquire_lease`] does, and loads all that a pass needs, in two round trips.
    /// With `due_by`, only if the tenant is due by then: a message that was answered already is told so by one read.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn begin(
        &self,
        id: &TenantId,
        holder: &str,
        now: Timestamp,
        ttl: SignedDuration,
        due_by: Option<Timestamp>,
    ) -> Result<Begun, LedgerError> {
        let nothing = |_: Loaded| async {}.boxed();
        let times = (now, ttl);
        self.begin_beside(id, holder, times, due_by, &nothing).await
    }

    /// As [`Ledger::begin`], and does something beside taking the lease that is right whether the lease is taken or not, such as
    /// opening a session.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn begin_beside(
        &self,
        id: &TenantId,
        holder: &str,
        (now, ttl): (Timestamp, SignedDuration),
        due_by: Option<Timestamp>,
        beside: &(dyn Fn(Loaded) -> BoxFuture<'static, ()> + Sync),
    ) -> Result<Begun, LedgerError> {
        let doing = "taking the lease";
        let mut attempts = Attempts::new(format!("{doing} of tenant `{id}`"));
        loop {
            let before = Box::pin(self.snapshot(id)).await?;
            let record = &before.record;
            let taken = record.lease();
            if taken.is_some_and(|(who, until)| who != holder && *until > now) {
                return Ok(Begun::Busy);
            }
            let due = record.tenant.due_at;
            if due_by.is_some_and(|by| due.is_none_or(|due| due > by)) {
                return Ok(Begun::NotDue);
            }
            let mut draft = Draft::of(record);
            draft.record.take(holder, end(now, ttl), now);
            draft.writes = move_finished(&before.finished);
            let taken = Box::pin(self.commit(doing, draft, None));
            let (taken, ()) = futures::join!(taken, beside(before.clone().loaded()));
            if let Some(record) = taken? {
                return Ok(Begun::Pass(Box::new(begun(before, record))));
            }
            attempts.again().await?;
        }
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
            draft.record.renew(lease, expires_at);
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
        let doing = "giving the lease back";
        let given = self.change(doing, &lease.tenant, Some(lease), |record| {
            let mut draft = Draft::of(record);
            draft.record.release(lease, due_at, now);
            Ok(Some(draft))
        });
        match given.await {
            Ok(_) | Err(LedgerError::LostLease) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn begun(before: Snapshot, record: Record) -> (Lease, Loaded) {
    let (holder, expires_at) = record.lease().cloned().unwrap_or_default();
    let lease = Lease {
        tenant: record.tenant.id.clone(),
        holder,
        epoch: record.epoch(),
        expires_at,
        asked: record.asked(),
        cache: RowCache::of(
            record.clone(),
            before.findings.clone(),
            before.others.clone(),
        ),
    };
    (lease, Snapshot { record, ..before }.loaded())
}

fn end(now: Timestamp, ttl: SignedDuration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
