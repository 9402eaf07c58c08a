//! The creations in flight.

use std::collections::BTreeMap;

use tenancy::{TenantId, Timestamp};

use super::{
    content, key,
    rates::{Rate, rate},
    tokens::bucket_key,
    types::{WatchAnswer, WatchedCreation, WatchedState},
    version,
    watch::Watch,
};
use crate::ledger::{
    Granted, Lease, Ledger, LedgerError, NewIntent, attempts::Attempts, documents::document_write,
    intents::outcome_write, item::Item, transact::fence, write::Write,
};

/// What following a creation is decided on, as it was read or written.
#[derive(Debug, Clone, PartialEq)]
pub struct CreationRows {
    watch: Option<Item>,
    buckets: Vec<Option<Item>>,
}

/// What a pass was told of its tenant's creation.
#[derive(Debug)]
pub struct Followed {
    /// The cached state, or that the pass is to poll.
    pub answer: WatchAnswer,
    /// How many tokens were taken for each of the calls that follow.
    pub tokens: Vec<(&'static str, u32)>,
    /// The rows as they are since.
    pub rows: CreationRows,
}

impl CreationRows {
    /// The keys of the rows: what follows the creation takes its tokens from these calls' buckets.
    pub(super) fn keys(calls: &[&str]) -> impl Iterator<Item = Item> {
        let rates = calls.iter().filter_map(|call| rate(call));
        let buckets: Vec<Item> = rates.map(|rate| bucket_key(rate.call)).collect();
        std::iter::once(watch_key()).chain(buckets)
    }

    /// Of rows that were read by these keys.
    pub(super) fn read(rows: impl IntoIterator<Item = Option<Item>>) -> Self {
        let mut rows = rows.into_iter();
        Self {
            watch: rows.next().flatten(),
            buckets: rows.collect(),
        }
    }

    /// The rows after these writes.
    fn after(mut self, writes: &[Write]) -> Self {
        let rows = std::iter::once(&mut self.watch).chain(&mut self.buckets);
        let mut written: Vec<&Item> = writes.iter().filter_map(Write::row).collect();
        for row in rows {
            let key = |it: &Item| (it.get("pk").cloned(), it.get("sk").cloned());
            let Some(before) = row.as_ref().map(key) else {
                // A row that was not there is read again.
                continue;
            };
            if let Some(at) = written.iter().position(|it| key(it) == before) {
                *row = Some(written.swap_remove(at).clone());
            }
        }
        self
    }
}

impl Ledger {
    /// Reads what [`Ledger::follow_creation`] needs for these calls, so that it may be read beside something else.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn creation_rows(&self, calls: &[&str]) -> Result<CreationRows, LedgerError> {
        let rows = self.get_all(CreationRows::keys(calls).collect()).await?;
        Ok(CreationRows::read(rows))
    }

