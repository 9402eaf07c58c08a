use serde_json::{Value, json};

use crate::{
    fixtures::{accepted, preview, problem, tenant},
    mock::{Canned, answer, with_header},
    session::tenantry,
};

#[test]
fn creating_a_tenant_sends_every_option_as_part_of_the_spec() {
    tenantry(
        [
            "tenant",
            "create",
            "--slug",
            "acme",
            "--name",
            "Acme GmbH",
            "--blueprint",
            "standard",
            "--region",
            "eu-central-1,eu-west-1",
            "--azs",
            "2",
            "--egress",
            "single-nat",
            "--cidr-prefix",
            "20",
            "--tag",
            "team=blue",
            "--tag",
            "owner=",
            "--cost-center",
            "4711",
            "--contact-security",
            "Ann Example <ann@example.com>",
            "--mode",
            "observe-only",
        ],
        vec![answer(202, &accepted("onboard"))],
    )
    .run()
    .golden("create");
}

#[test]
fn creating_for_a_program_prints_the_answer_as_it_is() {
    let ran = tenantry(
        [
            "tenant",
            "create",
            "--file",
            "-",
            "--slug",
            "acme",
            "--output",
            "json",
            "--idempotency-key",
            "order-17",
        ],
        vec![answer(202, &accepted("onboard"))],
    )
    .input(r#"{"slug": "other", "name": "Acme GmbH", "blueprint": "standard", "tags": {"a": "1"}}"#)
    .run()
    .golden("create-json");
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed, accepted("onboard"));
    assert_eq!(ran.requests[0].header("idempotency-key"), Some("order-17"));
}

#[test]
fn a_dry_run_shows_what_would_be_created() {
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
            "--dry-run",
        ],
        vec![answer(200, &preview())],
    )
    .run()
    .golden("create-dry-run");
}

#[test]
fn what_a_spec_requires_is_checked_before_anything_is_sent() {
    let ran = tenantry(["tenant", "create", "--name", "Acme"], vec![])
        .run()
        .golden("create-incomplete");
    assert_eq!(ran.code, 2);
}

#[test]
fn a_lost_request_is_repeated_with_the_same_key() {
    let again = with_header(
        answer(202, &accepted("onboard")),
        "idempotent-replayed",
        "true",
    );
    let busy = with_header(
        answer(429, &json!({"message": "Too Many Requests"})),
        "retry-after",
        "0",
    );
    let ran = tenantry(
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
        vec![Canned::Cut, busy, again],
    )
    .run()
    .golden("create-retried");
    let keys: Vec<_> = ran
        .requests
        .iter()
        .map(|request| request.header("idempotency-key").unwrap())
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn updating_sends_a_merge_patch_and_the_version_that_was_read() {
    let seen = with_header(answer(200, &tenant("active")), "etag", "\"3\"");
    tenantry(
        [
            "tenant",
            "update",
            "acme",
            "--egress",
            "none",
            "--tag",
            "team=green",
            "--unset",
            "tags.owner",
            "--unset",
            "azs",
        ],
        vec![seen, answer(202, &accepted("update"))],
    )
    .run()
    .golden("update");
}

#[test]
fn an_update_that_changes_nothing_says_so() {
    let seen = with_header(answer(200, &tenant("active")), "etag", "\"3\"");
    tenantry(
        ["tenant", "update", "acme", "--egress", "single-nat"],
        vec![seen, answer(200, &json!({"tenant": tenant("active")}))],
    )
    .run()
    .golden("update-nothing");
}

#[test]
fn an_update_that_somebody_overtook_is_a_conflict() {
    let seen = with_header(answer(200, &tenant("active")), "etag", "\"3\"");
    let overtaken = problem(412, "version-mismatch", "the tenant is at version 4, not 3");
    let ran = tenantry(
        ["tenant", "update", "acme", "--azs", "3"],
        vec![seen, answer(412, &overtaken)],
    )
    .run()
    .golden("update-overtaken");
    assert_eq!(ran.code, 4);
}

#[test]
fn deleting_without_a_terminal_is_refused() {
    let ran = tenantry(
        ["tenant", "delete", "acme"],
        vec![answer(200, &tenant("active"))],
    )
    .input("acme\n")
    .run()
    .golden("delete-refused");
    assert_eq!(ran.code, 2);
}

#[test]
fn deleting_with_yes_names_the_tenant_by_id_and_the_version_that_was_read() {
    let seen = with_header(answer(200, &tenant("active")), "etag", "\"3\"");
    tenantry(
        ["tenant", "delete", "acme", "--yes"],
        vec![seen, answer(202, &accepted("offboard"))],
    )
    .run()
    .golden("delete");
}

#[test]
fn a_parked_tenant_is_retried() {
    tenantry(
        ["tenant", "retry", "acme"],
        vec![answer(202, &json!({"tenant": tenant("parked")}))],
    )
    .run()
    .golden("retry");
}
