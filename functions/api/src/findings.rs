//! The findings of a tenant.

use axum::{extract::State, response::Response};
use tenancy::{FindingState, Severity};

use crate::{
    App, bounded,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
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

/// `GET /v1/tenants/{id}/findings`
pub async fn findings(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Response, Refusal> {
    let state = query.word("state", STATES);
    let severity = query.word("severity", SEVERITIES);
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let state = state.unwrap_or(Some(FindingState::Open));
    let mut fit = bounded::Fit::new(limit);
    loop {
        let (ledger, cursor) = (&app.ledger, cursor.as_deref());
        let page = ledger.findings(&tenant.id, state, severity, fit.limit, cursor);
        let page = views::page(page.await?, |finding| finding);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}
