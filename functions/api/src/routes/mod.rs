//! The one table of routes: it makes the router and the OpenAPI document, and the template is tested against it.

mod access;
mod access_requests;
mod account_sessions;
mod credentials;
mod identity_provider;
mod installation;
mod parameters;
mod people;
mod posture;
mod tenants;
mod work;

use axum::{Extension, Router, middleware::from_fn_with_state, routing::MethodRouter};
use schemars::{Schema, SchemaGenerator};
use tenantry_aws::{account_sessions::SessionOpener, key_reader::KeyReader};

use crate::{App, authorization, frame};

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One route.
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path, with parameters in braces.
    pub path: &'static str,
    /// Its name in the OpenAPI document.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Whether anybody may call it.
    pub open: bool,
    /// What it acts on: with its name, what is decided about.
    pub on: On,
    /// Parameters of the query and headers.
    pub params: &'static [Param],
    /// The body it takes.
    pub body: Option<SchemaOf>,
    /// Whether its answers carry an `ETag`.
    pub etag: bool,
    /// What it answers when it refuses nothing.
    pub answers: &'static [(u16, &'static str, SchemaOf)],
    handler: fn() -> MethodRouter<App>,
}

impl Route {
    /// The route as API Gateway names it, such as `GET /v1/tenants/{id}`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What an operation acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Nothing that is anybody's: it is open.
    Nothing,
    /// The installation.
    Installation,
    /// The tenant `{id}` of the path.
    Tenant,
    /// The tenant of the operation `{id}` of the path.
    Operation,
    /// The project `{slug}` of the tenant `{id}` of the path.
    Project,
}

/// A parameter of the query, or a header.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// `query` or `header`.
    pub place: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it may be.
    pub schema: SchemaOf,
}

const TABLES: [&[Route]; 9] = [
    tenants::ROUTES,
    work::ROUTES,
    access::ROUTES,
    access_requests::ROUTES,
    account_sessions::ROUTES,
    identity_provider::ROUTES,
    people::ROUTES,
    posture::ROUTES,
    installation::ROUTES,
];

/// Every route there is.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    let by_others = [credentials::ROUTES, account_sessions::OPENING];
    TABLES.into_iter().chain(by_others).flatten()
}

/// What the function `api` answers: everything but what goes out of tenants' accounts.
pub fn router(app: App) -> Router {
    let own = TABLES.into_iter().flatten();
    routed(own, app)
}

/// What the function `credentials` answers.
pub fn credentials_router(app: App, reader: KeyReader) -> Router {
    routed(credentials::ROUTES.iter(), app).layer(Extension(reader))
}

/// What the function `access` answers.
pub fn access_router(app: App, opener: SessionOpener) -> Router {
    routed(account_sessions::OPENING.iter(), app).layer(Extension(opener))
}

fn routed(routes: impl Iterator<Item = &'static Route>, app: App) -> Router {
    routes
        .fold(Router::new(), |router, route| {
            router.route(route.path, (route.handler)())
        })
        .layer(from_fn_with_state(app.clone(), authorization::authorize))
        .layer(from_fn_with_state(app.clone(), frame::frame))
        .with_state(app)
}

/// Whether anybody may call this path.
pub(crate) fn is_open(path: &str) -> bool {
    routes().any(|route| route.open && route.path == path)
}
