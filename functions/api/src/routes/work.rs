//! Routes of what is done to a tenant, and what is known of it.

use api_types::{AcceptedView, HistoryView, OperationView, PageView, PlanView};
use axum::routing::{get, post};
use schemars::json_schema;
use tenancy::{Finding, FindingState, Operation, Region, Severity};

use super::{
    On, Route,
    parameters::{CURSOR, IF_MATCH, KEY, LIMIT, of, query},
};
use crate::{findings, history, key_pair, operations, plan, tenants};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/history",
        name: "getHistory",
        about: "Show the hash-chained history of a tenant, oldest first.",
        open: false,
        on: On::Tenant,
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
        on: On::Tenant,
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
        on: On::Tenant,
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
        on: On::Tenant,
        params: &[KEY, IF_MATCH],
        body: None,
        etag: false,
        answers: &[(202, "The repair is requested.", of::<AcceptedView>)],
        handler: || post(tenants::repair),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/key-pair/rotate",
        name: "rotateKeyPair",
        about: "Replace the private key of a tenant's key pair. Machines that were launched before keep trusting the old one.",
        open: false,
        on: On::Tenant,
        params: &[
            KEY,
            IF_MATCH,
            query(
                "region",
                "Only the key pair of this Region; that of each Region unless given.",
                of::<Region>,
            ),
        ],
        body: None,
        etag: false,
        answers: &[(202, "The rotation is requested.", of::<AcceptedView>)],
        handler: || post(key_pair::rotate),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/retry",
        name: "retryTenant",
        about: "Retry a tenant now, such as after a person resolved what it was parked for.",
        open: false,
        on: On::Tenant,
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
        on: On::Tenant,
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
        on: On::Tenant,
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
        on: On::Operation,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "The operation.", of::<OperationView>)],
        handler: || get(operations::show),
    },
];
