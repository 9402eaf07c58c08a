use serde_json::{Value, json};

use crate::{
    fixtures::{TENANT, problem},
    mock::{Canned, Mock, answer, with_header},
    session::{Ran, tenantry},
};

fn opened() -> Value {
    json!({
        "id": "s-aaaaaaaaaaaaaaaa", "tenantId": TENANT, "accountId": "444455556666", "role": "developer",
        "openedBy": "arn:aws:iam::111111111111:user/ann", "sourceIdentity": "ann-01234567", "emergency": false,
        "openedAt": "2026-11-20T09:30:00Z", "expiresAt": "2026-11-20T10:30:00Z",
        "roleArn": "arn:aws:iam::444455556666:role/tenant/tenant-developer",
        "accessKeyId": "ASIAONE", "secretAccessKey": "not-one", "sessionToken": "no-token",
    })
}

#[test]
fn credentials_are_printed_as_tools_of_aws_read_them() {
    let arguments = [
        "aws",
        "credentials",
        "acme",
        "--role",
        "developer",
        "--duration",
        "900",
    ];
    let ran = tenantry(arguments, vec![answer(200, &opened())]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let expected = json!({
        "Version": 1, "AccessKeyId": "ASIAONE", "SecretAccessKey": "not-one", "SessionToken": "no-token",
        "Expiration": "2026-11-20T10:30:00Z",
    });
    assert_eq!(printed, expected);
    let request = format!("{:?}", ran.requests[0]);
    assert!(request.contains("/v1/tenants/acme/sessions"), "{request}");
    assert!(request.contains("durationSecs"), "{request}");
}

#[test]
fn a_command_gets_the_session_in_its_environment_and_gives_its_exit_code() {
    let script = "test \"$AWS_ACCESS_KEY_ID\" = ASIAONE && test -z \"$AWS_PROFILE\" && exit 7";
    let arguments = [
        "aws",
        "exec",
        "acme",
        "--role",
        "developer",
        "--",
        "sh",
        "-c",
        script,
    ];
    let ran = tenantry(arguments, vec![answer(200, &opened())]).run();
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (7, "", "")
    );
}

#[test]
fn nothing_runs_where_no_session_was_opened() {
    let refusal = problem(
        403,
        "forbidden",
        "no role that you hold lets you be `developer` in the tenant's account",
    );
    let arguments = [
        "aws",
        "exec",
        "acme",
        "--role",
        "developer",
        "--",
        "sh",
        "-c",
        "exit 7",
    ];
    let ran = tenantry(arguments, vec![answer(403, &refusal)]).run();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    let ran = tenantry(["aws", "credentials", "acme", "--role", "root"], vec![]).run();
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("read-only"), "{}", ran.stderr);
}

/// `console --print`, with a federation endpoint that gives this answer.
fn console(federation: Canned) -> (Ran, Mock) {
    let endpoint = Mock::start(vec![federation]);
    let address = format!("http://{}/federation", endpoint.address);
    let arguments = [
        "aws",
        "console",
        "acme",
        "--role",
        "developer",
        "--print",
        "--federation",
        address.as_str(),
    ];
    let ran = tenantry(arguments, vec![answer(200, &opened())]).run();
    (ran, endpoint)
}

#[test]
fn the_address_of_the_console_holds_the_token_that_the_federation_endpoint_gave() {
    let (ran, endpoint) = console(answer(200, &json!({ "SigninToken": "token-1" })));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Action=login"), "{}", ran.stdout);
    assert!(ran.stdout.contains("SigninToken=token-1"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("not-one"), "{}", ran.stdout);
    let (requests, _) = endpoint.requests();
    assert!(
        requests[0].target.contains("Action=getSigninToken"),
        "{requests:?}"
    );
}

#[test]
fn a_federation_endpoint_that_answers_too_much_or_nothing_readable_is_refused_without_the_credentials()
 {
    let endless = json!({ "SigninToken": "x".repeat(100_000) });
    for (given, said) in [
        (answer(200, &endless), "too long"),
        (answer(200, &json!({ "Token": "t" })), "cannot be read"),
        (answer(400, &json!({})), "400"),
        (Canned::Cut, "no token"),
    ] {
        let (ran, _) = console(given);
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        for secret in ["not-one", "no-token"] {
            assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_federation_endpoint_that_sends_elsewhere_is_not_followed_with_the_credentials() {
    let elsewhere = Mock::start(vec![answer(200, &json!({ "SigninToken": "token-2" }))]);
    let to = format!("http://{}/federation", elsewhere.address);
    let (ran, _) = console(with_header(answer(302, &json!({})), "location", &to));
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(ran.stdout, "");
    let (requests, _) = elsewhere.requests();
    assert!(requests.is_empty(), "{requests:?}");
}
