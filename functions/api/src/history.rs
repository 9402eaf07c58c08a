//! The history of a tenant.

use api_types::HistoryView;
use axum::{Json, extract::State};

use crate::{
    App,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// `GET /v1/tenants/{id}/history`
pub async fn history(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Json<HistoryView>, Refusal> {
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
