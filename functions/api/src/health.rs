//! Whether the API and its ledger are available. The one route without authentication.

use std::collections::BTreeMap;

use api_types::{HealthStatus, HealthView};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::{App, query::Query, refusal::Refusal};

/// `GET /v1/health`
pub async fn health(State(app): State<App>, query: Query) -> Result<Response, Refusal> {
    query.done()?;
    // The cheapest read there is; the name means nothing.
    let ledger = app.ledger.switch("health").await;
    if let Err(error) = &ledger {
        tracing::error!(error.detail = %error, "the ledger failed");
    }
    let word = |ok| if ok { "ok" } else { "unavailable" }.to_owned();
    let view = HealthView {
        status: if ledger.is_ok() {
            HealthStatus::Ok
        } else {
            HealthStatus::Degraded
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        checks: BTreeMap::from([("ledger".to_owned(), word(ledger.is_ok()))]),
    };
    if ledger.is_ok() {
        return Ok(Json(view).into_response());
    }
    let problem = Refusal::of_status(StatusCode::SERVICE_UNAVAILABLE);
    Ok(problem.retry_after(10).into_response())
}

/// `GET /v1/openapi.json`
pub async fn openapi(query: Query) -> Result<Response, Refusal> {
    query.done()?;
    let text = include_str!("../../../docs/openapi.json");
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
