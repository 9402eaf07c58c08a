//! How changes are written: all or nothing, and again from the start when somebody else was faster.

use futures::{FutureExt, future::BoxFuture};
use tenancy::{Finding, Operation, Tenant, TenantId, Timestamp, history::HistoryEntry};

use super::{
    Intent, Lease, Ledger, LedgerError, NewEntry, PostureRows,
    attempts::Attempts,
    cache::CachedRows,
    failed::failure,
    history,
    item::{Item, doc, readable, text},
    keys,
    operations::{self, Others},
    query::Rows,
    record::{ComponentRows, Record, component_row},
    transact::fence,
    write::Write,
};

/// Parts of a transaction that may be findings, operations and history; the rest of DynamoDB's 100 is for fixed rows.
pub(super) const PARTS: usize = 90;

/// A tenant's rows but its history.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) record: Record,
    pub(super) intents: Vec<Intent>,
    /// Those that are not finished.
    pub(super) operations: Vec<Operation>,
    /// What another release wrote beside them.
    pub(super) others: Others,
    /// The rows of finished operations that the release before left among the others.
    pub(super) finished: Vec<Item>,
    pub(super) findings: Vec<Finding>,
    pub(super) posture: PostureRows,
}

impl Snapshot {
    /// What these rows of a tenant say.
    pub(super) fn of(id: &TenantId, rows: &[Item]) -> Result<Self, LedgerError> {
        let (mut main, mut lease, mut finished) = (None, None, Vec::new());
        let (mut intents, mut open, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut others = Others::new();
        let mut components = ComponentRows::new();
        let mut posture = PostureRows::default();
        for row in rows {
            match text(row, "sk").unwrap_or_default() {
                keys::META => main = Some(row),
                keys::LEASE => lease = Some(row),
                sk if sk.starts_with(keys::INTENT) => {
                    intents.extend(readable(row, super::intents::read));
                }
                sk if sk.starts_with(keys::OPERATION) => match readable(row, doc::<Operation>) {
                    Some(operation) if operation.state.is_final() => finished.push(row.clone()),
                    Some(operation) => {
                        others.insert(operation.id.clone(), operations::other(row));
                        open.push(operation);
                    }
                    None => {}
                },
                sk if sk.starts_with(keys::FINDING) => findings.extend(readable(row, doc)),
                sk if sk.starts_with(keys::COMPONENT) => {
                    components.extend(readable(row, component_row));
                }
                sk if sk.starts_with(keys::SUPPRESSION) => {
                    posture.suppressions.extend(readable(row, doc));
                }
                keys::CONTROLS => posture.controls = readable(row, doc),
                _ => {}
            }
        }
        open.sort_by_key(|operation: &Operation| operation.created_at);
        let mut record = Record::read(main.ok_or_else(|| no_tenant(id))?, lease)?;
        record.add_components(components);
        Ok(Self {
            record,
            intents,
            operations: open,
            others,
            finished,
            findings,
            posture,
        })
    }
}

/// A change about to be written: the main row as it is to be, and what goes with it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) record: Record,
    /// What is added to the history, and when it happened.
    pub(super) history: (Timestamp, Vec<NewEntry>),
    pub(super) writes: Vec<Write>,
    /// Whether the main row is left for a later write, although it may differ: what changed is shown from other rows too.
    pub(super) leaves_main: bool,
}

