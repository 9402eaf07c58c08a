//! The findings of a tenant.

use api_types::PageView;
use axum::{Json, extract::State};
use tenancy::{Finding, FindingState, Severity};

use crate::{
    App,
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
) -> Result<Json<PageView<Finding>>, Refusal> {
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
    Ok(Json(views::page(page, |finding| finding)))
}
