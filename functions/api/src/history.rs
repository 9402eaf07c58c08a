//! The history of a tenant.

use api_types::HistoryView;
use axum::{extract::State, response::Response};

use crate::{
    App, bounded,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// `GET /v1/tenants/{id}/history`
pub async fn history(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let page = app.ledger.history(&tenant.id, fit.limit, cursor.as_deref());
        let page = page.await?;
        let page = HistoryView {
            items: page.items,
            next_cursor: page.next_cursor,
            length: tenant.history_length,
            head: tenant.history_head.clone(),
        };
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}
