//! The one table of routes: it makes the router and the OpenAPI document, and the template is tested against it.

use axum::{
    Router,
    middleware::from_fn,
    routing::{MethodRouter, delete, get, patch, post, put},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use tenancy::{Blueprint, Finding, FindingState, Operation, Phase, Severity, Spec};

use crate::{
    App, blueprints,
    dead_letters::{self, DeadLetterView, DeadLettersView},
    findings, frame, health, history,
    limits::{self, CreationLimitsView, CreationsWish, LimitsView},
    operations, plan, tenants,
    views::{
        AcceptedView, HealthView, HistoryView, OperationView, PageView, PlanView, PreviewView,
        TenantView,
    },
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
    /// What it answers when it refuses nothing.
    pub answers: &'static [(u16, &'static str, SchemaOf)],
    handler: fn() -> MethodRouter<App>,
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
    "The `nextCursor` of an answer to the same question.",
    of::<String>,
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
    about: "The ETag of the tenant as the caller knows it; refused with 412 when the tenant has changed.",
    schema: of::<String>,
};

/// Every route there is.
pub const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/tenants",
        name: "createTenant",
        about: "Ask for a tenant. Its account is made in the background; follow the operation.",
        open: false,
        params: &[
            KEY,
            query(
                "dry-run",
                "Only say what the spec would come to; write nothing.",
                of::<bool>,
            ),
        ],
        body: Some(of::<Spec>),
        answers: &[
            (202, "The tenant is recorded.", of::<AcceptedView>),
            (
                200,
                "With `dry-run`: what would be done.",
                of::<PreviewView>,
            ),
        ],
        handler: || post(tenants::create),
    },
    Route {
        method: "GET",
        path: "/v1/tenants",
        name: "listTenants",
        about: "List tenants, oldest first, tombstones included.",
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
                of::<String>,
            ),
            query(
                "tag",
                "Only tenants with this tag, as `key:value`.",
                of::<String>,
            ),
            query("slug", "Only tenants with this slug.", of::<String>),
            LIMIT,
            CURSOR,
        ],
        body: None,
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
        answers: &[(200, "The tenant.", of::<TenantView>)],
        handler: || get(tenants::show),
    },
    Route {
        method: "PATCH",
        path: "/v1/tenants/{id}",
        name: "changeTenant",
        about: "Change what is wanted of a tenant: a JSON merge patch of its spec. Slug and blueprint name are fixed.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: Some(of::<serde_json::Map<String, serde_json::Value>>),
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
        about: "Take a tenant away and close its account. There is no way back.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
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
        answers: &[(200, "A page of the history.", of::<HistoryView>)],
        handler: || get(history::history),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/audits",
        name: "startAudit",
        about: "Look for drift in a tenant.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        answers: &[(202, "The audit is asked for.", of::<AcceptedView>)],
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
        answers: &[(200, "A page of findings.", of::<PageView<Finding>>)],
        handler: || get(findings::findings),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/repair",
        name: "startRepair",
        about: "Put a tenant right.",
        open: false,
        params: &[KEY, IF_MATCH],
        body: None,
        answers: &[(202, "The repair is asked for.", of::<AcceptedView>)],
        handler: || post(tenants::repair),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/retry",
        name: "retryTenant",
        about: "Try a tenant again now, such as after a person removed what it was parked for.",
        open: false,
        params: &[],
        body: None,
        answers: &[(202, "The tenant is due.", of::<AcceptedView>)],
        handler: || post(tenants::retry),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/plan",
        name: "getPlan",
        about: "Show what would change in a tenant as last seen.",
        open: false,
        params: &[],
        body: None,
        answers: &[(200, "The plan.", of::<PlanView>)],
        handler: || get(plan::show),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/operations",
        name: "listOperations",
        about: "List the operations of a tenant, newest first.",
        open: false,
        params: &[],
        body: None,
        answers: &[(200, "The operations.", of::<PageView<Operation>>)],
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
        answers: &[(200, "The blueprint.", of::<Blueprint>)],
        handler: || get(blueprints::show),
    },
    Route {
        method: "GET",
        path: "/v1/dead-letters",
        name: "listDeadLetters",
        about: "List the messages that the work queues gave up on, oldest first.",
        open: false,
        params: &[
            query("queue", "Only those of this work queue.", |schemas| {
                let _ = schemas;
                json_schema!({ "type": "string", "enum": ["onboard", "audit", "offboard"] })
            }),
            LIMIT,
        ],
        body: None,
        answers: &[(200, "The messages.", of::<DeadLettersView>)],
        handler: || get(dead_letters::list),
    },
    Route {
        method: "GET",
        path: "/v1/dead-letters/{id}",
        name: "getDeadLetter",
        about: "Show a message that a work queue gave up on.",
        open: false,
        params: &[],
        body: None,
        answers: &[(200, "The message.", of::<DeadLetterView>)],
        handler: || get(dead_letters::show),
    },
    Route {
        method: "POST",
        path: "/v1/dead-letters/{id}/retry",
        name: "retryDeadLetter",
        about: "Send a message back to the work queue that gave it up.",
        open: false,
        params: &[],
        body: None,
        answers: &[(202, "It is in the work queue again.", of::<DeadLetterView>)],
        handler: || post(dead_letters::retry),
    },
    Route {
        method: "GET",
        path: "/v1/limits",
        name: "getLimits",
        about: "Show the limits of the organization: creations, closures, budget, switch, calls.",
        open: false,
        params: &[query(
            "limit",
            "Places of each line to show; 20 unless given. How many wait is shown in any case.",
            |_| json_schema!({ "type": "integer", "minimum": 1, "maximum": 100 }),
        )],
        body: None,
        answers: &[(200, "The limits.", of::<LimitsView>)],
        handler: || get(limits::show),
    },
    Route {
        method: "PUT",
        path: "/v1/limits/creations",
        name: "turnCreations",
        about: "Turn creations off or on again, and set another creation budget. Who waits keeps its place.",
        open: false,
        params: &[Param {
            name: "If-Match",
            place: "header",
            about: "The ETag of the limits as the caller knows them; refused with 412 when the switch was turned since.",
            schema: of::<String>,
        }],
        body: Some(of::<CreationsWish>),
        answers: &[(200, "How creations stand now.", of::<CreationLimitsView>)],
        handler: || put(limits::turn),
    },
    Route {
        method: "GET",
        path: "/v1/health",
        name: "getHealth",
        about: "Say whether the API is up and its ledger answers.",
        open: true,
        params: &[],
        body: None,
        answers: &[(200, "All is well.", of::<HealthView>)],
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
