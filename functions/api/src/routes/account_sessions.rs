//! Routes of sessions in tenants' accounts. The function `access` alone opens them; the function `api` lists them.

use api_types::{AccountSessionView, PageView};
use axum::routing::{get, post};
use tenancy::access::{AccountSession, NewAccountSession};

use super::{
    On, Route,
    parameters::{CURSOR, LIMIT, of},
};
use crate::account_sessions;

const PATH: &str = "/v1/tenants/{id}/sessions";

/// What the function `access` answers.
pub(super) const OPENING: &[Route] = &[Route {
    method: "POST",
    path: PATH,
    name: "openSession",
    about: "Open a session in a tenant's AWS account, as what the caller may be there. Who was given one is on record.",
    open: false,
    on: On::Tenant,
    params: &[],
    body: Some(of::<NewAccountSession>),
    etag: false,
    answers: &[(
        200,
        "The session, with its credentials.",
        of::<AccountSessionView>,
    )],
    handler: || post(account_sessions::open),
}];

/// What the function `api` answers.
pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: PATH,
    name: "listSessions",
    about: "List the sessions that were opened in a tenant's AWS account within the last 90 days, newest first.",
    open: false,
    on: On::Tenant,
    params: &[LIMIT, CURSOR],
    body: None,
    etag: false,
    answers: &[(
        200,
        "A page of sessions, without credentials.",
        of::<PageView<AccountSession>>,
    )],
    handler: || get(account_sessions::list),
}];
