use serde_json::json;

use crate::{
    fixtures::problem,
    mock::{Canned, answer, with_header},
    session::tenantry,
};

#[test]
fn every_refusal_has_its_exit_code() {
    let cases = [
        (400, 5),
        (401, 6),
        (403, 6),
        (404, 3),
        (409, 4),
        (412, 4),
        (413, 5),
        (415, 5),
        (422, 5),
        (501, 1),
    ];
    for (status, code) in cases {
        let refusal = answer(status, &problem(status, "some-problem", "it is so"));
        let ran = tenantry(["tenant", "show", "acme"], vec![refusal]).run();
        assert_eq!(ran.code, code, "{status}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("it is so") && ran.stderr.contains("req-1"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_spec_that_is_not_valid_is_answered_by_field() {
    let mut refusal = problem(422, "invalid-spec", "the spec is not valid");
    refusal["errors"] = json!([
        {"field": "regions[0]", "detail": "`mars-1` is not a Region", "allowed": "eu-central-1, eu-west-1"},
        {"field": "contacts.billing.email", "detail": "`x` is not an address", "allowed": ""},
    ]);
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
            "--region",
            "mars-1",
        ],
        vec![answer(422, &refusal)],
    )
    .run()
    .golden("invalid");
}

#[test]
fn a_taken_slug_is_a_conflict_with_the_remedy_of_the_api() {
    let mut refusal = problem(409, "slug-taken", "slug `acme` belongs to another tenant");
    refusal["remedy"] = json!("choose another slug");
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
        ],
        vec![answer(409, &refusal)],
    )
    .run()
    .golden("slug-taken");
}

#[test]
fn a_refusal_of_the_gateway_itself_says_what_to_check() {
    let refusal = with_header(
        answer(403, &json!({"message": "Forbidden"})),
        "x-request-id",
        "gw-1",
    );
    tenantry(["tenant", "list"], vec![refusal])
        .run()
        .golden("forbidden");
}

#[test]
fn an_api_that_keeps_failing_is_called_four_times() {
    let down = with_header(
        answer(503, &json!({"message": "Service Unavailable"})),
        "retry-after",
        "0",
    );
    let ran = tenantry(["repair", "acme"], vec![down; 4])
        .run()
        .golden("unavailable");
    assert_eq!(ran.requests.len(), 4);
}

#[test]
fn a_refusal_that_the_api_calls_final_is_not_repeated() {
    let down = answer(
        503,
        &problem(503, "draining", "the deployment is being taken down"),
    );
    assert_eq!(
        tenantry(["tenant", "list"], vec![down])
            .run()
            .requests
            .len(),
        1
    );
}

#[test]
fn an_api_that_never_answers_is_an_error_with_the_key_to_repeat_under() {
    let ran = tenantry(["audit", "acme"], vec![Canned::Cut; 4]).run();
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("no answer from the API at http://127.0.0.1:PORT"),
        "{}",
        ran.stderr
    );
    let key = ran.requests[0].header("idempotency-key").unwrap();
    assert!(
        ran.stderr.contains(&format!("--idempotency-key {key}")),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_credentials_nothing_is_sent() {
    let ran = tenantry(["tenant", "list"], vec![])
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .run();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("aws sso login"), "{}", ran.stderr);
}

#[test]
fn invalid_command_lines_are_refused_before_anything_is_sent() {
    let cases: [&[&str]; 9] = [
        &["tenant", "show", "../health"],
        &["tenant", "list", "--phase", "happy"],
        &["tenant", "update", "acme"],
        &["tenant", "update", "acme", "--unset", "slug"],
        &["operation", "wait", "acme"],
        &[
            "operation",
            "wait",
            "t-aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb",
            "--timeout",
            "soon",
        ],
        &["audit", "acme", "--fail-on-findings"],
        &["tenant", "create", "--file", "does-not-exist.json"],
        &["tenant", "list", "--api-url", "http://tenants.example.com"],
    ];
    for arguments in cases {
        let ran = crate::session::tenantry_with(arguments, vec![]).run();
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.requests.is_empty() && ran.stdout.is_empty());
    }
}

#[test]
fn a_missing_address_is_named() {
    tenantry(["tenant", "list"], vec![])
        .without_env("TENANTRY_API_URL")
        .run()
        .golden("no-address");
}
