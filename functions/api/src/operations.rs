//! Operations: the progress of a request.

use api_types::{OperationView, PageView};
use axum::{Json, extract::State};
use tenancy::Operation;

use crate::{
    App,
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
    query: Query,
) -> Result<Json<PageView<Operation>>, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let operations = app.ledger.operations(&tenant.id).await?;
    Ok(Json(PageView::whole(operations)))
}
