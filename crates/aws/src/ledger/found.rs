//! Findings of many tenants, tenant by tenant.
//!
//! # Guarantees
//! A page asks a bounded number of partitions, and its cursor moves on with each: a page may be short, or empty, and the pages end.

use baseline::catalogue::control_of;
use futures::future::try_join_all;
use tenancy::{
    ComponentName, ControlId, Finding, FindingState, Severity, Slug, Suppression, TenantId,
    Timestamp, suppression::suppressing,
};

use super::{
    Ledger, LedgerError, Page, TenantFilter, TenantSummary, cursor,
    item::{doc, readable, text, word},
    keys,
    query::Rows,
};

/// Tenants whose findings are queried for one page.
const MOST_QUERIED: usize = 20;
/// Pages of a hundred tenants that are looked through for one page.
const MOST_PAGES: usize = 5;
const TENANTS_PAGE: usize = 100;
/// Tenants that are asked at the same time.
const AT_ONCE: usize = 10;

/// Which findings to list. What is `None` is not filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingFilter {
    /// In this state.
    pub state: Option<FindingState>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Of this component.
    pub component: Option<ComponentName>,
    /// Of this control.
    pub control: Option<ControlId>,
}

/// A finding, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundFinding {
    /// The tenant.
    pub tenant: TenantId,
    /// Its slug.
    pub slug: Slug,
    /// The finding.
    pub finding: Finding,
    /// The control it belongs to.
    pub control: Option<ControlId>,
    /// What suppresses it.
    pub suppression: Option<Suppression>,
}

/// Whose findings.
#[derive(Debug, Clone, Copy)]
pub enum Tenants<'a> {
    /// Those of all tenants that are not closed.
    All,
    /// Those of these.
    These(&'a [TenantId]),
}

/// What is asked of many tenants.
struct Ask<'a> {
    filter: &'a FindingFilter,
    limit: usize,
    now: Timestamp,
}

impl Ask<'_> {
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
}

impl FindingFilter {
    fn matches(&self, finding: &Finding, control: Option<&ControlId>) -> bool {
        let component = finding.difference.component;
        self.component.is_none_or(|wanted| wanted == component)
            && self
                .control
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == control)
    }
}

impl Ledger {
    /// One page of the findings of a tenant, by key, with what suppresses each at a time.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn found_in(
        &self,
        id: &TenantId,
        filter: &FindingFilter,
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<FoundFinding>, LedgerError> {
        let question = format!("findings {id} {filter:?}");
        let after = cursor::open(&question, cursor)?;
        let (found, more) = self
            .found_behind(id, filter, limit.max(1), after.as_deref(), now)
            .await?;
        Ok(Page {
            items: found,
            next_cursor: more.map(|more| cursor::seal(&question, &more)),
        })
    }

