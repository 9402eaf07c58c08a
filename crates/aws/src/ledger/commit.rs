//! How changes are written: all or nothing, and again from the start when somebody else was faster.

use std::time::Duration;

use futures::{FutureExt, future::BoxFuture};
use tenancy::{
    Failure, FailureKind, Finding, Operation, Tenant, TenantId, Timestamp, history::HistoryEntry,
};

use super::{
    Intent, Lease, Ledger, LedgerError, NewEntry,
    failed::{Refused, failure, refused},
    history,
    item::{Item, doc, readable, text},
    keys,
    query::Rows,
    record::{ComponentRows, Record, component_row},
    write::Write,
};

/// Parts of a transaction that may be findings, operations and history; the rest of DynamoDB's 100 is for fixed rows.
pub(super) const PARTS: usize = 90;

/// How often a change is tried again after lost races; with the pauses between, some seconds.
const ATTEMPTS: u32 = 40;

/// A tenant's rows but its history.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) record: Record,
    pub(super) intents: Vec<Intent>,
    pub(super) operations: Vec<Operation>,
    pub(super) findings: Vec<Finding>,
}

/// A change about to be written: the main row as it is to be, and what goes with it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) record: Record,
    /// What is added to the history, and when it happened.
    pub(super) history: (Timestamp, Vec<NewEntry>),
    pub(super) writes: Vec<Write>,
}

impl Draft {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            record: record.clone(),
            history: (Timestamp::UNIX_EPOCH, Vec::new()),
            writes: Vec::new(),
        }
    }
}

/// The pauses between attempts: random, so that those who met once do not meet again.
pub(super) struct Attempts {
    doing: String,
    made: u32,
}

impl Attempts {
    pub(super) fn new(doing: impl Into<String>) -> Self {
        Self {
            doing: doing.into(),
            made: 0,
        }
    }

    /// How many attempts were lost.
    pub(super) fn lost(&self) -> u32 {
        self.made
    }

    /// Waits before the next attempt, or gives up.
    pub(super) async fn again(&mut self) -> Result<(), LedgerError> {
        self.made += 1;
        if self.made >= ATTEMPTS {
            let detail = "others kept writing the same rows";
            return Err(Failure::retry(FailureKind::Transient, &self.doing, detail, 5).into());
        }
        let most = 10u64 << self.made.min(5);
        #[expect(
            clippy::disallowed_methods,
            reason = "some milliseconds between attempts at one write, not a wait for AWS"
        )]
        tokio::time::sleep(Duration::from_millis(rand::random_range(1..=most))).await;
        Ok(())
    }
}

