//! Successful answers to requests for a change.

use api_types::{AcceptedView, TenantView};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tenancy::Operation;
use tenantry_aws::ledger::{Accepted, Request};

use crate::{App, refusal::Refusal, views};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A change to a tenant: 202 with the operation to follow, or 200 when there was nothing to change.
pub async fn accepted(accepted: Accepted, app: &App) -> Response {
    noted(accepted, Vec::new(), app).await
}

/// The same, with what does not follow from the request.
pub async fn noted(accepted: Accepted, notes: Vec<String>, app: &App) -> Response {
    let deployment = app.knowing(&accepted.tenant.spec.blueprint).await;
    let version = accepted.tenant.spec_version;
    let replayed = accepted.replayed;
    let view = AcceptedView {
        tenant: Some(views::tenant(accepted.tenant, &deployment, &app.prices)),
        operation: accepted.operation,
        notes,
    };
    let mut response = response(view);
    tag(&mut response, version);
    mark(&mut response, replayed);
    response
}

/// A tenant that is due again: 202, with the operation that goes on, if there is one.
pub async fn resumed(accepted: Accepted, app: &App) -> Response {
    let mut response = self::accepted(accepted, app).await;
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// An operation on a tenant that does not change its desired state.
pub fn started(accepted: Accepted) -> Response {
    let mut response = response(AcceptedView {
        tenant: None,
        operation: accepted.operation,
        notes: Vec::new(),
    });
    mark(&mut response, accepted.replayed);
    response
}

/// A tenant with its `ETag`.
pub fn tenant(view: TenantView) -> Response {
    let version = view.spec_version;
    let mut response = Json(view).into_response();
    tag(&mut response, version);
    response
}

fn response(view: AcceptedView) -> Response {
    let location = view.operation.as_ref().and_then(location);
    let status = if view.operation.is_some() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    let mut response = (status, Json(view)).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn location(operation: &Operation) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("/v1/operations/{}", operation.id)).ok()
}

/// Adds an `ETag`.
pub fn tag(response: &mut Response, version: u64) {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

fn mark(response: &mut Response, replayed: bool) {
    if replayed {
        mark_replayed(response);
    }
}

/// The answer that was given to an earlier request with the same key, if there was one.
///
/// # Errors
/// The key was used for another request, or the ledger did not answer.
pub async fn kept(
    app: &App,
    request: &Request,
    status: StatusCode,
) -> Result<Option<Response>, Refusal> {
    let earlier = app.ledger.remembered_answer(request).await?;
    Ok(earlier.map(|earlier| {
        let mut response = (status, Json(earlier)).into_response();
        mark_replayed(&mut response);
        response
    }))
}

/// Says that this is the answer to an earlier request with the same key.
pub fn mark_replayed(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}
