//! The blueprints of this build.

use api_types::PageView;
use axum::{Json, extract::State};
use tenancy::{Blueprint, BlueprintRef, validate::quoted};

use crate::{
    App,
    query::{NamePath, Query},
    refusal::Refusal,
};

/// `GET /v1/blueprints`
pub async fn list(
    State(app): State<App>,
    query: Query,
) -> Result<Json<PageView<Blueprint>>, Refusal> {
    query.done()?;
    let all = app.deployment.catalog.all().to_vec();
    Ok(Json(PageView::whole(all)))
}

/// `GET /v1/blueprints/{name}`
pub async fn show(
    State(app): State<App>,
    NamePath(name): NamePath,
    query: Query,
) -> Result<Json<Blueprint>, Refusal> {
    query.done()?;
    let found = name
        .parse::<BlueprintRef>()
        .ok()
        .and_then(|reference| app.deployment.catalog.find(&reference).cloned());
    found
        .map(Json)
        .ok_or_else(|| Refusal::not_found(format!("there is no blueprint {}", quoted(&name))))
}
