//! Findings of a tenant, with the control each belongs to and what suppresses it.

mod many;

use baseline::catalogue::control_of;
use tenancy::{
    ControlId, Finding, FindingState, Severity, Slug, Suppression, TenantId, Timestamp,
    suppression::suppressing,
};

pub use many::Tenants;

use super::{
    Ledger, LedgerError, Page, cursor,
    item::{doc, readable, text, word},
    keys,
    query::Rows,
};

/// Which findings to list. What is `None` is not filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingFilter {
    /// In this state.
    pub state: Option<FindingState>,
    /// Of this severity.
    pub severity: Option<Severity>,
    /// Of the component of this name.
    pub component: Option<String>,
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

impl FindingFilter {
    fn matches(&self, finding: &Finding, control: Option<&ControlId>) -> bool {
        let component = finding.difference.component.as_str();
        let is_wanted = |wanted: &String| wanted == component;
        self.component.as_ref().is_none_or(is_wanted)
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
}
