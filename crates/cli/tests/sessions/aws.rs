use serde_json::{Value, json};

use crate::{
    fixtures::{TENANT, problem},
    mock::answer,
    session::tenantry,
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
    let asked = format!("{:?}", ran.asked[0]);
    assert!(asked.contains("/v1/tenants/acme/sessions"), "{asked}");
    assert!(asked.contains("durationSecs"), "{asked}");
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
