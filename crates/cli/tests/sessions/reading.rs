use serde_json::{Value, json};
use tenancy::{
    TenantId, Timestamp,
    history::{GENESIS, HistoryEntry},
};

use crate::{
    fixtures::{OPERATION, component, difference, finding, listed, operation, tenant},
    mock::{answer, with_header},
    session::tenantry,
};

#[test]
fn a_list_is_read_to_its_end() {
    let first = json!({"items": [listed("active")], "nextCursor": "c/1+="});
    let second = json!({"items": [listed("parked")]});
    tenantry(
        [
            "tenant",
            "list",
            "--blueprint",
            "standard",
            "--tag",
            "team=blue + green",
        ],
        vec![answer(200, &first), answer(200, &second)],
    )
    .run()
    .golden("list");
}

#[test]
fn a_limited_list_says_that_there_is_more() {
    let first = json!({"items": [listed("active")], "nextCursor": "c1"});
    tenantry(
        ["tenant", "list", "--limit", "1", "--phase", "active"],
        vec![answer(200, &first)],
    )
    .run()
    .golden("list-limited");
}

#[test]
fn a_tenant_is_shown_with_components_resources_and_effective_spec() {
    tenantry(
        ["tenant", "show", "acme", "--resources"],
        vec![answer(200, &tenant("active"))],
    )
    .run()
    .golden("show");
}

