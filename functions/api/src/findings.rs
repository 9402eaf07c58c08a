//! The findings of a tenant.

use axum::{Json, extract::State};
use tenancy::{Finding, FindingState, Severity};

use crate::{
    App,
    problem::Problem,
    query::{Query, TenantPath},
    views::PageView,
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
) -> Result<Json<PageView<Finding>>, Problem> {
    let state = query.word("state", STATES);
    let severity = query.word("severity", SEVERITIES);
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let state = state.unwrap_or(Some(FindingState::Open));
    let page = app
        .ledger
        .findings(&tenant.id, state, severity, limit, cursor.as_deref())
        .await?;
    Ok(Json(PageView::of(page, |finding| finding)))
}
