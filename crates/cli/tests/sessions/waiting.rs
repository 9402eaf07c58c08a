use serde_json::{Value, json};

use crate::{
    fixtures::{
        OPERATION, OPERATION_PATH, accepted, component, finding, operation, started, tenant,
    },
    mock::{Canned, PREFIX, answer},
    session::tenantry,
};

fn onboarding() -> Vec<Canned> {
    let begun =
        json!({"account": component("working", None), "network": component("pending", None)});
    let waiting = json!({
        "account": component("ready", None),
        "network": component("waiting", Some("NAT gateway `nat-1` to be available")),
    });
    let done = json!({"account": component("ready", None), "network": component("ready", None)});
    vec![
        answer(200, &operation("onboard", "running", &begun)),
        answer(200, &operation("onboard", "running", &waiting.clone())),
        answer(200, &operation("onboard", "running", &waiting)),
        answer(200, &operation("onboard", "succeeded", &done)),
    ]
}

#[test]
fn waiting_prints_each_change_once_and_ends_with_the_tenant() {
    let mut answers = vec![answer(202, &accepted("onboard"))];
    answers.extend(onboarding());
    answers.push(answer(200, &tenant("active")));
    tenantry(
        [
            "tenant",
            "create",
            "--slug",
            "acme",
            "--name",
            "Acme",
            "--blueprint",
            "standard",
            "--wait",
        ],
        answers,
    )
    .run()
    .golden("create-wait");
}

#[test]
fn waiting_for_a_program_prints_tenant_and_operation_in_the_end() {
    let mut answers = vec![answer(202, &accepted("repair"))];
    answers.extend(onboarding());
    answers.push(answer(200, &tenant("active")));
    let ran = tenantry(
        ["repair", "acme", "--wait", "-o", "json", "--quiet"],
        answers,
    )
    .run();
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed["tenant"]["phase"], "active");
    assert_eq!(printed["operation"]["state"], "succeeded");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

fn parked() -> Value {
    let obstacle = json!({
        "doing": "asking for account `acme`", "detail": "ACCOUNT_LIMIT_EXCEEDED", "kind": "quota",
        "next": {"action": "park", "reason": "account-quota-reached", "remedy": "ask AWS for more accounts"},
    });
    let account = json!({"state": "parked", "since": "2999-01-01T00:00:00Z", "obstacle": obstacle});
    let mut parked = operation("onboard", "parked", &json!({"account": account}));
    parked["obstacles"] = json!([obstacle]);
    parked
}

#[test]
fn a_parked_operation_ends_the_waiting_with_reason_and_remedy() {
    let ran = tenantry(
        ["operation", "wait", OPERATION],
        vec![answer(200, &parked())],
    )
    .run()
    .golden("parked");
    assert_eq!(ran.code, 7);
}

#[test]
fn after_a_retry_a_stale_parked_state_is_waited_out() {
    let mut going = operation(
        "onboard",
        "succeeded",
        &json!({"account": component("ready", None)}),
    );
    going["updatedAt"] = json!("2026-11-20T09:00:00Z");
    let answers = vec![
        answer(202, &json!({"tenant": tenant("parked")})),
        answer(200, &parked()),
        answer(200, &going),
        answer(200, &tenant("active")),
    ];
    let ran = tenantry(["tenant", "retry", "acme", "--wait"], answers).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_canceled_operation_is_no_success() {
    let mut canceled = operation("onboard", "canceled", &json!({}));
    canceled["outcome"] = json!("the tenant is being removed");
    let ran = tenantry(
        ["operation", "wait", OPERATION],
        vec![answer(200, &canceled)],
    )
    .run()
    .golden("canceled");
    assert_eq!(ran.code, 1);
}

#[test]
fn at_the_timeout_the_command_to_continue_is_printed() {
    let running = answer(200, &operation("onboard", "running", &json!({})));
    let ran = tenantry(
        ["operation", "wait", OPERATION, "--timeout", "100ms"],
        vec![running],
    )
    .run()
    .golden("timed-out");
    assert_eq!(ran.code, 8);
}

#[test]
fn an_api_that_is_unavailable_for_a_while_is_waited_out() {
    let mut answers = vec![Canned::Cut; 4];
    answers.push(answer(200, &operation("audit", "succeeded", &json!({}))));
    let ran = tenantry(["operation", "wait", OPERATION], answers).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("still waiting"), "{}", ran.stderr);
}

#[test]
fn ctrl_c_stops_the_waiting_and_prints_how_to_continue() {
    let running = operation(
        "onboard",
        "running",
        &json!({"account": component("working", None)}),
    );
    let ran = tenantry(
        ["operation", "wait", OPERATION],
        vec![answer(200, &running)],
    )
    .interrupt("account: working");
    assert_eq!(ran.code, 130);
    assert!(
        ran.stderr
            .contains(&format!("tenantry operation wait {OPERATION}")),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.requests[0].target, format!("{PREFIX}{OPERATION_PATH}"));
}

fn audit(findings: &Value) -> Vec<Canned> {
    vec![
        answer(202, &started("audit")),
        answer(200, &operation("audit", "succeeded", &json!({}))),
        answer(200, &json!({"items": findings})),
    ]
}

#[test]
fn an_audit_shows_what_it_found() {
    tenantry(
        ["audit", "acme", "--wait"],
        audit(&json!([finding("trail.logging", "high")])),
    )
    .run()
    .golden("audit-wait");
}

#[test]
fn an_audit_in_a_pipeline_fails_on_findings_and_only_then() {
    let arguments = [
        "audit",
        "acme",
        "--wait",
        "--fail-on-findings",
        "-o",
        "json",
    ];
    let ran = tenantry(arguments, audit(&json!([finding("trail.logging", "high")])))
        .run()
        .golden("audit-findings");
    assert_eq!(ran.code, 9);
    assert_eq!(tenantry(arguments, audit(&json!([]))).run().code, 0);
}