#[test]
fn a_component_of_another_release_is_shown_by_name() {
    let mut newer = tenant("active");
    newer["components"]["flux-capacitor"] = component("ready", None);
    let ran = tenantry(["tenant", "show", "acme"], vec![answer(200, &newer)]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("flux-capacitor  ready"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_environment_can_ask_for_json() {
    let ran = tenantry(
        ["tenant", "show", "acme"],
        vec![answer(200, &tenant("active"))],
    )
    .env("TENANTRY_OUTPUT", "json")
    .run();
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).unwrap(),
        tenant("active")
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_plan_says_what_would_be_changed() {
    let plan = json!({"items": [difference()], "asOf": "2026-11-20T08:00:00Z"});
    tenantry(["tenant", "plan", "acme"], vec![answer(200, &plan)])
        .run()
        .golden("plan");
}

#[test]
fn findings_come_worst_first() {
    let items =
        json!({"items": [finding("b", "low"), finding("c", "high"), finding("a", "critical")]});
    tenantry(
        ["findings", "acme", "--state", "all"],
        vec![answer(200, &items)],
    )
    .run()
    .golden("findings");
}

#[test]
fn a_finding_that_nobody_repairs_says_what_a_person_must_do() {
    let mut finding = finding("access.root-key", "critical");
    finding["repair"] = json!("person");
    finding["remedy"] = json!("delete the root user's access keys");
    let page = json!({"items": [finding]});
    let ran = tenantry(["findings", "acme"], vec![answer(200, &page)]).run();
    assert!(
        ran.stdout.contains("a person")
            && ran
                .stdout
                .contains("what to do: delete the root user's access keys"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_operation_is_shown_with_what_its_components_wait_for() {
    let components =
        json!({"network": component("waiting", Some("NAT gateway `nat-1` to be available"))});
    let running = operation("onboard", "running", &components);
    tenantry(
        ["operation", "show", OPERATION],
        vec![answer(200, &running)],
    )
    .run()
    .golden("operation-show");
}

fn blueprint() -> Value {
    json!({
        "name": "standard", "version": "1.0.0", "description": "For production.",
        "settings": {
            "network": true, "availabilityZones": 2, "egress": "none", "cidrPrefix": 20, "flowLogRetentionDays": 90,
            "trail": "tenant", "trailRetentionDays": 365,
            "passwordPolicy": {"minimumLength": 14, "reusePrevention": 24},
        },
        "open": {"maxRegions": 4, "availabilityZones": [1, 3], "egress": ["none", "single-nat"], "cidrPrefix": [16, 24]},
    })
}

#[test]
fn blueprints_are_listed_and_shown() {
    tenantry(
        ["blueprint", "list"],
        vec![answer(200, &json!({"items": [blueprint()]}))],
    )
    .run()
    .golden("blueprint-list");
    tenantry(
        ["blueprint", "show", "standard@1.0.0"],
        vec![answer(200, &blueprint())],
    )
    .run()
    .golden("blueprint-show");
}

#[test]
fn health_needs_no_credentials() {
    let health = json!({"status": "ok", "version": "0.1.0", "checks": {"ledger": "ok"}});
    tenantry(["health"], vec![answer(200, &health)])
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .run()
        .golden("health");
}

#[test]
fn completion_needs_neither_api_nor_credentials() {
    let ran = tenantry(["completion", "bash"], vec![])
        .without_env("TENANTRY_API_URL")
        .run();
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("_tenantry()"));
}

#[test]
fn there_is_a_man_page_for_every_command() {
    let run = |arguments: &[&str]| {
        let ran = crate::session::tenantry_with(arguments, vec![])
            .without_env("TENANTRY_API_URL")
            .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let main = run(&["man"]);
    assert!(
        main.contains(".TH tenantry 1") && main.contains("Exit codes"),
        "{main}"
    );
    let folder = format!("{}/man-pages", env!("CARGO_TARGET_TMPDIR"));
    let _ = std::fs::remove_dir_all(&folder);
    run(&["man", "--dir", &folder]);
    for page in [
        "tenantry.1",
        "tenantry-tenant-create.1",
        "tenantry-dead-letters-retry.1",
    ] {
        let text = std::fs::read_to_string(format!("{folder}/{page}")).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

fn chain() -> Vec<HistoryEntry> {
    let mut previous_hash = GENESIS.to_owned();
    let steps = (1..=3).map(|sequence| {
        let entry = HistoryEntry {
            tenant_id: TenantId::from_random([1; 10]),
            sequence,
            at: Timestamp::UNIX_EPOCH,
            actor: "arn:aws:iam::111111111111:user/ann".into(),
            action: "change-applied".into(),
            summary: format!("step {sequence}"),
            details: serde_json::Map::new(),
            previous_hash: previous_hash.clone(),
            hash: String::new(),
        }
        .sealed();
        previous_hash.clone_from(&entry.hash);
        entry
    });
    steps.collect()
}

fn pages(entries: &[HistoryEntry]) -> Vec<crate::mock::Canned> {
    let whole = chain();
    let (length, head) = (whole.len(), &whole[2].hash);
    let (first, rest) = entries.split_at(1);
    vec![
        answer(
            200,
            &json!({"items": first, "nextCursor": "2", "length": length, "head": head}),
        ),
        answer(200, &json!({"items": rest, "length": length, "head": head})),
    ]
}

#[test]
fn a_history_is_shown_oldest_first() {
    tenantry(["tenant", "history", "acme"], pages(&chain()))
        .run()
        .golden("history");
}

#[test]
fn an_intact_history_is_reported_as_such() {
    tenantry(["tenant", "history", "acme", "--verify"], pages(&chain()))
        .run()
        .golden("history-intact");
}

#[test]
fn a_history_with_entries_withheld_is_not_called_tampered_with() {
    let body =
        json!({"items": [chain()[0]], "length": 3, "head": chain()[2].hash, "withheld": true});
    let arguments = ["tenant", "history", "acme", "--verify"];
    let ran = tenantry(arguments, vec![answer(200, &body)]).run();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("withheld from you"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("intact"), "{}", ran.stdout);
}

#[test]
fn the_flaws_of_a_history_are_named() {
    let mut entries = chain();
    entries[1].summary = "nothing to see".into();
    entries.pop();
    // A flaw counts when it is still there at the third reading.
    let readings = || [(); 3].iter().flat_map(|()| pages(&entries)).collect();
    let ran = tenantry(["tenant", "history", "acme", "--verify"], readings())
        .run()
        .golden("history-flawed");
    assert_eq!(ran.code, 1);
    let ran = tenantry(
        ["tenant", "history", "acme", "--verify", "--output", "json"],
        readings(),
    )
    .run();
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        printed["flaws"],
        json!([{"flaw": "changed", "sequence": 2}, {"flaw": "missing", "sequence": 3}])
    );
}

#[test]
fn an_entry_that_is_written_during_verification_is_no_flaw() {
    let whole = chain();
    let old = json!({"items": whole, "length": 2, "head": whole[1].hash});
    let new = json!({"items": whole, "length": 3, "head": whole[2].hash});
    let answers = vec![answer(200, &old), answer(200, &new)];
    let ran = tenantry(["tenant", "history", "acme", "--verify"], answers).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn an_unavailable_api_is_reported_at_once() {
    let unavailable = crate::fixtures::problem(503, "unavailable", "the ledger does not answer");
    let ran = tenantry(["health"], vec![answer(503, &unavailable)]).run();
    assert_eq!((ran.code, ran.requests.len()), (1, 1));
}

#[test]
fn an_answer_that_cannot_be_read_is_an_error_for_people_and_passed_on_for_programs() {
    let odd = with_header(answer(200, &json!({"surprise": true})), "etag", "\"1\"");
    let ran = tenantry(["tenant", "show", "acme"], vec![odd.clone()])
        .run()
        .golden("show-unreadable");
    assert_eq!(ran.code, 1);
    let ran = tenantry(["tenant", "show", "acme", "-o", "json"], vec![odd]).run();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "{\n  \"surprise\": true\n}\n")
    );
}

fn dead_letter(id: &str, about: Value) -> Value {
    let mut letter =
        json!({ "id": id, "queue": "onboard", "body": "{}", "sentAt": "2026-11-20T08:00:00Z" });
    let fields = letter.as_object_mut().unwrap();
    fields.extend(about.as_object().unwrap().clone());
    letter
}

#[test]
fn dead_letters_say_what_they_are_about_and_what_cannot_be_read() {
    let items = [
        dead_letter("a-1", json!({ "tenantId": "t-nb2w45dfoizaaaaa" })),
        dead_letter("b-2", json!({ "unreadable": "it names no tenant" })),
    ];
    let list = json!({ "items": items, "incomplete": true });
    tenantry(["dead-letters", "list"], vec![answer(200, &list)])
        .run()
        .golden("dead-letters-list");
}

#[test]
fn unreadable_dead_letters_hide_none_that_can_be_sent_back() {
    let unreadable = dead_letter("b-2", json!({ "unreadable": "it names no tenant" }));
    let readable = dead_letter("a-1", json!({ "tenantId": "t-nb2w45dfoizaaaaa" }));
    let first = json!({ "items": vec![unreadable; 100], "nextCursor": "c1" });
    let second = json!({ "items": [readable] });
    let answers = vec![
        answer(200, &first),
        answer(200, &second),
        answer(202, &readable),
    ];
    let ran = tenantry(["dead-letters", "retry", "--all"], answers).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("onboard queue: a-1"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("100 messages can never"),
        "{}",
        ran.stdout
    );
}

#[test]
fn all_dead_letters_that_can_be_read_are_sent_back() {
    let readable = dead_letter("a-1", json!({ "tenantId": "t-nb2w45dfoizaaaaa" }));
    let items = [
        readable.clone(),
        dead_letter("b-2", json!({ "unreadable": "it names no tenant" })),
    ];
    let list = json!({ "items": items });
    tenantry(
        ["dead-letters", "retry", "--all"],
        vec![answer(200, &list), answer(202, &readable)],
    )
    .run()
    .golden("dead-letters-retry");
}
