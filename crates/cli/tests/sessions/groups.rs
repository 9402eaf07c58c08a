use serde_json::{Value, json};

use crate::{
    fixtures::{OPERATION, accepted, listed, operation, preview, problem},
    mock::{Canned, answer, with_header},
    session::{Ran, tenantry},
};

const GLOBEX: &str = "t-bbbbbbbbbbbbbbbb";

/// Two tenants of a group, in an order that is not that of their names, and one that is leaving.
fn group() -> Canned {
    let mut globex = listed("active");
    globex["id"] = json!(GLOBEX);
    globex["slug"] = json!("globex");
    let mut leaving = listed("offboarding");
    leaving["slug"] = json!("initech");
    leaving["desiredState"] = json!("absent");
    let items: Vec<Value> = [globex, leaving, listed("active")]
        .into_iter()
        .map(|mut tenant| {
            tenant["group"] = json!("contoso");
            tenant
        })
        .collect();
    answer(200, &json!({ "items": items }))
}

fn seen(version: &str) -> Canned {
    with_header(answer(200, &preview()), "etag", version)
}

fn writes(ran: &Ran) -> Vec<(&str, Option<&str>)> {
    ran.requests
        .iter()
        .filter(|asked| asked.method == "PATCH" && !asked.target.contains("dry-run"))
        .map(|asked| (asked.target.as_str(), asked.header("if-match")))
        .collect()
}

#[test]
fn a_group_is_changed_tenant_by_tenant_after_a_preview_of_each() {
    let ran = tenantry(
        [
            "tenant",
            "update",
            "--group",
            "contoso",
            "--azs",
            "3",
            "--yes",
            "--idempotency-key",
            "order-17",
        ],
        vec![
            group(),
            seen("\"3\""),
            seen("\"7\""),
            answer(202, &accepted("update")),
            answer(200, &json!({"tenant": accepted("update")["tenant"]})),
        ],
    )
    .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.requests[0]
            .target
            .contains("/v1/tenants?group=contoso&")
    );
    let written = writes(&ran);
    assert_eq!(written.len(), 2, "the one that is leaving is left alone");
    assert!(written[0].0.ends_with("/v1/tenants/t-aaaaaaaaaaaaaaaa"));
    assert!(written[1].0.ends_with("/v1/tenants/t-bbbbbbbbbbbbbbbb"));
    assert_eq!((written[0].1, written[1].1), (Some("\"3\""), Some("\"7\"")));
    let keys: Vec<_> = ran.requests[3..]
        .iter()
        .map(|asked| asked.header("idempotency-key"))
        .collect();
    assert_eq!(
        keys,
        [
            Some("order-17.t-aaaaaaaaaaaaaaaa"),
            Some("order-17.t-bbbbbbbbbbbbbbbb")
        ]
    );
    assert!(ran.stderr.contains("acme: this is what would be changed"));
    assert!(
        ran.stdout
            .contains(&format!("acme    operation {OPERATION}"))
    );
    assert!(ran.stdout.contains("globex  nothing changed"));
}

#[test]
fn nothing_is_changed_while_the_change_is_refused_for_one_of_the_group() {
    let refused = problem(422, "validation-failed", "egress: not open to the tenant");
    let ran = tenantry(
        [
            "tenant", "update", "--group", "contoso", "--egress", "none", "--yes",
        ],
        vec![group(), seen("\"3\""), answer(422, &refused)],
    )
    .run();
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("updating tenant `globex`"));
    assert!(writes(&ran).is_empty());
}

#[test]
fn a_group_is_not_changed_before_somebody_says_yes() {
    let ran = tenantry(
        ["tenant", "update", "--group", "contoso", "--azs", "3"],
        vec![group(), seen("\"3\""), seen("\"7\"")],
    )
    .run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("needs a confirmation"));
    assert!(writes(&ran).is_empty());
}

#[test]
fn a_dry_run_shows_what_would_change_in_each_of_a_group() {
    let ran = tenantry(
        [
            "tenant",
            "update",
            "--group",
            "contoso",
            "--azs",
            "3",
            "--dry-run",
            "--output",
            "json",
        ],
        vec![group(), seen("\"3\""), seen("\"7\"")],
    )
    .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed["items"][0]["tenant"], "acme");
    assert_eq!(printed["items"][1]["preview"], preview());
    assert!(writes(&ran).is_empty());
}

#[test]
fn a_tenant_that_fails_does_not_keep_the_others_of_its_group_from_being_changed() {
    let overtaken = problem(412, "version-mismatch", "the tenant is at version 4, not 3");
    let succeeded = operation("update", "succeeded", &json!({}));
    let ran = tenantry(
        [
            "tenant", "update", "--group", "contoso", "--azs", "3", "--yes", "--wait", "--output",
            "json",
        ],
        vec![
            group(),
            seen("\"3\""),
            seen("\"7\""),
            answer(412, &overtaken),
            answer(202, &accepted("update")),
            answer(200, &succeeded),
        ],
    )
    .run();
    assert_eq!(ran.code, 1);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let error = printed["items"][0]["error"].as_str().unwrap();
    assert!(error.contains("version 4"), "{error}");
    assert_eq!(printed["items"][1]["operation"], succeeded);
    assert!(ran.stderr.contains("\"kind\":\"updates-failed\""));
}

#[test]
fn a_group_without_tenants_is_said_to_have_none() {
    let ran = tenantry(
        ["tenant", "update", "--group", "contoso", "--azs", "3"],
        vec![answer(200, &json!({"items": []}))],
    )
    .run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no tenant of group `contoso`"));
}

#[test]
fn a_tenant_is_put_into_a_group_and_taken_out() {
    let shown = || {
        with_header(
            answer(200, &crate::fixtures::tenant("active")),
            "etag",
            "\"3\"",
        )
    };
    for (option, value, body) in [
        ("--set-group", "contoso", r#"{"group":"contoso"}"#),
        ("--unset", "group", r#"{"group":null}"#),
    ] {
        let ran = tenantry(
            ["tenant", "update", "acme", option, value],
            vec![shown(), answer(202, &accepted("update"))],
        )
        .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.requests[1].body, body);
    }
}

#[test]
fn a_list_has_a_column_of_groups_where_there_are_any() {
    let ran = tenantry(["tenant", "list", "--group", "contoso"], vec![group()]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("AGE  GROUP"));
    assert!(ran.stdout.contains("0s   contoso"));
}
