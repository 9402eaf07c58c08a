//! Routes of requests for access: who asks, and who decides.

use api_types::PageView;
use axum::routing::{get, post};
use schemars::json_schema;
use tenancy::access::{AccessRequest, DenyAccessRequest, NewAccessRequest};

use super::{
    On, Param, Route,
    parameters::{CURSOR, KEY, LIMIT, of, query},
};
use crate::access_requests;

const STATE: Param = query(
    "state",
    "Only requests in this state.",
    |_| json_schema!({ "enum": ["pending", "approved", "denied", "canceled", "expired"] }),
);

const PATH: &str = "/v1/tenants/{id}/access-requests";
const ONE: &str = "/v1/tenants/{id}/access-requests/{request}";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: PATH,
        name: "requestAccess",
        about: "Ask for a role in a tenant, or in a project of it, for a time. Where nobody has to approve, it is granted at once.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: Some(of::<NewAccessRequest>),
        etag: false,
        answers: &[(201, "The request.", of::<AccessRequest>)],
        handler: || post(access_requests::request_access),
    },
    Route {
        method: "GET",
        path: PATH,
        name: "listAccessRequests",
        about: "List the requests for access to a tenant within the last 90 days, by id; one's own, where the caller may not list grants.",
        open: false,
        on: On::Tenant,
        params: &[STATE, LIMIT, CURSOR],
        body: None,
        etag: false,
        answers: &[(200, "A page of requests.", of::<PageView<AccessRequest>>)],
        handler: || get(access_requests::list),
    },
    Route {
        method: "GET",
        path: ONE,
        name: "getAccessRequest",
        about: "Show a request for access to a tenant; one's own, where the caller may not list grants.",
        open: false,
        on: On::Tenant,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The request.", of::<AccessRequest>)],
        handler: || get(access_requests::show),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/access-requests/{request}/approve",
        name: "approveAccessRequest",
        about: "Approve a request of somebody else for a role that the caller could give. With the last approval that is needed it becomes a grant.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: None,
        etag: false,
        answers: &[(200, "The request after the approval.", of::<AccessRequest>)],
        handler: || post(access_requests::approve),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/access-requests/{request}/deny",
        name: "denyAccessRequest",
        about: "Deny a request of somebody else for a role that the caller could give.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: Some(of::<DenyAccessRequest>),
        etag: false,
        answers: &[(200, "The request, denied.", of::<AccessRequest>)],
        handler: || post(access_requests::deny),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/access-requests/{request}/cancel",
        name: "cancelAccessRequest",
        about: "Take back a request of one's own that is pending.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: None,
        etag: false,
        answers: &[(200, "The request, canceled.", of::<AccessRequest>)],
        handler: || post(access_requests::cancel),
    },
];
