//! Tenants: asked for, listed, shown, changed, put right, tried again, taken away.

mod change;
mod create;
mod list;
mod remove;
mod retry;
mod work;

use axum::{extract::State, response::Response};

pub use change::change;
pub use create::create;
pub use list::list;
pub use remove::remove;
pub use retry::retry;
pub use work::{audit, repair};

use crate::{
    App, answer, limits,
    problem::Problem,
    query::{Query, TenantPath},
    views::TenantView,
};

/// `GET /v1/tenants/{id}`
pub async fn show(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Response, Problem> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let queue = limits::place(&app, &tenant).await?;
    let view = TenantView::of(tenant, &app.deployment);
    Ok(answer::tenant(TenantView { queue, ..view }))
}
