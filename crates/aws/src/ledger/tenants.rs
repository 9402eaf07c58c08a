//! Looking tenants up, one by one and many.

use std::collections::BTreeMap;

use tenancy::{
    AccountId, DesiredState, Failure, Phase, Slug, Tenant, TenantId, Timestamp, Verb, names,
};

use super::{
    DueTenant, Ledger, LedgerError, Page, TenantFilter, TenantSummary, cursor,
    item::{Item, doc, readable, text, word},
    keys,
    lease_row::AUDIT,
    query::{Index, Rows},
};

/// Every tenant and every account, with what a list shows of it. The release before read `listing`, of the same keys.
const TENANTS: Index = Index {
    name: "tenants",
    keys: "listing",
};

/// Lease rows of tenants whose next pass has a time, and main rows of those that were not migrated.
const DUE: Index = Index {
    name: "due",
    keys: "due",
};

/// The question that [`Ledger::all_tenants`] answers.
pub(super) const LIVING: &str = "living tenants";

impl Ledger {
    /// A tenant, tombstones included.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, LedgerError> {
        Ok(self.snapshot(id).await?.record.tenant)
    }

    /// The living tenant with a slug.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant_by_slug(&self, slug: &Slug) -> Result<Tenant, LedgerError> {
        let what = format!("tenant `{slug}`");
        self.pointed_at(keys::slug(slug), what).await
    }

    /// The tenant an account belongs to, or belonged to.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn tenant_by_account(&self, account: &AccountId) -> Result<Tenant, LedgerError> {
        let what = format!("tenant with the account `{account}`");
        self.pointed_at(keys::account(account), what).await
    }

    async fn pointed_at(&self, key: Item, what: String) -> Result<Tenant, LedgerError> {
        let row = self.get(key).await?;
        match row.as_ref().and_then(owner) {
            Some(id) => self.tenant(&id).await,
            None => Err(LedgerError::not_found(what)),
        }
    }

    /// Tenants that match, oldest first, at most `limit` of them; a page is short only at the end, or where a row cannot be
    /// read. As the last pass left them. Eventually consistent.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn list_tenants(
        &self,
        filter: &TenantFilter,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<TenantSummary>, LedgerError> {
        let question = format!("tenants {filter:?}");
        let after = cursor::open(&question, cursor)?;
        let mut rows = Rows::of_index(TENANTS, keys::TENANTS);
        if let Some(phase) = filter.phase {
            rows = rows.only(&["phase"], "=", phase.as_str());
        }
        if let Some(blueprint) = &filter.blueprint {
            rows = rows.only(&["blueprint_name"], "=", &blueprint.name);
            if let Some(version) = blueprint.version {
                rows = rows.only(&["blueprint_version"], "=", &version.to_string());
            }
        }
        if let Some((key, value)) = &filter.tag {
            rows = rows.only(&["tags", key], "=", value);
        }
        if let Some(slug) = &filter.slug {
            rows = rows.only(&["slug"], "=", slug.as_str());
        }
        if let Some(group) = &filter.group {
            rows = rows.only(&["tags", names::TAG_GROUP], "=", group.as_str());
        }
        self.listed(&rows, &question, limit, after).await
    }

    /// Every tenant that is not a tombstone, page by page, oldest first, as the last pass left it. Eventually consistent.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn all_tenants(
        &self,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<TenantSummary>, LedgerError> {
        let question = LIVING;
        let after = cursor::open(question, cursor)?;
        let closed = Phase::Closed.as_str();
        let rows = Rows::of_index(TENANTS, keys::TENANTS).only(&["phase"], "<>", closed);
        self.listed(&rows, question, limit, after).await
    }

    /// Tenants whose next pass is due, by the time it became due. Eventually consistent.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn due(
        &self,
        now: Timestamp,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<DueTenant>, LedgerError> {
        let question = "due";
        let after = cursor::open(question, cursor)?;
        let rows = due_rows(keys::DUE, now);
        self.page(&rows, question, limit, after, due).await
    }

    /// Tenants that are due by rows that a release before wrote, in no order that means anything; the next pass over each of them
    /// writes its row where [`Ledger::due`] finds it. Eventually consistent.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn due_by_earlier_rows(&self, now: Timestamp) -> Result<Vec<DueTenant>, LedgerError> {
        let mut found = Vec::new();
        for partition in keys::EARLIER_DUE {
            let rows = due_rows(partition, now).all(self).await?;
            found.extend(rows.iter().filter_map(|row| readable(row, due)));
        }
        Ok(found)
    }

    /// Every account the ledger knows, closed ones included, read to the end. Eventually consistent.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn accounts(&self) -> Result<BTreeMap<AccountId, TenantId>, LedgerError> {
        let rows = Rows::of_index(TENANTS, keys::ACCOUNTS).all(self).await?;
        let known = |row: &Item| Some((text(row, "listing_sk")?.parse().ok()?, owner(row)?));
        Ok(rows.iter().filter_map(known).collect())
    }

    async fn listed(
        &self,
        rows: &Rows,
        question: &str,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<TenantSummary>, LedgerError> {
        let keep = |row: &Item| Ok(row.clone());
        let page = self.page(rows, question, limit, after, keep).await?;
        Ok(Page {
            items: self.summaries(page.items).await?,
            next_cursor: page.next_cursor,
        })
    }

    /// One page of an answer, each row read by `read`; those that cannot be read are left out.
    pub(super) async fn page<T>(
        &self,
        rows: &Rows,
        question: &str,
        limit: usize,
        after: Option<String>,
        read: impl Fn(&Item) -> Result<T, LedgerError>,
    ) -> Result<Page<T>, LedgerError> {
        let (some, more) = rows.page(self, limit.max(1), after.as_deref()).await?;
        let position = some.last().filter(|_| more).map(|row| rows.position(row));
        Ok(Page {
            items: some.iter().filter_map(|row| readable(row, &read)).collect(),
            next_cursor: position.map(|position| cursor::seal(question, &position)),
        })
    }
}

/// What is due by then in a partition. `~` sorts behind `#`, so what is due at this very moment is among them.
fn due_rows(partition: &str, now: Timestamp) -> Rows {
    Rows::of_index(DUE, partition).below(format!("{}~", keys::time(now)))
}

/// A tenant that is due, by its lease row, or by its main row until it is migrated.
fn due(row: &Item) -> Result<DueTenant, LedgerError> {
    if row.contains_key("doc") {
        let tenant: Tenant = doc(row)?;
        return Ok(DueTenant {
            verb: needed(&word(&tenant.desired_state)),
            id: tenant.id,
        });
    }
    let id = keys::tenant_of(row);
    Ok(DueTenant {
        id: id.ok_or_else(|| Failure::bug("reading what is due", "a row is of no tenant"))?,
        verb: needed(text(row, "desired").unwrap_or_default()),
    })
}

/// The function that a tenant needs in this desired state. Where another does, the message is forwarded.
fn needed(desired: &str) -> Verb {
    match desired {
        AUDIT => Verb::Audit,
        absent if absent == word(&DesiredState::Absent) => Verb::Offboard,
        _ => Verb::Onboard,
    }
}

/// The tenant a row belongs to.
pub(super) fn owner(row: &Item) -> Option<TenantId> {
    text(row, "tenant")?.parse().ok()
}
