//! The one table of routes: it makes the router and the OpenAPI document, and the template is tested against it.

use api_types::{
    AcceptedView, CreationLimitsView, CreationsRequest, DeadLetterView, DeadLettersView,
    HealthView, HistoryView, LimitsView, OperationView, PageView, PlanView, PreviewView,
    TenantView,
};
use axum::{
    Router,
    middleware::from_fn,
    routing::{MethodRouter, delete, get, patch, post, put},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use tenancy::{
    Blueprint, BlueprintRef, Finding, FindingState, Operation, Phase, Severity, Slug, Spec,
};

use crate::{
    App, blueprints, dead_letters, findings, frame, health, history, limits, operations, plan,
    tenants,
};

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

fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

const fn query(name: &'static str, about: &'static str, schema: SchemaOf) -> Param {
    Param {
        name,
        place: "query",
        about,
        schema,
    }
}

const LIMIT: Param = query(
    "limit",
    "Items on a page; 50 unless given.",
    |_| json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }),
);
const CURSOR: Param = query(
    "cursor",
    "The `nextCursor` of the previous page of the same list.",
    |_| json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,2048}$" }),
);
const KEY: Param = Param {
    name: "Idempotency-Key",
    place: "header",
    about: "Makes the request safe to repeat for 24 hours.",
    schema: |_| json_schema!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" }),
};
const IF_MATCH: Param = Param {
    name: "If-Match",
    place: "header",
    about: "The ETag of the tenant as the caller knows it; refused with 412 when the tenant has changed since.",
    schema: version,
};

/// A version as an `ETag` writes it, or any.
fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^(\\*|\"(0|[1-9][0-9]*)\")$" })
}

