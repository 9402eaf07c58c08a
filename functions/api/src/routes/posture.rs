//! Routes of findings over all tenants, of posture, suppressions and reports.

use api_types::{
    FindingsView, PageView, PostureSummaryView, PostureView, ReportView, SuppressionView,
};
use axum::routing::{delete, get, put};
use schemars::json_schema;
use tenancy::{ComponentName, ControlId, suppression::NewSuppression};

use super::{
    On, Param, Route,
    parameters::{CURSOR, KEY, LIMIT, of, query},
};
use crate::{findings, posture, reports, suppressions};

/// Which findings.
pub(super) const STATE: Param = query(
    "state",
    "`open` unless given; `all` for both.",
    |_| json_schema!({ "type": "string", "enum": ["open", "resolved", "all"] }),
);
pub(super) const SEVERITY: Param = query(
    "severity",
    "Only findings of this severity.",
    |_| json_schema!({ "type": "string", "enum": ["low", "medium", "high", "critical"] }),
);
pub(super) const CONTROL: Param =
    query("control", "Only findings of this control.", of::<ControlId>);
pub(super) const COMPONENT: Param = query(
    "component",
    "Only findings of this component.",
    of::<ComponentName>,
);
pub(super) const SUPPRESSED: Param = query(
    "suppressed",
    "Whether suppressed findings are shown too, each with what suppresses it.",
    |_| json_schema!({ "type": "boolean" }),
);
const SUPPRESSIONS: &str = "/v1/tenants/{id}/suppressions";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/findings",
        name: "listAllFindings",
        about: "List the findings of all tenants whose findings the caller may see, the oldest tenant first. A page may be short although there are more.",
        open: false,
        on: On::Installation,
        params: &[
            STATE,
            SEVERITY,
            CONTROL,
            COMPONENT,
            query(
                "tenant",
                "Only those of this tenant, by id or slug.",
                |_| json_schema!({ "type": "string", "minLength": 3, "maxLength": 40, "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$" }),
            ),
            SUPPRESSED,
            LIMIT,
            CURSOR,
        ],
        body: None,
        etag: false,
        answers: &[(200, "A page of findings.", of::<FindingsView>)],
        handler: || get(findings::all),
    },
    Route {
        method: "GET",
        path: "/v1/posture",
        name: "listPosture",
        about: "List the posture of all tenants whose posture the caller may see, as their last passes recorded it, the oldest tenant first.",
        open: false,
        on: On::Installation,
        params: &[LIMIT, CURSOR],
        body: None,
        etag: false,
        answers: &[(
            200,
            "A page of tenants.",
            of::<PageView<PostureSummaryView>>,
        )],
        handler: || get(posture::list),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/posture",
        name: "getPosture",
        about: "Show the posture of a tenant: its score, and what each control comes to; now, or as it was on a day.",
        open: false,
        on: On::Tenant,
        params: &[query(
            "on",
            "A day (UTC), today or before, such as `2026-11-26`.",
            |_| json_schema!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        )],
        body: None,
        etag: false,
        answers: &[(200, "The posture.", of::<PostureView>)],
        handler: || get(posture::show),
    },
    Route {
        method: "GET",
        path: SUPPRESSIONS,
        name: "listSuppressions",
        about: "List what is suppressed in a tenant, and what was until a month ago, unless it was ended.",
        open: false,
        on: On::Tenant,
        params: &[],
        body: None,
        etag: false,
        answers: &[(200, "All suppressions.", of::<PageView<SuppressionView>>)],
        handler: || get(suppressions::list),
    },
    Route {
        method: "PUT",
        path: SUPPRESSIONS,
        name: "suppressFinding",
        about: "Suppress the findings of a control, or the one at a resource, until a time: it is hidden from the score and from lists, and found and repaired as before.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: Some(of::<NewSuppression>),
        etag: false,
        answers: &[(200, "The suppression.", of::<SuppressionView>)],
        handler: || put(suppressions::set),
    },
    Route {
        method: "DELETE",
        path: "/v1/tenants/{id}/suppressions/{suppression}",
        name: "endSuppression",
        about: "End a suppression: its findings count again.",
        open: false,
        on: On::Tenant,
        params: &[KEY],
        body: None,
        etag: false,
        answers: &[(
            200,
            "The suppressions that are left.",
            of::<PageView<SuppressionView>>,
        )],
        handler: || delete(suppressions::end),
    },
    Route {
        method: "GET",
        path: "/v1/tenants/{id}/report",
        name: "getReport",
        about: "Make a report of a tenant's posture as a file. Its digest is recorded in the tenant's history, so that a changed one is recognised.",
        open: false,
        on: On::Tenant,
        params: &[query(
            "format",
            "`json` unless given.",
            |_| json_schema!({ "type": "string", "enum": ["html", "json", "csv", "ocsf"] }),
        )],
        body: None,
        etag: false,
        answers: &[(200, "The report.", of::<ReportView>)],
        handler: || get(reports::make),
    },
];
