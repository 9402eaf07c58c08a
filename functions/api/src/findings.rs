//! The findings of a tenant, and of all.

use std::future::Future;

use api_types::{FindingView, FindingsView};
use axum::{extract::State, response::Response};
use tenancy::{
    ComponentName, FindingState, Severity, Timestamp,
    validate::{self, TenantKey},
};
use tenantry_aws::ledger::{FindingFilter, FoundFinding, LedgerError, Page, Tenants};

use crate::{
    App,
    authorization::{Permitted, Visible},
    bounded,
    call::now,
    query::{Query, TenantPath},
    refusal::Refusal,
};

const STATES: &[(&str, Option<FindingState>)] = &[
    ("open", Some(FindingState::Open)),
    ("resolved", Some(FindingState::Resolved)),
    ("all", None),
];

const SEVERITIES: &[(&str, Severity)] = &[
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// Which findings, and how many; not whose.
struct FindingsQuery {
    filter: FindingFilter,
    suppressed: bool,
    limit: usize,
    cursor: Option<String>,
}

impl FindingsQuery {
    fn take(query: &mut Query) -> Self {
        let state = query.word("state", STATES);
        let filter = FindingFilter {
            state: state.unwrap_or(Some(FindingState::Open)),
            severity: query.word("severity", SEVERITIES),
            control: query.take("control", tenancy::ControlId::ALLOWED, |text| {
                text.parse().ok()
            }),
            component: query.take("component", "the name of a component", |text| {
                ComponentName::is_name(text).then(|| text.to_owned())
            }),
        };
        let suppressed = query.flag("suppressed");
        let (limit, cursor) = query.page();
        Self {
            filter,
            suppressed,
            limit,
            cursor,
        }
    }

    /// The answer that fits, of pages that are read with fewer and fewer items.
    async fn answer<F>(&self, page: impl Fn(usize) -> F) -> Result<Response, Refusal>
    where
        F: Future<Output = Result<Page<FoundFinding>, LedgerError>>,
    {
        let mut fit = bounded::Fit::new(self.limit);
        loop {
            let page = page(fit.limit).await?;
            if let Some(answer) = fit.answer(&self.view(page)) {
                return Ok(answer);
            }
        }
    }

    fn view(&self, page: Page<FoundFinding>) -> FindingsView {
        let is_hidden = |found: &FoundFinding| {
            let is_open = found.finding.state == FindingState::Open;
            !self.suppressed && is_open && found.suppression.is_some()
        };
        let (hidden, shown): (Vec<_>, Vec<_>) = page.items.into_iter().partition(is_hidden);
        FindingsView {
            items: shown.into_iter().map(view).collect(),
            next_cursor: page.next_cursor,
            suppressed: u32::try_from(hidden.len()).unwrap_or(u32::MAX),
        }
    }
}

fn view(found: FoundFinding) -> FindingView {
    FindingView {
        tenant_id: found.tenant,
        tenant_slug: found.slug,
        control: found.control,
        suppressed_by: found
            .suppression
            .filter(|_| found.finding.state == FindingState::Open),
        finding: found.finding,
    }
}

/// `GET /v1/tenants/{id}/findings`
pub async fn findings(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Response, Refusal> {
    let findings = FindingsQuery::take(&mut query);
    query.done()?;
    let id = app.tenant_id(&key).await?;
    let (at, cursor) = (now(), findings.cursor.as_deref());
    let page = |limit| {
        app.ledger
            .found_in(&id, &findings.filter, limit, cursor, at)
    };
    findings.answer(page).await
}

/// `GET /v1/findings`
pub async fn all(
    State(app): State<App>,
    permitted: Permitted,
    mut query: Query,
) -> Result<Response, Refusal> {
    let findings = FindingsQuery::take(&mut query);
    let tenant = query.take("tenant", "the id or slug of a tenant", |text| {
        validate::tenant_key(text).ok()
    });
    query.done()?;
    let at: Timestamp = now();
    let visible = app.visible_for("listFindings", &permitted, at).await?;
    let visible = match tenant {
        Some(key) => Visible::These(app.only(&key, visible).await?),
        None => visible,
    };
    let tenants = match &visible {
        Visible::All => Tenants::All,
        Visible::These(ids) => Tenants::These(ids),
    };
    let cursor = findings.cursor.as_deref();
    let page = |limit| {
        app.ledger
            .found(tenants, &findings.filter, limit, cursor, at)
    };
    findings.answer(page).await
}

impl App {
    /// The tenants in which whoever asks may do this.
    pub(crate) async fn visible_for(
        &self,
        action: &str,
        permitted: &Permitted,
        at: Timestamp,
    ) -> Result<Visible, Refusal> {
        let visible = self.access.visible(&self.ledger, permitted, action, at);
        Ok(visible.await?)
    }

    /// This tenant, if it is among those; nothing if it is not, or there is none.
    async fn only(
        &self,
        key: &TenantKey,
        among: Visible,
    ) -> Result<Vec<tenancy::TenantId>, Refusal> {
        let id = match key {
            TenantKey::Id(id) => Some(id.clone()),
            TenantKey::Slug(slug) => self.ledger.tenant_id(slug).await?,
        };
        let is_among = |id: &tenancy::TenantId| match &among {
            Visible::All => true,
            Visible::These(ids) => ids.contains(id),
        };
        Ok(id.into_iter().filter(is_among).collect())
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts;

    use super::*;

    #[tokio::test]
    async fn what_callers_filter_by_takes_no_room_of_what_the_ledger_holds() {
        // More than a process remembers.
        for number in 0..2_100 {
            let name = format!("component-{number}");
            let request = http::Request::get(format!("/v1/findings?component={name}"));
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            let mut query = Query::from_request_parts(&mut parts, &()).await.unwrap();
            let findings = FindingsQuery::take(&mut query);
            assert_eq!(findings.filter.component, Some(name));
        }
        assert!(ComponentName::from_stored("of-another-release").is_ok());
    }
}