/// Every route there is.
pub const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/tenants",
        name: "createTenant",
        about: "Request a tenant. Its account is created in the background; poll the operation.",
        open: false,
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
            LIMIT,
            CURSOR,
        ],
        body: None,
        etag: false,
        answers: &[(200, "A page of tenants.", of::<PageView<TenantView>>)],
        handler: || get(tenants::list),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}",
        name: "getTenant",
        about: "Show a tenant, by id or slug.",
        open: false,
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
        about: "Change the desired spec of a tenant: a JSON merge patch. Slug and blueprint name are fixed.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: Some(of::<serde_json::Map<String, serde_json::Value>>),
        etag: true,
        answers: &[
            (202, "The change is recorded.", of::<AcceptedView>),
            (200, "There was nothing to change.", of::<AcceptedView>),
        ],
        handler: || patch(tenants::change),
    },
    Route {
        method: "DELETE",
        path: "/v1/tenants/{id}",
        name: "deleteTenant",
        about: "Delete a tenant and close its account. This cannot be undone.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: true,
        answers: &[(202, "The tenant is leaving.", of::<AcceptedView>)],
        handler: || delete(tenants::remove),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/history",
        name: "getHistory",
        about: "Show the hash-chained history of a tenant, oldest first.",
        open: false,
        params: &[LIMIT, CURSOR],
        body: None,
        etag: false,
        answers: &[(200, "A page of the history.", of::<HistoryView>)],
        handler: || get(history::history),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/audits",
        name: "startAudit",
        about: "Audit a tenant for drift.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: false,
        answers: &[(202, "The audit is requested.", of::<AcceptedView>)],
        handler: || post(tenants::audit),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/findings",
        name: "listFindings",
        about: "List the findings of a tenant.",
        open: false,
        params: &[
            query("state", "`open` unless given; `all` for both.", |schemas| {
                let _ = schemas.subschema_for::<FindingState>();
                json_schema!({ "type": "string", "enum": ["open", "resolved", "all"] })
            }),
            query("severity", "Only findings of this severity.", |schemas| {
                let _ = schemas.subschema_for::<Severity>();
                json_schema!({ "type": "string", "enum": ["low", "medium", "high", "critical"] })
            }),
            LIMIT,
            CURSOR,
        ],
        body: None,
        etag: false,
        answers: &[(200, "A page of findings.", of::<PageView<Finding>>)],
        handler: || get(findings::findings),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/repair",
        name: "startRepair",
        about: "Repair the drift of a tenant.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: false,
        answers: &[(202, "The repair is requested.", of::<AcceptedView>)],
        handler: || post(tenants::repair),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/retry",
        name: "retryTenant",
        about: "Retry a tenant now, such as after a person resolved what it was parked for.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: true,
        answers: &[(202, "The tenant is due.", of::<AcceptedView>)],
        handler: || post(tenants::retry),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/plan",
        name: "getPlan",
        about: "Show what would be changed in a tenant, from the last observation.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The plan.", of::<PlanView>)],
        handler: || get(plan::show),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/operations",
        name: "listOperations",
        about: "List the operations of a tenant, newest first.",
        open: false,
        params: &[LIMIT, CURSOR],
        body: None,
        etag: false,
        answers: &[(200, "A page of operations.", of::<PageView<Operation>>)],
        handler: || get(operations::list),
    },
    Route {
        method: "GET",
        path: "/v1/operations/{id}",
        name: "getOperation",
        about: "Show an operation and its progress.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The operation.", of::<OperationView>)],
        handler: || get(operations::show),
    },
    Route {
        method: "GET",
        path: "/v1/blueprints",
        name: "listBlueprints",
        about: "List the blueprints.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The blueprints.", of::<PageView<Blueprint>>)],
        handler: || get(blueprints::list),
    },
    Route {
        method: "GET",
        path: "/v1/blueprints/{name}",
        name: "getBlueprint",
        about: "Show a blueprint by name (its newest version) or by name and version, such as `standard@1.0.0`.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The blueprint.", of::<Blueprint>)],
        handler: || get(blueprints::show),
    },
    Route {
        method: "GET",
        path: "/v1/dead-letters",
        name: "listDeadLetters",
        about: "List the dead letters of the work queues, oldest first.",
        open: false,
        params: &[
            query("queue", "Only those of this work queue.", |schemas| {
                let _ = schemas;
                json_schema!({ "type": "string", "enum": ["onboard", "audit", "offboard"] })
            }),
            LIMIT,
            CURSOR,
        ],
        body: None,
        etag: false,
        answers: &[(200, "A page of messages.", of::<DeadLettersView>)],
        handler: || get(dead_letters::list),
    },
    Route {
        method: "GET",
        path: "/v1/dead-letters/{id}",
        name: "getDeadLetter",
        about: "Show a dead letter.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The message.", of::<DeadLetterView>)],
        handler: || get(dead_letters::show),
    },
    Route {
        method: "POST",
        path: "/v1/dead-letters/{id}/retry",
        name: "retryDeadLetter",
        about: "Send a message back to its work queue.",
        open: false,
        params: &[KEY],
        body: None,
        etag: false,
        answers: &[(
            202,
            "The message is in the work queue again.",
            of::<DeadLetterView>,
        )],
        handler: || post(dead_letters::retry),
    },
    Route {
        method: "GET",
        path: "/v1/limits",
        name: "getLimits",
        about: "Show the limits of the organization and their use: creations, closures, budget, switch, circuit breaker, rates of calls.",
        open: false,
        params: &[query(
            "limit",
            "Entries of each queue to show; 20 unless given. The total is shown in any case.",
            |_| json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }),
        )],
        body: None,
        etag: true,
        answers: &[(200, "The limits.", of::<LimitsView>)],
        handler: || get(limits::show),
    },
    Route {
        method: "PUT",
        path: "/v1/limits/creations",
        name: "setCreations",
        about: "Stop or start creations of accounts, and set another creation budget. Waiting tenants keep their position.",
        open: false,
        params: &[Param {
            name: "If-Match",
            place: "header",
            about: "The ETag of the limits as the caller knows them; refused with 412 when the switch or the budget has changed since.",
            schema: version,
        }],
        body: Some(of::<CreationsRequest>),
        etag: true,
        answers: &[(200, "Creations after the change.", of::<CreationLimitsView>)],
        handler: || put(limits::set),
    },
    Route {
        method: "GET",
        path: "/v1/health",
        name: "getHealth",
        about: "Report whether the API is up and its ledger is available.",
        open: true,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "All checks passed.", of::<HealthView>)],
        handler: || get(health::health),
    },
    Route {
        method: "GET",
        path: "/v1/openapi.json",
        name: "getOpenapi",
        about: "This document.",
        open: false,
        params: &[],
        body: None,
        etag: false,
        answers: &[(
            200,
            "An OpenAPI 3.1 document.",
            of::<serde_json::Map<String, serde_json::Value>>,
        )],
        handler: || get(health::openapi),
    },
];

/// The whole API.
pub fn router(app: App) -> Router {
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| {
            router.route(route.path, (route.handler)())
        })
        .layer(from_fn(frame::frame))
        .with_state(app)
}

/// Whether anybody may call this path.
pub(crate) fn is_open(path: &str) -> bool {
    ROUTES.iter().any(|route| route.open && route.path == path)
}