impl Draft {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            record: record.clone(),
            history: (Timestamp::UNIX_EPOCH, Vec::new()),
            writes: Vec::new(),
            leaves_main: false,
        }
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

    /// The record of the tenant that something is about, if it is about one.
    pub(super) async fn record_at(
        &self,
        tenant: Option<&TenantId>,
    ) -> Result<Option<Record>, LedgerError> {
        match tenant {
            Some(tenant) => self.record(tenant).await.map(Some),
            None => Ok(None),
        }
    }

    /// The main row and the lease row.
    pub(super) async fn record(&self, id: &TenantId) -> Result<Record, LedgerError> {
        let rows = futures::try_join!(self.get(keys::meta(id)), self.get(keys::lease(id)));
        let (main, lease) = rows?;
        Record::read(&main.ok_or_else(|| no_tenant(id))?, lease.as_ref())
    }

    /// Refuses an id that no tenant has.
    pub(super) async fn require_tenant(&self, id: &TenantId) -> Result<(), LedgerError> {
        let row = self.get(keys::meta(id)).await?;
        row.map(drop).ok_or_else(|| no_tenant(id))
    }

    /// The main row and the lease row together with the rows of the components.
    pub(super) async fn whole_record(&self, id: &TenantId) -> Result<Record, LedgerError> {
        Ok(self.snapshot(id).await?.record)
    }

    pub(super) async fn snapshot(&self, id: &TenantId) -> Result<Snapshot, LedgerError> {
        Snapshot::of(id, &self.rows(id).await?)
    }

    /// All rows of a tenant but its history.
    pub(super) async fn rows(&self, id: &TenantId) -> Result<Vec<Item>, LedgerError> {
        let rows = Rows::of(keys::tenant(id)).below(keys::PAST);
        rows.all(self).await
    }

    /// Changes a tenant's main row and what goes with it. `decide` sees the row as it is (under a lease, as the pass has
    /// cached it) and may be asked several times; `None` from it leaves everything as it is.
    pub(super) async fn change<F>(
        &self,
        doing: &str,
        id: &TenantId,
        lease: Option<&Lease>,
        decide: F,
    ) -> Result<Tenant, LedgerError>
    where
        F: FnMut(&Record) -> Result<Option<Draft>, LedgerError>,
    {
        match lease {
            Some(lease) => {
                let mut cached = lease.cache.lock().await;
                Box::pin(self.change_cached(doing, lease, &mut cached, decide)).await
            }
            None => Box::pin(self.change_unleased(doing, id, decide)).await,
        }
    }

    async fn change_unleased<F>(
        &self,
        doing: &str,
        id: &TenantId,
        mut decide: F,
    ) -> Result<Tenant, LedgerError>
    where
        F: FnMut(&Record) -> Result<Option<Draft>, LedgerError>,
    {
        let mut attempts = Attempts::new(format!("{doing} of tenant `{id}`"));
        loop {
            let record = self.record(id).await?;
            let Some(draft) = decide(&record)? else {
                return Ok(record.tenant);
            };
            if let Some(record) = Box::pin(self.commit(doing, draft, None)).await? {
                return Ok(record.tenant);
            }
            attempts.again().await?;
        }
    }

    /// Changes the rows that a pass has cached, and what goes with them.
    pub(super) async fn change_cached<F>(
        &self,
        doing: &str,
        lease: &Lease,
        cached: &mut CachedRows,
        mut decide: F,
    ) -> Result<Tenant, LedgerError>
    where
        F: FnMut(&Record) -> Result<Option<Draft>, LedgerError>,
    {
        let mut attempts = Attempts::new(format!("{doing} of tenant `{}`", lease.tenant));
        loop {
            // Taken out: whatever goes wrong from here on, the next write reads first.
            let record = match cached.record.take() {
                Some(record) => record,
                None => Box::pin(self.whole_record(&lease.tenant)).await?,
            };
            record.fence(Some(lease))?;
            let after = match decide(&record)? {
                None => Some(record),
                Some(draft) => Box::pin(self.commit(doing, draft, Some(lease))).await?,
            };
            if let Some(record) = after {
                let tenant = record.tenant.clone();
                cached.record = Some(record);
                return Ok(tenant);
            }
            attempts.again().await?;
        }
    }

    /// Writes a draft and gives the record back as written; `None` if one of its rows has changed since it was read. Under a
    /// lease nothing is written once another pass has it.
    pub(super) async fn commit(
        &self,
        doing: &str,
        draft: Draft,
        lease: Option<&Lease>,
    ) -> Result<Option<Record>, LedgerError> {
        let (mut record, mut writes) = (draft.record, draft.writes);
        writes.extend(record.component_writes(!draft.leaves_main)?);
        let (at, entries) = draft.history;
        writes.extend(history_writes(&mut record.tenant, at, entries)?);
        let changed = record.changed_rows(!draft.leaves_main)?;
        if let Some((row, revision)) = changed.main {
            let same = super::item::n(revision);
            writes.push(Write::put(row).if_equal("revision", same));
        }
        let done = match changed.lease {
            Some((row, revision)) if writes.is_empty() => {
                let write = Write::put(row.clone()).if_revision(revision);
                self.put(doing, row, write).boxed().await?
            }
            Some((row, revision)) => {
                writes.push(Write::put(row).if_revision(revision));
                self.transact(doing, writes).boxed().await?
            }
            None if writes.is_empty() => true,
            None => {
                writes.extend(lease.map(fence));
                self.transact(doing, writes).boxed().await?
            }
        };
        Ok(done.then_some(record))
    }
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
