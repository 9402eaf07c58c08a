//! Routes of the installation: blueprints, dead letters, limits and itself.

use api_types::{
    CreationLimitsView, CreationsRequest, DeadLetterView, DeadLettersView, HealthView, LimitsView,
    PageView,
};
use axum::routing::{get, post, put};
use schemars::json_schema;
use tenancy::Blueprint;

use super::{
    Param, Route,
    parameters::{CURSOR, KEY, LIMIT, of, query, version},
};
use crate::{blueprints, dead_letters, health, limits};

pub(super) const ROUTES: &[Route] = &[
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
