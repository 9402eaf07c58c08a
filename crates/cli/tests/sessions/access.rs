//! Sessions about who may do what.

use serde_json::json;

use crate::{
    mock::answer,
    session::{tenantry, tenantry_with},
};

const GRANT: &str = "g-mfxgi4tfmrwwk3tu";
const TENANT: &str = "t-mfxgi4tfmrwwk3tu";

#[test]
fn a_grant_is_given_with_its_reason_and_shown() {
    let group = format!("group:{TENANT}:developers");
    let grant = json!({
        "id": GRANT, "principal": group, "role": "developer", "scope": TENANT, "reason": "they work there",
        "grantedBy": "arn:aws:iam::111111111111:user/ann", "grantedAt": "2026-11-20T08:00:00Z"
    });
    let arguments = [
        "access",
        "grant",
        &group,
        "developer",
        "--tenant",
        "acme",
        "--reason",
        "they work there",
        "--idempotency-key",
        "k-1",
    ];
    tenantry(arguments, vec![answer(201, &grant)])
        .run()
        .golden("access-grant");
    let list = json!({ "items": [grant] });
    tenantry(
        ["access", "list", "--tenant", "acme"],
        vec![answer(200, &list)],
    )
    .run()
    .golden("access-list");
}

#[test]
fn the_sessions_of_a_person_are_ended_where_the_person_is_from() {
    let ended = |person: &str| {
        json!({
            "principal": person, "reason": "a lost laptop", "endedBy": "arn:aws:iam::111111111111:user/ann",
            "endedAt": "2026-11-20T08:00:00Z"
        })
    };
    let person = format!("person:{TENANT}:https://id.acme.example#ann");
    let reason = ["--reason", "a lost laptop", "--idempotency-key", "k-1"];
    let command = |person| {
        let mut words = vec!["access", "end-sessions", person];
        words.extend(reason);
        words
    };
    tenantry_with(&command(&person), vec![answer(200, &ended(&person))])
        .run()
        .golden("access-end-sessions");
    let person = "person:installation:https://id.example#ann";
    let ran = tenantry_with(&command(person), vec![answer(200, &ended(person))]).run();
    assert!(ran.requests[0].target.ends_with("/v1/people/end-sessions"));
}

