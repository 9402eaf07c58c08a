//! Routes of tenants: ask for one, list them, show, change and delete one.

use api_types::{
    AcceptedView, PageView, PreviewView, TenantSummaryView, TenantView, UnchangedView,
};
use axum::routing::{delete, get, patch, post, put};
use schemars::json_schema;
use tenancy::{BlueprintRef, GroupName, Phase, Slug, Spec, spec::Budget};

use super::{
    On, Route,
    parameters::{CURSOR, IF_MATCH, KEY, LIMIT, of, query},
};
use crate::tenants;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/tenants",
        name: "createTenant",
        about: "Request a tenant. Its account is created in the background; poll the operation.",
        open: false,
        on: On::Installation,
        params: &[
            KEY,
            query(
                "dry-run",
                "Only show what would be created; write nothing.",
                of::<bool>,
            ),
        ],
        body: Some(of::<Spec>),
        etag: true,
        answers: &[
            (202, "The tenant is recorded.", of::<AcceptedView>),
            (
                200,
                "With `dry-run`: what would be created.",
                of::<PreviewView>,
            ),
        ],
        handler: || post(tenants::create),
    },
    Route {
        method: "GET",
        path: "/v1/tenants",
        name: "listTenants",
        about: "List tenants, oldest first, deleted ones included.",
        open: false,
        on: On::Installation,
        params: &[
            query(
                "phase",
                "Only tenants in this phase.",
                |_| json_schema!({ "type": "string", "enum": Phase::ALL.map(Phase::as_str) }),
            ),
            query(
                "blueprint",
                "Only tenants of this blueprint; any version if it names none.",
                of::<BlueprintRef>,
            ),
            query(
                "tag",
                "Only tenants with this tag, as `key=value`; where there is no `=`, the first colon separates.",
                |_| json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9 _.:/+@-]+[=:][A-Za-z0-9 _.:/=+@-]*$" }),
            ),
            query("slug", "Only tenants with this slug.", of::<Slug>),
            query("group", "Only tenants of this group.", of::<GroupName>),
            LIMIT,
            CURSOR,
        ],
        body: None,
        etag: false,
        answers: &[(200, "A page of tenants.", of::<PageView<TenantSummaryView>>)],
        handler: || get(tenants::list),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}",
        name: "getTenant",
        about: "Show a tenant, by id or slug.",
        open: false,
        on: On::Tenant,
        params: &[],
        body: None,
        etag: true,
        answers: &[(200, "The tenant.", of::<TenantView>)],
        handler: || get(tenants::show),
    },
    Route {
        method: "PATCH",
        path: "/v1/tenants/{id}",
        name: "changeTenant",
        about: "Change the desired spec of a tenant: a JSON merge patch. The slug is fixed.",
        open: false,
        on: On::Tenant,
        params: &[
            KEY,
            IF_MATCH,
            query(
                "dry-run",
                "Only show what would be changed; write nothing.",
                of::<bool>,
            ),
        ],
        body: Some(of::<serde_json::Map<String, serde_json::Value>>),
        etag: true,
        answers: &[
            (202, "The change is recorded.", of::<AcceptedView>),
            (
                200,
                "There was nothing to change; or, with `dry-run`: what would be changed.",
                of::<UnchangedView>,
            ),
        ],
        handler: || patch(tenants::change),
    },
    Route {
        method: "DELETE",
        path: "/v1/tenants/{id}",
        name: "deleteTenant",
        about: "Delete a tenant and close its account. This cannot be undone.",
        open: false,
        on: On::Tenant,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: true,
        answers: &[(202, "The tenant is leaving.", of::<AcceptedView>)],
        handler: || delete(tenants::remove),
    },
    Route {
        method: "PUT",
        path: "/v1/tenants/{id}/budget",
        name: "setBudget",
        about: "Set what a tenant may cost in a month before its billing contact is told, as the field `budget` of its spec.",
        open: false,
        on: On::Tenant,
        params: &[KEY, IF_MATCH],
        body: Some(of::<Budget>),
        etag: true,
        answers: &[
            (202, "The change is recorded.", of::<AcceptedView>),
            (200, "There was nothing to change.", of::<AcceptedView>),
        ],
        handler: || put(tenants::set_budget),
    },
    Route {
        method: "DELETE",
        path: "/v1/tenants/{id}/budget",
        name: "removeBudget",
        about: "Return a tenant to the budget of its blueprint, which may be none.",
        open: false,
        on: On::Tenant,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: true,
        answers: &[
            (202, "The change is recorded.", of::<AcceptedView>),
            (200, "There was nothing to change.", of::<AcceptedView>),
        ],
        handler: || delete(tenants::remove_budget),
    },
];
