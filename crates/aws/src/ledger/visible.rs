//! Tenants as somebody sees them who may not see all: looked up one by one, never by reading past those of others.

use futures::{StreamExt, TryStreamExt, stream};
use tenancy::{Slug, Tenant, TenantId};

use super::{
    Ledger, LedgerError, Page, TenantFilter, TenantSummary, cursor,
    item::{Item, doc, readable, text},
    keys,
    summary::summarized,
};

/// Rows that DynamoDB reads at once.
pub(super) const AT_ONCE: usize = 100;
/// Such reads at the same time.
const READS: usize = 10;

/// The question that [`Ledger::list_these_tenants`] answers.
pub(super) fn question(filter: &TenantFilter) -> String {
    format!("own tenants {filter:?}")
}

impl Ledger {
    /// The id of the living tenant with a slug, by one read.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn tenant_id(&self, slug: &Slug) -> Result<Option<TenantId>, LedgerError> {
        let row = self.get(keys::slug(slug)).await?;
        Ok(row.and_then(|row| text(&row, "tenant")?.parse().ok()))
    }

    /// What a tenant's main row says, by one read: without what its components' rows add. Tombstones included.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn main_row(&self, id: &TenantId) -> Result<Option<Tenant>, LedgerError> {
        let row = self.get(keys::meta(id)).await?;
        row.as_ref().map(doc).transpose()
    }

    /// Those of these tenants that match and are not closed, oldest first, at most `limit` of them.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn list_these_tenants(
        &self,
        ids: &[TenantId],
        filter: &TenantFilter,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<TenantSummary>, LedgerError> {
        let question = question(filter);
        let after = cursor::open(&question, cursor)?;
        let mut found = Vec::new();
        let reads = ids.chunks(AT_ONCE).map(|some| {
            let keys: Vec<Item> = some.iter().map(keys::meta).collect();
            self.get_all(keys)
        });
        let reads: Vec<_> = reads.collect();
        let mut reads = stream::iter(reads).buffered(READS);
        while let Some(rows) = reads.try_next().await? {
            let tenants = rows.iter().flatten().filter_map(|row| readable(row, doc));
            found.extend(tenants.map(|tenant: Tenant| summarized(tenant)));
        }
        found.retain(|tenant| tenant.closed_at.is_none() && filter.matches(tenant));
        let place = |tenant: &TenantSummary| keys::at(keys::time(tenant.created_at), &tenant.id);
        found.sort_by_key(place);
        found.retain(|tenant| after.as_ref().is_none_or(|after| place(tenant) > *after));
        let is_last = found.len() <= limit.max(1);
        found.truncate(limit.max(1));
        let last = found.last().filter(|_| !is_last);
        Ok(Page {
            next_cursor: last.map(|last| cursor::seal(&question, &place(last))),
            items: found,
        })
    }
}
