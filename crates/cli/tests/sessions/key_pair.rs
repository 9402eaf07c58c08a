use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    fixtures::{TENANT, problem, started},
    mock::answer,
    session::tenantry,
};

const PRIVATE: &str =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nnot one\n-----END OPENSSH PRIVATE KEY-----\n";

fn key_pair() -> Value {
    json!({
        "tenantId": TENANT, "region": "eu-central-1", "name": "tenantry", "fingerprint": "SHA256:one",
        "publicKey": "ssh-ed25519 AAAA", "privateKey": PRIVATE,
    })
}

fn file(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn the_private_key_is_printed_as_it_is_and_as_json_for_programs() {
    let ran = tenantry(
        ["key-pair", "acme", "--region", "eu-central-1"],
        vec![answer(200, &key_pair())],
    )
    .run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, PRIVATE));
    assert!(!ran.stderr.contains("not one"));
    let request = &ran.requests[0];
    assert!(format!("{request:?}").contains("/v1/tenants/acme/key-pair?region=eu-central-1"));
    let arguments = ["key-pair", "acme", "--output", "json"];
    let ran = tenantry(arguments, vec![answer(200, &key_pair())]).run();
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed, key_pair());
}

#[test]
fn a_file_with_a_private_key_is_new_and_its_owners_alone() {
    let path = file("acme.pem");
    let name = path.to_str().unwrap();
    let wanted = ["key-pair", "acme", "--out", name];
    let ran = tenantry(wanted, vec![answer(200, &key_pair())]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), PRIVATE);
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    assert!(ran.stderr.contains("SHA256:one") && !ran.stderr.contains("not one"));

    // What is there already is not written over, and the key is not even asked for.
    let ran = tenantry(wanted, vec![]).run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let forced = ["key-pair", "acme", "--out", name, "--force"];
    let ran = tenantry(forced, vec![answer(200, &key_pair())]).run();
    assert_eq!((ran.code, mode()), (0, 0o600), "{}", ran.stderr);
}

#[test]
fn no_file_is_left_where_no_key_was_handed_out() {
    let path = file("none.pem");
    let refusal = problem(409, "conflict", "the tenant has no key pair");
    let arguments = ["key-pair", "acme", "--out", path.to_str().unwrap()];
    let ran = tenantry(arguments, vec![answer(409, &refusal)]).run();
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(!path.exists());
}

#[test]
fn a_rotation_is_started_under_a_key_of_its_own() {
    let arguments = ["key-pair", "rotate", "acme", "--region", "eu-central-1"];
    let ran = tenantry(arguments, vec![answer(202, &started("rotate-key-pair"))]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let request = &ran.requests[0];
    assert!(request.header("idempotency-key").is_some());
    let text = format!("{request:?}");
    assert!(
        text.contains("POST")
            && text.contains("/v1/tenants/acme/key-pair/rotate?region=eu-central-1"),
        "{text}"
    );
}
