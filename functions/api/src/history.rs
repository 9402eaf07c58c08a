//! The history of a tenant.

use axum::{Json, extract::State};

use crate::{
    App,
    problem::Problem,
    query::{Query, TenantPath},
    views::HistoryView,
};

/// `GET /v1/tenants/{id}/history`
pub async fn history(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Json<HistoryView>, Problem> {
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let page = app
        .ledger
        .history(&tenant.id, limit, cursor.as_deref())
        .await?;
    Ok(Json(HistoryView {
        items: page.items,
        next_cursor: page.next_cursor,
        length: tenant.history_length,
        head: tenant.history_head,
    }))
}