#[test]
fn a_decision_is_explained_in_words() {
    let machine = "arn:aws:iam::111111111111:role/ci";
    let view = json!({
        "principal": machine, "action": "startAudit", "resource": TENANT, "allowed": true, "policies": ["developer"],
        "because": [{ "role": "developer", "scope": TENANT, "grant": GRANT }], "wouldAllow": []
    });
    let arguments = ["access", "explain", machine, "startAudit", "acme"];
    let ran = tenantry(arguments, vec![answer(200, &view)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains(&format!("developer at {TENANT}, by grant {GRANT}"))
    );
}

#[test]
fn an_explanation_names_the_session_that_was_asked_about_and_what_a_blueprint_would_open() {
    let session = "arn:aws:sts::111111111111:assumed-role/ci/build-7";
    let view = json!({
        "principal": "arn:aws:iam::111111111111:role/ci", "reducedFrom": session, "action": "createProject",
        "resource": TENANT, "allowed": false, "policies": [], "because": [],
        "wouldAllow": [{ "role": "tenant-admin", "scope": TENANT, "ifOpened": "projects" }]
    });
    let arguments = ["access", "explain", session, "createProject", "acme"];
    let ran = tenantry(arguments, vec![answer(200, &view)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.requests[0].body.contains(session),
        "{}",
        ran.requests[0].body
    );
    let told = format!("tenant-admin at {TENANT}, once the blueprint opens projects");
    assert!(ran.stdout.contains(session) && ran.stdout.contains(&told));
}

#[test]
fn a_grant_in_a_project_is_requested_where_its_administrators_may_give_it() {
    let person = format!("person:{TENANT}:https://idp.example.com#bob");
    let grant = json!({
        "id": GRANT, "principal": person, "role": "project-developer", "scope": format!("{TENANT}/web"), "reason": "x",
        "grantedBy": "ann", "grantedAt": "2026-11-20T08:00:00Z"
    });
    let arguments = [
        "access",
        "grant",
        &person,
        "project-developer",
        "--tenant",
        "acme",
        "--project",
        "web",
        "--reason",
        "x",
    ];
    let ran = tenantry(arguments, vec![answer(201, &grant)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let target = "/v1/tenants/acme/projects/web/grants";
    assert!(
        ran.requests[0].target.ends_with(target),
        "{}",
        ran.requests[0].target
    );
}

#[test]
fn what_names_nobody_is_refused_before_anything_is_sent() {
    for principal in ["ann", "group:acme:devs", "arn:aws:iam::111111111111:role/*"] {
        let arguments = ["access", "grant", principal, "operator", "--reason", "x"];
        let ran = tenantry(arguments, Vec::new()).run();
        assert_eq!(ran.code, 2, "{principal}");
    }
}

#[test]
fn a_project_is_created_and_shown() {
    let project = json!({
        "slug": "web", "name": "Web shop", "budgetSharePercent": 40, "createdBy": "arn:aws:iam::111111111111:user/ann",
        "createdAt": "2026-11-20T08:00:00Z", "updatedAt": "2026-11-20T08:00:00Z"
    });
    let arguments = [
        "project",
        "create",
        "acme",
        "web",
        "--name",
        "Web shop",
        "--budget-share",
        "40",
        "--idempotency-key",
        "k-1",
    ];
    tenantry(arguments, vec![answer(201, &project)])
        .run()
        .golden("project-create");
}

#[test]
fn a_budget_is_set_and_taken_back_by_an_operation_of_its_own() {
    let nothing = json!({ "notes": [] });
    for (last, method, body) in [
        ("500", "PUT", r#"{"monthlyUsd":500}"#),
        ("--unset", "DELETE", ""),
    ] {
        let arguments = ["tenant", "budget", "acme", last];
        let ran = tenantry(arguments, vec![answer(200, &nothing)]).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let request = &ran.requests[0];
        assert_eq!(
            (request.method.as_str(), request.body.as_str()),
            (method, body)
        );
        assert!(request.target.ends_with("/v1/tenants/acme/budget"));
    }
    for arguments in [
        &["tenant", "budget", "acme"][..],
        &["tenant", "budget", "acme", "5", "--unset"],
    ] {
        let ran = tenantry_with(arguments, Vec::new()).run();
        assert_eq!(ran.code, 2);
    }
}

#[test]
fn access_is_requested_for_a_time_and_decided_by_another() {
    let requested = json!({
        "id": "r-mfxgi4tfmrwwk3tu", "tenantId": TENANT, "principal": format!("person:{TENANT}:https://id.acme.example#ann"),
        "name": "ann@acme.example", "requestedBy": "ann", "role": "tenant-admin", "scope": TENANT, "durationSecs": 7200,
        "reason": "the checkout is down", "ticket": "OPS-1", "approvalsNeeded": 1, "state": "pending",
        "requestedAt": "2026-11-20T08:00:00Z", "expiresAt": "2026-11-21T08:00:00Z"
    });
    let arguments = [
        "access",
        "request",
        "acme",
        "tenant-admin",
        "--for",
        "2h",
        "--reason",
        "the checkout is down",
        "--ticket",
        "OPS-1",
        "--idempotency-key",
        "k-1",
    ];
    tenantry(arguments, vec![answer(201, &requested)])
        .run()
        .golden("access-request");
    let list = json!({ "items": [requested] });
    tenantry(
        ["access", "requests", "acme", "--state", "pending"],
        vec![answer(200, &list)],
    )
    .run()
    .golden("access-requests");
    let mut denied = requested;
    denied["state"] = json!("denied");
    denied["decisions"] = json!([{
        "approved": false, "by": "bob", "principal": "arn:aws:iam::111111111111:user/bob", "at": "2026-11-20T08:05:00Z", "reason": "not now"
    }]);
    let deny = [
        "access",
        "deny",
        "acme",
        "r-mfxgi4tfmrwwk3tu",
        "--reason",
        "not now",
    ];
    let ran = tenantry(deny, vec![answer(200, &denied)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let target = "/v1/tenants/acme/access-requests/r-mfxgi4tfmrwwk3tu/deny";
    assert!(ran.requests[0].target.ends_with(target));
    assert!(ran.stdout.contains("denied by bob"), "{}", ran.stdout);
    for (verb, state) in [("approve", "approved"), ("cancel", "canceled")] {
        let mut after = denied.clone();
        after["state"] = json!(state);
        let words = ["access", verb, "acme", "r-mfxgi4tfmrwwk3tu"];
        let ran = tenantry(words, vec![answer(200, &after)]).run();
        assert!(ran.requests[0].target.ends_with(verb), "{}", ran.stderr);
    }
}
