//! The routes, and what happens around each request.

use std::time::Instant;

use events::{HttpRequest, HttpResponse};
use serde_json::Value;
use tenancy::Timestamp;

use crate::{
    app::App, asked::Asked, authorize, begin, callback, consent, device, key_set, reply::Reply,
    sessions, shallow::shallow, token, trouble::Trouble,
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
        return Reply::trouble(&Trouble::new(400, "The request cannot be read.")).into();
    };
    let (id, route) = (
        request.request_context.request_id.clone(),
        request.route_key.clone(),
    );
    let reply = match Asked::of(request, now) {
        Ok(asked) => shallow(answer(app, &asked)).await,
        Err(trouble) => Err(trouble),
    };
    let reply = reply.unwrap_or_else(|trouble| refused(&route, &trouble));
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

async fn answer(app: &App, asked: &Asked) -> Result<Reply, Trouble> {
    match asked.route.as_str() {
        "GET /" => begin::start(app, asked, None).await,
        "GET /{slug}" => {
            let slug = asked.slug.clone().ok_or_else(Trouble::nobody)?;
            begin::start(app, asked, Some(slug)).await
        }
        "GET /.well-known/openid-configuration" => Ok(key_set::discovery(app)),
        "GET /oauth2/jwks.json" => key_set::key_set(app).await,
        "GET /oauth2/authorize" => authorize::authorize(app, asked).await,
        "GET /oauth2/callback" | "GET /oauth2/callback/{slug}" => {
            callback::callback(app, asked).await
        }
        "POST /oauth2/consent" => consent::decide(app, asked).await,
        "POST /oauth2/token" => token::token(app, asked).await,
        "POST /oauth2/revoke" => sessions::revoke(app, asked).await,
        "POST /oauth2/device_authorization" => device::authorization(app, asked).await,
        "GET /oauth2/device" => Ok(device::form(app, asked)),
        "POST /oauth2/device" => device::confirm(app, asked).await,
        "GET /oauth2/signed-in" => sessions::signed_in(app, asked).await,
        "POST /oauth2/sign-out" => sessions::sign_out(app, asked).await,
        _ => Err(Trouble::nobody()),
    }
}

/// A page for people, JSON for programs.
fn refused(route: &str, trouble: &Trouble) -> Reply {
    let for_programs = ["/token", "/revoke", "/device_authorization", ".json"];
    if for_programs.iter().any(|end| route.ends_with(end)) {
        let body = serde_json::json!({ "error": "temporarily_unavailable", "error_description": trouble.sentence });
        return Reply::json(trouble.status, &body);
    }
    Reply::trouble(trouble)
}