    /// Records the request that a creation was given, and watches it, in one transaction. Gives back the rows by which the tenant's next
    /// pass follows it.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn creation_begun(
        &self,
        lease: &Lease,
        granted: &Granted,
        intent: &NewIntent,
        request: &str,
        now: Timestamp,
    ) -> Result<CreationRows, LedgerError> {
        let doing = "recording a creation that has begun";
        let mut attempts = Attempts::new(doing);
        let mut rows = granted.following.clone();
        loop {
            let row = rows.watch.as_ref();
            let watch: Watch = content(row)?;
            let after = watch.add(&lease.tenant, request, now);
            let watched = document_write(watch_key(), &after, version(row))?;
            let writes = vec![
                fence(lease),
                outcome_write(&lease.tenant, intent.component, &intent.key, request),
                watched.clone(),
            ];
            if self.transact(doing, writes).await? {
                rows.watch = watched.row().cloned();
                return Ok(rows);
            }
            attempts.again().await?;
            rows.watch = self.get(watch_key()).await?;
        }
    }

    /// The cached state of a tenant's creation, or that the asker, by the name of `who`, is to poll some.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn creation_state(
        &self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<WatchAnswer, LedgerError> {
        let asked = self.follow_creation(tenant, request, who, (&[], None), now);
        asked.await.map(|followed| followed.answer)
    }

    /// As [`Ledger::creation_state`], and takes in the same transaction tokens for the calls that follow: `calls`, where the state
    /// is to be polled, and those after the first where the creation is over already. `read` is what was read or written for these
    /// calls; it is read again where others have written it.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn follow_creation(
        &self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        read: (&[&str], Option<CreationRows>),
        now: Timestamp,
    ) -> Result<Followed, LedgerError> {
        let asker = (tenant, request, who);
        Box::pin(self.follow(asker, read, true, now)).await
    }

    /// As [`Ledger::follow_creation`], by a pass that does not have the lease yet: the tenant may have been built meanwhile, and then its
    /// request stays forgotten. Where the pass comes to nothing, [`Ledger::leave_poll`] lets others poll.
    ///
    /// # Errors
    /// `NotFound` (the request is not watched any more), `Failed`.
    pub async fn follow_creation_ahead(
        &self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        read: (&[&str], Option<CreationRows>),
        now: Timestamp,
    ) -> Result<Followed, LedgerError> {
        let asker = (tenant, request, who);
        Box::pin(self.follow(asker, read, false, now)).await
    }

    async fn follow(
        &self,
        (tenant, request, who): (&TenantId, &str, &str),
        (calls, mut read): (&[&str], Option<CreationRows>),
        watches_anew: bool,
        now: Timestamp,
    ) -> Result<Followed, LedgerError> {
        let doing = "asking for a creation";
        let mut attempts = Attempts::new(doing);
        let rates: Vec<&Rate> = calls.iter().filter_map(|call| rate(call)).collect();
        loop {
            let rows = match read.take() {
                Some(rows) => rows,
                None => self.creation_rows(calls).await?,
            };
            let (row, buckets) = (rows.watch.as_ref(), rows.buckets.as_slice());
            let watch: Watch = content(row)?;
            if !watches_anew && !watch.has(request) {
                let what = format!("request `{request}` among those that are watched");
                return Err(LedgerError::not_found(what));
            }
            let (after, answer) = watch.ask(tenant, request, who, now);
            let from = match &answer {
                WatchAnswer::Poll(_) => 0,
                WatchAnswer::Cached(state) if state.is_over() => 1,
                WatchAnswer::Cached(_) => rates.len(),
            };
            let rates = rates.get(from..).unwrap_or_default();
            let buckets = buckets.get(from..).unwrap_or_default();
            let (counts, mut writes) = self.batches(rates, buckets, now)?;
            if let Some(after) = after {
                writes.push(document_write(watch_key(), &after, version(row))?);
            }
            if writes.is_empty() || self.transact(doing, writes.clone()).await? {
                let tokens = rates.iter().map(|rate| rate.call).zip(counts).collect();
                let rows = rows.after(&writes);
                return Ok(Followed {
                    answer,
                    tokens,
                    rows,
                });
            }
            attempts.again().await?;
        }
    }

    /// Caches the states that were polled, and says which tenants' creations have ended since. `rows`, if they are at hand, are kept up
    /// to date; they are read again where others have written them.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn record_creation_states(
        &self,
        who: &str,
        polled: &[(String, WatchedState)],
        rows: Option<&mut CreationRows>,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        let doing = "caching the states of creations";
        let mut attempts = Attempts::new(doing);
        let mut read = rows.as_ref().and_then(|rows| rows.watch.clone());
        loop {
            let row = match read.take() {
                Some(row) => Some(row),
                None => self.get(watch_key()).await?,
            };
            let watch: Watch = content(row.as_ref())?;
            let (watch, ended) = watch.record(who, polled, now);
            let write = document_write(watch_key(), &watch, version(row.as_ref()))?;
            if self.transact(doing, vec![write.clone()]).await? {
                if let Some(rows) = rows {
                    rows.watch = write.row().cloned();
                }
                return Ok(ended);
            }
            attempts.again().await?;
        }
    }

    /// Has the next pass poll a creation that is said to be over. Gives back whose it is.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn invalidate_creation(
        &self,
        request: &str,
    ) -> Result<Option<TenantId>, LedgerError> {
        self.change_watch("invalidating the state of a creation", |watch| {
            watch.invalidate(request)
        })
        .await
    }

    /// Forgets a creation whose end its tenant has recorded, in the pass by the name of `who`.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn forget_creation(&self, request: &str, who: &str) -> Result<(), LedgerError> {
        let doing = "forgetting a creation";
        self.change_watch(doing, |watch| (watch.forget(request, who), ()))
            .await
    }

    /// Lets others poll at once where the pass by the name of `who` was to, and does not.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn leave_poll(&self, who: &str) -> Result<(), LedgerError> {
        let doing = "leaving the poll of creations to others";
        self.change_watch(doing, |watch| (watch.leave_poll(who), ()))
            .await
    }

    /// All creations that are watched, by request.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn watched(&self) -> Result<BTreeMap<String, WatchedCreation>, LedgerError> {
        let watch: Watch = self.governed(watch_key()).await?;
        Ok(watch.into_creations())
    }

    async fn change_watch<R>(
        &self,
        doing: &str,
        decide: impl Fn(Watch) -> (Option<Watch>, R),
    ) -> Result<R, LedgerError> {
        self.change_document(watch_key(), doing, |watch: Option<Watch>| {
            decide(watch.unwrap_or_default())
        })
        .await
    }
}

pub(super) fn watch_key() -> Item {
    key("WATCH#creations")
}