    /// The findings of a tenant behind a key, and the key to go on behind.
    async fn found_behind(
        &self,
        id: &TenantId,
        filter: &FindingFilter,
        limit: usize,
        after: Option<&str>,
        now: Timestamp,
    ) -> Result<(Vec<FoundFinding>, Option<String>), LedgerError> {
        let mut rows = Rows::of(keys::tenant(id)).beginning_with(keys::FINDING);
        if let Some(state) = filter.state {
            rows = rows.only(&["state"], "=", &word(&state));
        }
        if let Some(severity) = filter.severity {
            rows = rows.only(&["severity"], "=", &word(&severity));
        }
        let suppressed = Rows::of(keys::tenant(id)).beginning_with(keys::SUPPRESSION);
        let (record, found, suppressed) = futures::try_join!(
            self.record(id),
            rows.page(self, limit, after),
            suppressed.all(self),
        )?;
        let (found, more) = found;
        let all: Vec<Suppression> = suppressed
            .iter()
            .filter_map(|row| readable(row, doc))
            .collect();
        let last = found.last().filter(|_| more);
        let last = last.and_then(|row| text(row, "sk").map(str::to_owned));
        let items = found.iter().filter_map(|row| {
            let finding: Finding = readable(row, doc)?;
            let finding = finding.seen_until(record.tenant.audited_at);
            let difference = &finding.difference;
            let control = control_of(difference.component, &difference.key);
            let suppressing = |control| suppressing(&all, control, &difference.resource, now);
            let suppression = control.as_ref().and_then(suppressing).cloned();
            filter
                .matches(&finding, control.as_ref())
                .then(|| FoundFinding {
                    tenant: id.clone(),
                    slug: record.tenant.spec.slug.clone(),
                    control,
                    suppression,
                    finding,
                })
        });
        Ok((items.collect(), last))
    }

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
        let question = format!("findings of many {filter:?}");
        let position = cursor::open(&question, cursor)?;
        let position = position.as_deref().map(Position::read);
        let ask = Ask {
            filter,
            limit: limit.max(1),
            now,
        };
        let (items, next) = self.found_from(tenants, &ask, position).await?;
        Ok(Page {
            items,
            next_cursor: next.map(|at| cursor::seal(&question, &at.written())),
        })
    }

    /// Findings behind a position, and the position to go on from. Some tenants are asked at once; one whose findings no longer fit is
    /// asked again for the next page. The first of those that are asked at once always fits, so that each page moves on.
    async fn found_from(
        &self,
        tenants: Tenants<'_>,
        ask: &Ask<'_>,
        position: Option<Position>,
    ) -> Result<(Vec<FoundFinding>, Option<Position>), LedgerError> {
        let (mut items, mut position) = self.rest_of_one(tenants, ask, position).await?;
        if position.as_ref().is_some_and(|at| at.finding.is_some()) {
            return Ok((items, position));
        }
        let mut queried = 0;
        for _ in 0..MOST_PAGES {
            let after = position.as_ref().map(|at| at.tenant.as_str());
            let (some, is_last) = self.tenants_behind(tenants, after).await?;
            for some in some.chunks(AT_ONCE) {
                let missing = ask.limit.saturating_sub(items.len());
                let each = some.iter().map(|one| self.found_of_one(one, ask, missing));
                for (at, found) in try_join_all(each).await? {
                    if items.len() + found.len() > ask.limit {
                        return Ok((items, position));
                    }
                    items.extend(found);
                    let ends = items.len() >= ask.limit || at.finding.is_some();
                    position = Some(at);
                    if ends {
                        return Ok((items, position));
                    }
                }
                queried += some.iter().filter(|one| ask.may_find(one)).count();
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
        ask: &Ask<'_>,
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
        let found = self.found_behind(&id, ask.filter, ask.limit, Some(&key), ask.now);
        let (found, more) = found.await?;
        at.finding = more;
        Ok((found, Some(at)))
    }

    /// The first findings of a tenant, and the position behind them.
    async fn found_of_one(
        &self,
        tenant: &TenantSummary,
        ask: &Ask<'_>,
        limit: usize,
    ) -> Result<(Position, Vec<FoundFinding>), LedgerError> {
        let mut at = Position {
            tenant: keys::at(keys::time(tenant.created_at), &tenant.id),
            finding: None,
        };
        if !ask.may_find(tenant) {
            return Ok((at, Vec::new()));
        }
        let found = self.found_behind(&tenant.id, ask.filter, limit.max(1), None, ask.now);
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
                let cursor = after.map(|after| cursor::seal(super::tenants::LIVING, after));
                self.all_tenants(TENANTS_PAGE, cursor.as_deref()).await?
            }
            Tenants::These(ids) => {
                let filter = TenantFilter::default();
                let question = super::visible::question(&filter);
                let cursor = after.map(|after| cursor::seal(&question, after));
                self.list_these_tenants(ids, &filter, TENANTS_PAGE, cursor.as_deref())
                    .await?
            }
        };
        Ok((page.items, page.next_cursor.is_none()))
    }
}

impl Position {
    fn written(&self) -> String {
        match &self.finding {
            Some(finding) => format!("{}\n{finding}", self.tenant),
            None => self.tenant.clone(),
        }
    }
}

impl Tenants<'_> {
    fn has(&self, id: &TenantId) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(id),
        }
    }
}
