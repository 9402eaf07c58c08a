//! Tenants: create, list, show, change, audit, repair, retry, delete.

mod change;
mod create;
mod list;
mod remove;
mod retry;
mod work;

use api_types::TenantView;
use axum::{extract::State, response::Response};

pub use change::{change, remove_budget, set_budget};
pub use create::create;
pub use list::list;
pub use remove::remove;
pub use retry::retry;
pub use work::{audit, repair};

use crate::{
    App, answer, limits,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
};

/// `GET /v1/tenants/{id}`
pub async fn show(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let queue = limits::position(&app, &tenant).await?;
    let deployment = app.knowing(&tenant.spec.blueprint).await;
    let view = views::tenant(tenant, &deployment, &app.prices);
    let portal_url = app.portal_url.as_deref();
    let portal_url = portal_url.map(|portal| format!("{portal}/{}", view.spec.slug));
    Ok(answer::tenant(TenantView {
        queue,
        portal_url,
        ..view
    }))
}
