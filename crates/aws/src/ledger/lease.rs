//! Leases: one pass at a time over each tenant.
//!
//! # Guarantees
//! Each lease has a higher epoch than all before it, and a write under an older one is refused, however late it arrives.
//! Taking a lease makes the tenant due at its end, so that a pass that dies comes back by itself.
//!
//! A lease that nobody has is taken while the tenant is read, by an update of its row that needs no reading; one that has expired, by a
//! put of the row as it was read. What was read counts where its lease row is the one that the lease replaced, or the lease itself: without
//! a lease nothing is written under one, so nothing can have been written in between that the lease row does not show.
//!
//! A lease is given back by a plain put of its row. After a lost answer the row itself says whose the lease is: a holder's name is unique
//! to its pass.

use futures::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;
use tenancy::{TenantId, Timestamp};

use super::{
    Begun, Lease, Ledger, LedgerError, Loaded,
    attempts::Attempts,
    cache::RowCache,
    commit::{Draft, Snapshot},
    item::{Item, s, text},
    keys,
    lease_row::{LeaseRow, LeaseState},
    operations::move_finished,
    record::Record,
    write::Write,
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

    /// Takes the lease of a tenant as [`Ledger::acquire_lease`] does, and loads all that a pass needs, in one round trip.
    /// With `due_by`, only if the tenant is due by then: a message that was answered already is told so by one read, and a write that
    /// is refused.
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

    /// As [`Ledger::begin`], and does something more as soon as the tenant is read that is right whether the lease is taken or not, such
    /// as opening a session.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn begin_beside(
        &self,
        id: &TenantId,
        holder: &str,
        (now, ttl): (Timestamp, SignedDuration),
        mut due_by: Option<Timestamp>,
        beside: &(dyn Fn(Loaded) -> BoxFuture<'static, ()> + Sync),
    ) -> Result<Begun, LedgerError> {
        let doing = "taking the lease";
        let mut attempts = Attempts::new(format!("{doing} of tenant `{id}`"));
        let take = self.take_unread(id, holder, (now, ttl), due_by);
        let (rows, taken) = futures::join!(self.rows(id).boxed(), take.boxed());
        let mut read = None;
        if let Some(lease) = taken? {
            let loaded = self.loaded_with(id, rows, lease).boxed().await;
            if loaded.is_err() {
                self.give_back(id, holder, now).boxed().await;
            }
            if let Some(taken) = loaded? {
                beside(taken.clone().loaded()).await;
                let record = taken.record.clone();
                return Ok(Begun::Pass(Box::new(begun(taken, record))));
            }
            // It was due, and is so at the end of the lease now.
            due_by = None;
        } else {
            read = Some(Snapshot::of(id, &rows?)?);
        }
        loop {
            let before = match read.take() {
                Some(read) => read,
                None => Box::pin(self.snapshot(id)).await?,
            };
            if before.record.is_leased_in_main(now) {
                // The lease row may have been taken unread. It is free again at the end of that lease.
                return Ok(Begun::Busy);
            }
            let record = &before.record;
            let taken = record.lease();
            if taken.is_some_and(|(who, until)| who != holder && *until > now) {
                return Ok(Begun::Busy);
            }
            // A lost answer: it was taken by this holder, and so was due.
            let ours = taken.is_some_and(|(who, _)| who == holder);
            let due = record.tenant.due_at;
            if !ours && due_by.is_some_and(|by| due.is_none_or(|due| due > by)) {
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

    /// Takes a lease without having read the tenant, and gives the lease row back as it is then: where nobody has the lease, and the
    /// tenant is due by `due_by`. `None` where this does not hold, or there is no lease row yet.
    ///
    /// Who asks again, as the SDK does after a lost answer, gets the next epoch.
    async fn take_unread(
        &self,
        id: &TenantId,
        holder: &str,
        (now, ttl): (Timestamp, SignedDuration),
        due_by: Option<Timestamp>,
    ) -> Result<Option<Item>, LedgerError> {
        let taken = LeaseState::leased(id, holder, end(now, ttl));
        let mut write = Write::update(keys::lease(id));
        for (name, value) in taken {
            write = write.set(name, value);
        }
        let mut write = write
            .add("lease_epoch", 1)
            .add("revision", 1)
            .if_present("lease_epoch")
            .if_absent_or_equal("lease_holder", s(holder));
        if let Some(by) = due_by {
            write = write.if_at_most("due_at", s(keys::time(by)));
        }
        self.update("taking the lease", write).await
    }

    /// Frees the row of a lease that was taken for a tenant who then could not be read, so that the next pass need not wait for its end.
    /// Nothing is lost if this fails, too: the lease ends by itself.
    async fn give_back(&self, id: &TenantId, holder: &str, now: Timestamp) {
        let due = keys::time(now);
        let write = Write::update(keys::lease(id))
            .remove("lease_holder")
            .remove("lease_until")
            .set("due_sk", s(keys::at(&due, id)))
            .set("due_at", s(due))
            .add("revision", 1)
            .if_equal("lease_holder", s(holder));
        if let Err(error) = self.update("giving the lease back", write).await {
            tracing::warn!(tenant.id = %id, error = %error, "the lease of tenant `{id}` stays until its end");
        }
    }

    /// What a pass needs, where these rows, which were read while this lease was taken, are what it was taken on. Where they may not
    /// be, they are read again. `None` where the lease has to be taken once more, with the main row: another release has written that.
    async fn loaded_with(
        &self,
        id: &TenantId,
        rows: Result<Vec<Item>, LedgerError>,
        lease: Item,
    ) -> Result<Option<Snapshot>, LedgerError> {
        let mut rows = rows.unwrap_or_default();
        let is_lease = |row: &&mut Item| text(row, "sk") == Some(keys::LEASE);
        if !rows.iter().any(|row| is_taken_on(row, &lease)) {
            rows = self.rows(id).await?;
        }
        if let Some(row) = rows.iter_mut().find(is_lease) {
            row.clone_from(&lease);
        }
        let taken = Snapshot::of(id, &rows)?;
        Ok((taken.record.is_migrated() && taken.finished.is_empty()).then_some(taken))
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
            draft.record.release(lease, (due_at, false), now);
            Ok(Some(draft))
        });
        match given.await {
            Ok(_) | Err(LedgerError::LostLease) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether what was read with this row is what the lease was taken on: it is the lease itself, or the row that the lease replaced, and
/// nobody had a lease then. Under a lease that has expired, something may have been written without that row.
fn is_taken_on(row: &Item, lease: &Item) -> bool {
    if text(row, "sk") != Some(keys::LEASE) {
        return false;
    }
    let (before, taken) = (LeaseRow::read(row), LeaseRow::read(lease));
    let is_replaced = before.state.lease.is_none() && before.revision + 1 == taken.revision;
    before == taken || is_replaced
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
