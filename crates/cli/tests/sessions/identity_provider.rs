//! Sessions about the identity provider of a tenant.

use serde_json::{Value, json};

use crate::{mock::answer, session::tenantry};

fn provider() -> Value {
    json!({
        "issuer": "https://id.acme.example", "clientId": "tenantry", "hasClientSecret": true, "groupsClaim": "groups",
        "emailDomains": ["acme.example"], "redirectUri": "https://portal.example/oauth2/callback/acme",
        "portalUrl": "https://portal.example/acme", "version": 1_790_000_000_000_u64,
        "changedBy": "arn:aws:iam::111111111111:user/ann", "changedAt": "2026-11-20T08:00:00Z"
    })
}

const GIVEN: [&str; 6] = [
    "--issuer",
    "https://id.acme.example",
    "--client-id",
    "tenantry",
    "--client-secret-file",
    "-",
];

fn with<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let begin = ["identity-provider", command, "acme"];
    begin
        .into_iter()
        .chain(GIVEN)
        .chain(more.iter().copied())
        .collect()
}

#[test]
fn a_provider_is_set_with_the_secret_of_standard_input_and_shown() {
    crate::fixtures::is_of::<api_types::IdentityProviderView>(&provider());
    let arguments = with("set", &["--email-domain", "acme.example"]);
    let ran = crate::session::tenantry_with(&arguments, vec![answer(200, &provider())])
        .input("s3cret\r\n")
        .run();
    let sent: Value = serde_json::from_str(&ran.requests[0].body).unwrap();
    assert_eq!(sent["clientSecret"], "s3cret");
    assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"));
    ran.golden("identity-provider-set");
    tenantry(
        ["identity-provider", "show", "acme"],
        vec![answer(200, &provider())],
    )
    .run()
    .golden("identity-provider-show");
    tenantry(
        ["identity-provider", "remove", "acme", "--yes"],
        vec![answer(200, &provider())],
    )
    .run()
    .golden("identity-provider-remove");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_secret() {
    let arguments = with("set", &["--email-domain", "acme.example"]);
    let ran = crate::session::tenantry_with(&arguments, vec![answer(200, &provider())])
        .input("\u{feff}s3cret\r\n")
        .run();
    let sent: Value = serde_json::from_str(&ran.requests[0].body).unwrap();
    assert_eq!(sent["clientSecret"], "s3cret");
}

#[test]
fn a_step_that_failed_is_a_failure_of_the_command() {
    let step = |name: &str, passed: bool, found: &str| json!({ "name": name, "passed": passed, "found": found });
    let mut view = json!({ "passed": false, "steps": [
        step("issuer", true, "`https://id.acme.example/` may be asked"),
        step("discovery", false, "the identity provider answered with HTTP status 404 for its discovery document"),
    ] });
    crate::fixtures::is_of::<api_types::IdentityProviderTestView>(&view);
    crate::session::tenantry_with(&with("test", &["--no-groups"]), vec![answer(200, &view)])
        .input("s3cret")
        .run()
        .golden("identity-provider-test");
    view["passed"] = json!(true);
    view["steps"].as_array_mut().unwrap().pop();
    let arguments = [
        "identity-provider",
        "test",
        "acme",
        "--issuer",
        "https://id.acme.example",
        "--client-id",
        "tenantry",
        "--public-client",
    ];
    let ran = tenantry(arguments, vec![answer(200, &view)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let sent: Value = serde_json::from_str(&ran.requests[0].body).unwrap();
    assert_eq!(sent["clientSecret"], Value::Null);
    assert!(sent.as_object().unwrap().contains_key("clientSecret"));
}

#[test]
fn what_is_no_secret_and_what_is_not_confirmed_is_refused_before_anything_is_sent() {
    for input in ["", "\n", &"x".repeat(2049)] {
        let ran = crate::session::tenantry_with(&with("set", &[]), Vec::new())
            .input(input)
            .run();
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("holds no secret"), "{}", ran.stderr);
    }
    let ran = tenantry(["identity-provider", "remove", "acme"], Vec::new()).run();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("needs a confirmation"),
        "{}",
        ran.stderr
    );
    // The secret is no argument.
    let arguments = with("set", &["--client-secret", "s3cret"]);
    assert_eq!(
        crate::session::tenantry_with(&arguments, Vec::new())
            .run()
            .code,
        2
    );
}