impl Ledger {
    /// One row, consistently read.
    ///
    /// Boxed, like all calls to the table: unboxed, the SDK's futures make those of the functions too deep for the compiler.
    pub(super) fn get(&self, key: Item) -> BoxFuture<'_, Result<Option<Item>, LedgerError>> {
        let doing = format!("reading `{}`", text(&key, "pk").unwrap_or_default());
        let call = self.client.get_item().table_name(&self.table);
        let call = call.set_key(Some(key)).consistent_read(true);
        let answer = async move {
            Ok(call
                .send()
                .await
                .map_err(|error| failure(&doing, &error))?
                .item)
        };
        answer.boxed()
    }

    pub(super) async fn record(&self, id: &TenantId) -> Result<Record, LedgerError> {
        let row = self.get(keys::meta(id)).await?;
        Record::read(&row.ok_or_else(|| no_tenant(id))?)
    }

    /// The main row together with the rows of the components.
    pub(super) async fn whole_record(&self, id: &TenantId) -> Result<Record, LedgerError> {
        Ok(self.snapshot(id).await?.record)
    }

    pub(super) async fn snapshot(&self, id: &TenantId) -> Result<Snapshot, LedgerError> {
        let rows = Rows::of(keys::tenant(id))
            .below(keys::PAST)
            .all(self)
            .await?;
        let mut record = None;
        let (mut intents, mut operations, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut components = ComponentRows::new();
        for row in &rows {
            match text(row, "sk").unwrap_or_default() {
                keys::META => record = Some(Record::read(row)?),
                sk if sk.starts_with(keys::INTENT) => {
                    intents.extend(readable(row, super::intents::read));
                }
                sk if sk.starts_with(keys::OPERATION) => operations.extend(readable(row, doc)),
                sk if sk.starts_with(keys::FINDING) => findings.extend(readable(row, doc)),
                sk if sk.starts_with(keys::COMPONENT) => {
                    components.extend(readable(row, component_row));
                }
                _ => {}
            }
        }
        operations.sort_by_key(|operation: &Operation| operation.created_at);
        let mut record = record.ok_or_else(|| no_tenant(id))?;
        record.add_components(components);
        Ok(Snapshot {
            record,
            intents,
            operations,
            findings,
        })
    }

    /// Changes a tenant's main row and what goes with it. `decide` sees the row as it is (under a lease, as the pass has
    /// cached it) and may be asked several times; `None` from it leaves everything as it is.
    pub(super) async fn change<F>(
        &self,
        doing: &str,
        id: &TenantId,
        lease: Option<&Lease>,
        mut decide: F,
    ) -> Result<Tenant, LedgerError>
    where
        F: FnMut(&Record) -> Result<Option<Draft>, LedgerError>,
    {
        let mut attempts = Attempts::new(format!("{doing} of tenant `{id}`"));
        let mut cached = match lease {
            Some(lease) => Some(lease.cache.lock().await),
            None => None,
        };
        loop {
            // Taken out: whatever goes wrong from here on, the next write reads first.
            let record = match cached.as_mut().and_then(|cached| cached.record.take()) {
                Some(record) => record,
                // A pass needs the details of its components; others only need the main row.
                None if lease.is_some() => self.whole_record(id).await?,
                None => self.record(id).await?,
            };
            record.fence(lease)?;
            let after = match decide(&record)? {
                None => Some(record),
                Some(draft) => self.commit(doing, &record, draft).await?,
            };
            if let Some(record) = after {
                let tenant = record.tenant.clone();
                if let Some(cached) = &mut cached {
                    cached.record = Some(record);
                }
                return Ok(tenant);
            }
            attempts.again().await?;
        }
    }

    /// Writes a draft made from `before` and gives the row back as written; `None` if it has changed since.
    pub(super) async fn commit(
        &self,
        doing: &str,
        before: &Record,
        draft: Draft,
    ) -> Result<Option<Record>, LedgerError> {
        let Draft {
            mut record,
            history: (at, entries),
            mut writes,
        } = draft;
        record.revision = before.revision + 1;
        writes.extend(record.component_writes()?);
        writes.extend(history_writes(&mut record.tenant, at, entries)?);
        let same = super::item::n(before.revision);
        writes.push(Write::put(record.row()?).if_equal("revision", same));
        let done = self.transact(doing, writes).await?;
        Ok(done.then_some(record))
    }

    /// Carries out all writes or none. False if somebody else was faster; the error of the first write that has one for
    /// a condition that did not hold.
    ///
    /// Always a transaction, even of one write: the SDK gives it a client token, so that a repetition after a lost answer
    /// does not count as a lost race against ourselves.
    pub(super) async fn transact(
        &self,
        doing: &str,
        writes: Vec<Write>,
    ) -> Result<bool, LedgerError> {
        let meanings: Vec<_> = writes
            .iter()
            .map(|write| write.meaning().cloned())
            .collect();
        let items = writes
            .into_iter()
            .map(|write| write.into_item(&self.table))
            .collect::<Result<Vec<_>, _>>()?;
        let call = self.client.transact_write_items();
        let call = call.set_transact_items(Some(items)).send().boxed();
        let Err(error) = call.await else {
            return Ok(true);
        };
        match refused(doing, &error) {
            Refused::Contended => Ok(false),
            Refused::Failed(failure) => Err(failure.into()),
            Refused::Conditions(positions) => {
                let mut errors = positions
                    .into_iter()
                    .filter_map(|position| meanings.get(position)?.clone());
                errors.next().map_or(Ok(false), Err)
            }
        }
    }

    /// Carries out writes that must not happen without the lease, but need not touch the main row.
    pub(super) async fn transact_leased(
        &self,
        doing: &str,
        lease: &Lease,
        writes: Vec<Write>,
    ) -> Result<(), LedgerError> {
        let mut attempts = Attempts::new(doing);
        loop {
            let mut all = vec![fence(lease)];
            all.extend(writes.iter().cloned());
            if self.transact(doing, all).await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }
}

/// Demands that the lease is still held.
pub(super) fn fence(lease: &Lease) -> Write {
    Write::check(keys::meta(&lease.tenant))
        .if_equal("lease_epoch", super::item::n(lease.epoch))
        .if_present("lease_holder")
        .otherwise(LedgerError::LostLease)
}

pub(super) fn no_tenant(id: &TenantId) -> LedgerError {
    LedgerError::not_found(format!("tenant `{id}`"))
}

/// The rows of new history entries; the tenant's length and head move on.
pub(super) fn history_writes(
    tenant: &mut Tenant,
    at: Timestamp,
    entries: Vec<NewEntry>,
) -> Result<Vec<Write>, LedgerError> {
    entries
        .into_iter()
        .map(|entry| {
            let entry: HistoryEntry = history::sealed(tenant, at, entry);
            let key = keys::past(&tenant.id, entry.sequence);
            Ok(Write::put(super::item::with_doc(key, &entry)?).if_new())
        })
        .collect()
}
