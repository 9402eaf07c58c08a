//! Operations: the progress of a request.

use api_types::OperationView;
use axum::{Json, extract::State, response::Response};

use crate::{
    App, bounded,
    query::{OperationPath, Query, TenantPath},
    refusal::Refusal,
    views,
};

/// `GET /v1/operations/{id}`
pub async fn show(
    State(app): State<App>,
    OperationPath(id): OperationPath,
    query: Query,
) -> Result<Json<OperationView>, Refusal> {
    query.done()?;
    let progress = app.ledger.operation(&id).await?;
    Ok(Json(views::operation(progress)))
}

/// `GET /v1/tenants/{id}/operations`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let page = app
            .ledger
            .operations_page(&tenant.id, fit.limit, cursor.as_deref());
        let page = views::page(page.await?, |operation| operation);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}
