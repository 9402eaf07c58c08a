//! Operations: how far a request is.

use axum::{Json, extract::State};
use tenancy::Operation;

use crate::{
    App,
    problem::Problem,
    query::{OperationPath, Query, TenantPath},
    views::{OperationView, PageView},
};

/// `GET /v1/operations/{id}`
pub async fn show(
    State(app): State<App>,
    OperationPath(id): OperationPath,
    query: Query,
) -> Result<Json<OperationView>, Problem> {
    query.done()?;
    Ok(Json(app.ledger.operation(&id).await?.into()))
}

/// `GET /v1/tenants/{id}/operations`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Json<PageView<Operation>>, Problem> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let operations = app.ledger.operations(&tenant.id).await?;
    Ok(Json(PageView::whole(operations)))
}
