//! Findings of many tenants, tenant by tenant.
//!
//! # Guarantees
//! A page reads a bounded number of partitions, and its cursor moves on with each: a page may be short, or empty, and the pages end.

use futures::future::try_join_all;
use tenancy::{FindingState, TenantId, Timestamp};

use super::{FindingFilter, FoundFinding};
use crate::ledger::{
    Ledger, LedgerError, Page, TenantFilter, TenantSummary, cursor, keys, tenants, visible,
};

/// Tenants whose findings are queried for one page.
const MOST_QUERIED: usize = 20;
/// Pages of a hundred tenants that are read for one page.
const MOST_PAGES: usize = 5;
const TENANTS_PAGE: usize = 100;
/// Tenants that are queried at the same time.
const AT_ONCE: usize = 10;

/// Whose findings.
#[derive(Debug, Clone, Copy)]
pub enum Tenants<'a> {
    /// Those of all tenants that are not closed.
    All,
    /// Those of these.
    These(&'a [TenantId]),
}

impl Tenants<'_> {
    fn has(&self, id: &TenantId) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(id),
        }
    }
}

/// Which findings of many tenants, and how many.
struct FindingsQuery<'a> {
    filter: &'a FindingFilter,
    limit: usize,
    now: Timestamp,
}

impl FindingsQuery<'_> {
    /// Whether the tenant may have such findings: how many are open is known beforehand.
    fn may_find(&self, tenant: &TenantSummary) -> bool {
        self.filter.state != Some(FindingState::Open) || tenant.open_findings > 0
    }
}

/// Where a list goes on: behind this tenant, or within it behind this finding.
struct Position {
    tenant: String,
    finding: Option<String>,
}

impl Position {
    fn read(text: &str) -> Self {
        match text.split_once('\n') {
            Some((tenant, finding)) => Self {
                tenant: tenant.to_owned(),
                finding: Some(finding.to_owned()),
            },
            None => Self {
                tenant: text.to_owned(),
                finding: None,
            },
        }
    }

    fn written(&self) -> String {
        match &self.finding {
            Some(finding) => format!("{}\n{finding}", self.tenant),
            None => self.tenant.clone(),
        }
    }
}

impl Ledger {
    /// One page of the findings of these tenants, the oldest tenant first.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn found(
        &self,
        tenants: Tenants<'_>,
        filter: &FindingFilter,
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<FoundFinding>, LedgerError> {
        let whose = match tenants {
            Tenants::These([one]) => one.as_str(),
            _ => "many",
        };
        let question = format!("findings of {whose} {filter:?}");
        let position = cursor::open(&question, cursor)?;
        let position = position.as_deref().map(Position::read);
        let query = FindingsQuery {
            filter,
            limit: limit.max(1),
            now,
        };
        let (items, next) = self.found_from(tenants, &query, position).await?;
        Ok(Page {
            items,
            next_cursor: next.map(|at| cursor::seal(&question, &at.written())),
        })
    }

    /// Findings behind a position, and the position to go on from. Some tenants are queried at once; one whose findings no longer fit is
    /// queried again for the next page. The first of those that are queried at once always fits, so that each page moves on.
    async fn found_from(
        &self,
        tenants: Tenants<'_>,
        query: &FindingsQuery<'_>,
        position: Option<Position>,
    ) -> Result<(Vec<FoundFinding>, Option<Position>), LedgerError> {
        let (mut items, mut position) = self.rest_of_one(tenants, query, position).await?;
        if position.as_ref().is_some_and(|at| at.finding.is_some()) {
            return Ok((items, position));
        }
        let mut queried = 0;
        for _ in 0..MOST_PAGES {
            let after = position.as_ref().map(|at| at.tenant.as_str());
            let (some, is_last) = self.tenants_behind(tenants, after).await?;
            for some in some.chunks(AT_ONCE) {
                let missing = query.limit.saturating_sub(items.len());
                let each = some
                    .iter()
                    .map(|one| self.found_of_one(one, query, missing));
                for (at, found) in try_join_all(each).await? {
                    if items.len() + found.len() > query.limit {
                        return Ok((items, position));
                    }
                    items.extend(found);
                    let ends = items.len() >= query.limit || at.finding.is_some();
                    position = Some(at);
                    if ends {
                        return Ok((items, position));
                    }
                }
                queried += some.iter().filter(|one| query.may_find(one)).count();
                if queried >= MOST_QUERIED {
                    return Ok((items, position));
                }
            }
            if is_last {
                return Ok((items, None));
            }
        }
        Ok((items, position))
    }

    /// What is left of the tenant in whose findings the page before ended.
    async fn rest_of_one(
        &self,
        tenants: Tenants<'_>,
        query: &FindingsQuery<'_>,
        position: Option<Position>,
    ) -> Result<(Vec<FoundFinding>, Option<Position>), LedgerError> {
        let Some(mut at) = position else {
            return Ok((Vec::new(), None));
        };
        let Some(key) = at.finding.take() else {
            return Ok((Vec::new(), Some(at)));
        };
        let id = at.tenant.rsplit('#').next().unwrap_or_default();
        let id: TenantId = id.parse().map_err(|_| LedgerError::BadCursor)?;
        if !tenants.has(&id) {
            return Ok((Vec::new(), Some(at)));
        }
        let found = self.found_behind(&id, query.filter, query.limit, Some(&key), query.now);
        let (found, more) = found.await?;
        at.finding = more;
        Ok((found, Some(at)))
    }

    /// The first findings of a tenant, and the position behind them.
    async fn found_of_one(
        &self,
        tenant: &TenantSummary,
        query: &FindingsQuery<'_>,
        limit: usize,
    ) -> Result<(Position, Vec<FoundFinding>), LedgerError> {
        let mut at = Position {
            tenant: keys::at(keys::time(tenant.created_at), &tenant.id),
            finding: None,
        };
        if !query.may_find(tenant) {
            return Ok((at, Vec::new()));
        }
        let found = self.found_behind(&tenant.id, query.filter, limit.max(1), None, query.now);
        let (found, more) = found.await?;
        at.finding = more;
        Ok((at, found))
    }

    /// Tenants behind a place in the order of their age, and whether they are the last.
    async fn tenants_behind(
        &self,
        tenants: Tenants<'_>,
        after: Option<&str>,
    ) -> Result<(Vec<TenantSummary>, bool), LedgerError> {
        let page = match tenants {
            Tenants::All => {
                let cursor = after.map(|after| cursor::seal(tenants::LIVING, after));
                self.all_tenants(TENANTS_PAGE, cursor.as_deref()).await?
            }
            Tenants::These(ids) => {
                let filter = TenantFilter::default();
                let question = visible::question(&filter);
                let cursor = after.map(|after| cursor::seal(&question, after));
                self.list_these_tenants(ids, &filter, TENANTS_PAGE, cursor.as_deref())
                    .await?
            }
        };
        Ok((page.items, page.next_cursor.is_none()))
    }
}
