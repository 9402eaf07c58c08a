//! The hash-chained history. An entry is written in the same transaction as what it tells of, and as the main row whose
//! length and head it moves on; so two entries never get one number, and nothing happens without its entry.

use tenancy::{
    Tenant, TenantId, Timestamp,
    history::{Flaw, GENESIS, HistoryEntry, verify},
};

use super::{
    Lease, Ledger, LedgerError, NewEntry, Page,
    commit::{Draft, PARTS},
    cursor,
    item::{Item, doc, text},
    keys,
    query::Rows,
};

impl Ledger {
    /// The history of a tenant from the beginning.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn history(
        &self,
        id: &TenantId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<HistoryEntry>, LedgerError> {
        let question = format!("history {id}");
        let after = cursor::open(&question, cursor)?;
        self.require_tenant(id).await?;
        let rows = Rows::of(keys::tenant(id)).beginning_with(keys::PAST);
        let entry = |row: &Item| Ok(entry(id, row));
        self.page(&rows, &question, limit, after, entry).await
    }

    /// The whole history of a tenant, checked against what its record says.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn verify_history(&self, id: &TenantId) -> Result<Vec<Flaw>, LedgerError> {
        // The record first: entries that are added meanwhile are beyond its length and left out.
        let tenant = self.record(id).await?.tenant;
        let rows = Rows::of(keys::tenant(id)).beginning_with(keys::PAST);
        let rows = rows.all(self).await?;
        let mut entries: Vec<HistoryEntry> = rows.iter().map(|row| entry(id, row)).collect();
        let now = self.record(id).await?.tenant.history_length;
        let is_newer = |entry: &HistoryEntry| {
            (tenant.history_length.saturating_add(1)..=now).contains(&entry.sequence)
        };
        entries.retain(|entry| !is_newer(entry));
        Ok(verify(
            &entries,
            tenant.history_length,
            &tenant.history_head,
        ))
    }

    /// Adds to the history of a tenant; under a lease if one is given.
    ///
    /// # Errors
    /// `NotFound`, `LostLease`, `Failed`.
    pub async fn append_history(
        &self,
        id: &TenantId,
        lease: Option<&Lease>,
        entries: &[NewEntry],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        for some in entries.chunks(PARTS) {
            self.change("adding to the history", id, lease, |record| {
                let mut draft = Draft::of(record);
                draft.history = (now, some.to_vec());
                Ok(Some(draft))
            })
            .await?;
        }
        Ok(())
    }
}

/// The entry in a row. One that is not to the letter as it was written, or not where it was written, is shown as unreadable
/// instead of failing the whole: the rest can still be read, and verifying names it.
fn entry(tenant: &TenantId, row: &Item) -> HistoryEntry {
    let here = text(row, "sk").unwrap_or_default();
    let as_written = |entry: &HistoryEntry| {
        let written = entry.canonical();
        entry.tenant_id == *tenant
            && keys::past_key(entry.sequence) == here
            && text(row, "doc") == Some(written.as_str())
    };
    let sequence = here.strip_prefix(keys::PAST).unwrap_or_default();
    // There is no entry 0, so a row that has no number either counts as inserted.
    let unreadable = || HistoryEntry::unreadable(tenant.clone(), sequence.parse().unwrap_or(0));
    doc(row).ok().filter(as_written).unwrap_or_else(unreadable)
}

/// The next entry of a tenant's chain; the tenant's length and head move on.
pub(super) fn sealed(tenant: &mut Tenant, at: Timestamp, entry: NewEntry) -> HistoryEntry {
    let previous_hash = match tenant.history_length {
        0 => GENESIS.to_owned(),
        _ => tenant.history_head.clone(),
    };
    let entry = HistoryEntry {
        tenant_id: tenant.id.clone(),
        sequence: tenant.history_length + 1,
        at,
        actor: entry.actor,
        action: entry.action,
        summary: entry.summary,
        details: entry.details,
        previous_hash,
        hash: String::new(),
    }
    .sealed();
    tenant.history_length = entry.sequence;
    tenant.history_head.clone_from(&entry.hash);
    entry
}
