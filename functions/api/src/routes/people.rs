//! Routes of people who have signed in.

use axum::routing::post;
use tenancy::session::{EndSessions, SessionsEnded};

use super::{
    On, Route,
    parameters::{KEY, of},
};
use crate::sessions;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/people/end-sessions",
        name: "endSessions",
        about: "End all sessions of a person of the installation's identity provider, within a minute.",
        open: false,
        on: On::Installation,
        params: &[KEY],
        body: Some(of::<EndSessions>),
        etag: false,
        answers: &[(
            200,
            "What has begun until then has ended.",
            of::<SessionsEnded>,
        )],
        handler: || post(sessions::end),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/people/end-sessions",
        name: "endTenantSessions",
        about: "End all sessions of a person of a tenant's identity provider, within a minute.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: Some(of::<EndSessions>),
        etag: false,
        answers: &[(
            200,
            "What has begun until then has ended.",
            of::<SessionsEnded>,
        )],
        handler: || post(sessions::end_in_tenant),
    },
];
