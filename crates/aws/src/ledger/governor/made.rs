//! An account that was made: recorded as its tenant's together with all that follows from that.
//!
//! # Guarantees
//! The account, the tenant's networks, the release of the slot, the outcome of the attempt, the end of the watch and the intent of
//! what comes next are one transaction under the lease: a pass that dies leaves all of them or none.

use tenancy::{AccountId, Region, TenantId, Timestamp};

use super::{
    content,
    creations::{CreationEnded, started_at, window_key},
    in_flight::watch_key,
    semaphore_rows::SemaphoreRows,
    types::{Attempt, Semaphore, Window},
    version,
    watch::Watch,
};
use crate::ledger::{
    Lease, Ledger, LedgerError, NewIntent,
    attempts::Attempts,
    cidr::{NetworksWanted, Pages, take_blocks},
    commit::Draft,
    documents::{document_write, switch_key},
    intents::intent_write,
    item::Item,
    pass::account_row,
    record::Record,
    write::Write,
};

/// An account that was made, and what is recorded with it.
#[derive(Debug, Clone)]
pub struct AccountMade {
    /// The account.
    pub account: AccountId,
    /// The attempt that made it.
    pub attempt: Attempt,
    /// When the slot was acquired at the latest that is released.
    pub acquired_by: Timestamp,
    /// The switch of creations.
    pub switch: &'static str,
    /// The request that is watched no more.
    pub request: Option<String>,
    /// The networks that the tenant needs now.
    pub networks: NetworksWanted,
    /// The intents of what is done next.
    pub intents: Vec<NewIntent>,
}

/// What an account that was made is recorded on, as it was read.
#[derive(Debug)]
pub struct MadeRows {
    semaphore: SemaphoreRows,
    switch: Option<Item>,
    window: Option<Item>,
    watch: Option<Item>,
    pages: Pages,
}

impl Ledger {
    /// Reads what [`Ledger::account_made`] needs, so that it may be read beside the account itself.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn made_rows(
        &self,
        tenant: &TenantId,
        switch: &str,
        now: Timestamp,
    ) -> Result<MadeRows, LedgerError> {
        let along = vec![switch_key(switch), window_key(), watch_key()];
        let semaphore = self.semaphore_rows(Semaphore::Creations, tenant, now, along);
        let ((semaphore, along), pages) = futures::try_join!(semaphore, self.pages())?;
        let mut along = along.into_iter();
        let mut next = || along.next().flatten();
        Ok(MadeRows {
            semaphore,
            switch: next(),
            window: next(),
            watch: next(),
            pages,
        })
    }

    /// Records whose an account is, and all that follows from that it was made. `rows` are what was read for it; they are read
    /// again where others have written them. Where the pool has no room for the networks, the account is recorded without them.
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (the account belongs to another tenant, or the tenant has another one), `Failed`.
    pub async fn account_made(
        &self,
        lease: &Lease,
        made: &AccountMade,
        rows: MadeRows,
        now: Timestamp,
    ) -> Result<CreationEnded, LedgerError> {
        let doing = "recording an account that was made";
        let mut attempts = Attempts::new(doing);
        let mut cached = lease.cache.lock().await;
        let mut read = Some(rows);
        loop {
            let record = match cached.record.take() {
                Some(record) => record,
                None => Box::pin(self.whole_record(&lease.tenant)).await?,
            };
            record.fence(Some(lease))?;
            let rows = match read.take() {
                Some(rows) => rows,
                None => self.made_rows(&lease.tenant, made.switch, now).await?,
            };
            let mut draft = made_draft(&record, made)?;
            let ended = self.made_writes(
                &mut draft,
                &rows,
                made,
                (&lease.holder, now),
                attempts.lost(),
            )?;
            if let Some(record) = Box::pin(self.commit(doing, draft, Some(lease))).await? {
                cached.record = Some(record);
                return Ok(ended);
            }
            attempts.again().await?;
        }
    }

    /// Adds what becomes of the rows that all tenants share.
    fn made_writes(
        &self,
        draft: &mut Draft,
        rows: &MadeRows,
        made: &AccountMade,
        (holder, now): (&str, Timestamp),
        lost: u32,
    ) -> Result<CreationEnded, LedgerError> {
        let tenant = draft.record.tenant.id.clone();
        let state = rows.semaphore.state.clone();
        let timed = state.clone().record_duration(&tenant, now);
        let throughput = self.throughput(Semaphore::Creations);
        let state = timed.unwrap_or(state);
        let (released, next) =
            state.release_acquired_by(&tenant, made.acquired_by, now, throughput);
        if let Some(released) = released {
            draft.writes.extend(rows.semaphore.writes(&released)?);
        }
        let since = started_at(rows.switch.as_ref())?;
        let window: Window = content(rows.window.as_ref())?;
        if let (Some(window), _) = window.record(&made.attempt, now, since) {
            let version = version(rows.window.as_ref());
            draft
                .writes
                .push(document_write(window_key(), &window, version)?);
        }
        let watch: Watch = content(rows.watch.as_ref())?;
        let request = made.request.as_deref();
        let forgotten = request.and_then(|it| watch.forget(it, holder));
        if let Some(watch) = forgotten {
            let version = version(rows.watch.as_ref());
            draft
                .writes
                .push(document_write(watch_key(), &watch, version)?);
        }
        take_networks(draft, rows, made, lost);
        let intents = made.intents.iter();
        let intents = intents.map(|intent| intent_write(&tenant, intent, now));
        draft.writes.extend(intents);
        // A success trips no breaker.
        Ok(CreationEnded { next, trip: None })
    }
}

/// The change that records the account as the tenant's.
fn made_draft(record: &Record, made: &AccountMade) -> Result<Draft, LedgerError> {
    let mut draft = Draft::of(record);
    match &record.tenant.account_id {
        Some(known) if *known == made.account => {}
        Some(other) => {
            let detail = format!("the tenant has the account `{other}` already");
            return Err(LedgerError::conflict(detail));
        }
        None => {
            draft.record.tenant.account_id = Some(made.account.clone());
            draft.writes = vec![account_row(&record.tenant.id, &made.account)];
        }
    }
    Ok(draft)
}

/// Adds the networks that the tenant lacks, if there is room for them.
fn take_networks(draft: &mut Draft, rows: &MadeRows, made: &AccountMade, lost: u32) {
    let wanted = &made.networks;
    let has = &draft.record.tenant.cidrs;
    let lacking = wanted.regions.iter().filter(|it| !has.contains_key(*it));
    let lacking: Vec<Region> = lacking.cloned().collect();
    let spread = 1usize << lost.min(6);
    let taken: Option<(_, Vec<Write>)> = take_blocks(&rows.pages, wanted, &lacking, spread);
    if let Some((blocks, writes)) = taken {
        draft.record.tenant.cidrs.extend(blocks);
        draft.writes.extend(writes);
    }
}
