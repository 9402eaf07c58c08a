//! The routes, and what happens around each request.

use std::time::Instant;

use events::{HttpRequest, HttpResponse};
use serde_json::Value;
use tenancy::Timestamp;

use crate::{
    app::App, authorize, begin, boxed::boxed, callback, consent, device, error::PortalError,
    key_set, reply::Reply, request::PortalRequest, sessions, token,
};

/// Every route, as API Gateway names it. All but the sign-in addresses have two parts, so that no tenant's slug is taken.
pub const ROUTES: [&str; 16] = [
    "GET /",
    "GET /{slug}",
    "GET /.well-known/openid-configuration",
    "GET /oauth2/jwks.json",
    "GET /oauth2/authorize",
    "GET /oauth2/callback",
    "GET /oauth2/callback/{slug}",
    "POST /oauth2/consent",
    "POST /oauth2/token",
    "POST /oauth2/revoke",
    "POST /oauth2/device_authorization",
    "GET /oauth2/device",
    "POST /oauth2/device",
    "GET /oauth2/signed-in",
    "POST /oauth2/sign-out",
    "$default",
];

/// Answers an event. The time is that of the call.
pub async fn handle(app: &App, event: Value) -> HttpResponse {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where a request gets its time"
    )]
    let now = Timestamp::now();
    handle_at(app, event, now).await
}

/// Answers an event at a time.
pub async fn handle_at(app: &App, event: Value, now: Timestamp) -> HttpResponse {
    let begun = Instant::now();
    let Ok(request) = HttpRequest::parse(event) else {
        tracing::warn!("not a request of an HTTP API");
        return Reply::error(&PortalError::new(400, "The request cannot be read.")).into();
    };
    let (id, route) = (
        request.request_context.request_id.clone(),
        request.route_key.clone(),
    );
    let reply = match PortalRequest::of(request, now) {
        Ok(request) => boxed(answer(app, &request)).await,
        Err(error) => Err(error),
    };
    let reply = reply.unwrap_or_else(|error| refused(&route, &error));
    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    // Neither path nor query: they hold codes.
    tracing::info!(
        request.id = id,
        http.route = route,
        http.status = reply.status(),
        duration.ms = took,
        "answered"
    );
    reply.into()
}

async fn answer(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    match request.route.as_str() {
        "GET /" => begin::start(app, request, None).await,
        "GET /{slug}" => {
            let slug = request
                .slug
                .clone()
                .ok_or_else(PortalError::no_such_address)?;
            begin::start(app, request, Some(slug)).await
        }
        "GET /.well-known/openid-configuration" => Ok(key_set::discovery(app)),
        "GET /oauth2/jwks.json" => key_set::key_set(app).await,
        "GET /oauth2/authorize" => authorize::authorize(app, request).await,
        "GET /oauth2/callback" | "GET /oauth2/callback/{slug}" => {
            callback::callback(app, request).await
        }
        "POST /oauth2/consent" => consent::decide(app, request).await,
        "POST /oauth2/token" => token::token(app, request).await,
        "POST /oauth2/revoke" => sessions::revoke(app, request).await,
        "POST /oauth2/device_authorization" => device::authorization(app, request).await,
        "GET /oauth2/device" => Ok(device::form(app, request)),
        "POST /oauth2/device" => device::confirm(app, request).await,
        "GET /oauth2/signed-in" => sessions::signed_in(app, request).await,
        "POST /oauth2/sign-out" => sessions::sign_out(app, request).await,
        _ => Err(PortalError::no_such_address()),
    }
}

/// A page for people, JSON for programs.
fn refused(route: &str, error: &PortalError) -> Reply {
    let for_programs = ["/token", "/revoke", "/device_authorization", ".json"];
    if for_programs.iter().any(|end| route.ends_with(end)) {
        let body = serde_json::json!({ "error": "temporarily_unavailable", "error_description": error.message });
        return Reply::json(error.status, &body);
    }
    Reply::error(error)
}
