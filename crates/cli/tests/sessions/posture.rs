//! Findings of all tenants, posture, suppressions and reports.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tenancy::{
    TenantId, Timestamp,
    history::{GENESIS, HistoryEntry},
    report,
};

use crate::{
    fixtures::{component, finding, listed, operation, problem, started},
    mock::{Canned, answer},
    session::{Ran, tenantry, tenantry_with},
};

fn found(tenant: &str, control: &str, severity: &str) -> Value {
    let mut found = finding("a", severity);
    let letter = tenant.get(..1).unwrap();
    found["tenantId"] = json!(format!("t-{}", letter.repeat(16)));
    found["tenantSlug"] = json!(tenant);
    found["control"] = json!(control);
    found
}

#[test]
fn findings_of_all_tenants_are_counted_the_worst_first_and_suppressed_ones_by_themselves() {
    let mut hidden = found("acme", "TNT.IAM.2", "critical");
    hidden["suppressedBy"] = json!({
        "id": "0123456789abcdef", "control": "TNT.IAM.2", "reason": "known", "owner": "ann",
        "createdAt": "2026-01-01T00:00:00Z", "expiresAt": "2026-06-01T00:00:00Z",
    });
    let page = json!({"items": [
        found("acme", "TNT.KEYS.101", "low"), found("other", "TNT.KEYS.101", "low"), found("acme", "TNT.IAM.1", "high"), hidden,
    ], "suppressed": 0});
    let arguments = ["findings", "--group-by", "control", "--output", "json"];
    let ran = tenantry(arguments, vec![answer(200, &page)]).run();
    let groups: Value = serde_json::from_str(&ran.stdout).unwrap();
    let names: Vec<&Value> = groups["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["TNT.IAM.1", "TNT.KEYS.101"]);
    assert_eq!(
        (
            &groups["items"][1]["findings"],
            &groups["items"][1]["tenants"]
        ),
        (&json!(2), &json!(2))
    );
    assert!(ran.stderr.contains("1 suppressed"), "{}", ran.stderr);
    let table = tenantry(["findings"], vec![answer(200, &page)]).run();
    assert!(
        table.stdout.contains("TENANT") && table.stdout.contains("other"),
        "{}",
        table.stdout
    );
}

#[test]
fn postures_come_the_worst_score_first_with_what_they_come_to_together() {
    let of = |slug: &str, score: Option<u8>| {
        let mut view = json!({"tenantId": "t-aaaaaaaaaaaaaaaa", "slug": slug, "repairs": {"count": 2, "meanSeconds": 7200}});
        if let Some(score) = score {
            view["last"] = json!({
                "at": "2026-01-01T00:00:00Z", "score": score, "open": {"critical": 0, "high": 1, "medium": 0, "low": 0},
                "suppressed": 0, "passed": 50, "failed": 1, "notApplicable": 20, "notVerifiable": 0,
            });
        }
        view
    };
    let page = json!({"items": [of("new", None), of("good", Some(100)), of("bad", Some(60))]});
    let ran = tenantry(["posture"], vec![answer(200, &page)]).run();
    let place = |slug: &str| ran.stdout.find(slug).unwrap();
    assert!(
        place("bad") < place("good") && place("good") < place("new"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("80 %") && ran.stdout.contains("2 h"),
        "{}",
        ran.stdout
    );
}

fn listed_as(slug: &str) -> Value {
    let mut tenant = listed("active");
    tenant["slug"] = json!(slug);
    tenant
}

/// The posture of a tenant with this many findings of high severity.
fn posture_of(slug: &str, score: u8, high: u32) -> Value {
    json!({
        "tenantId": "t-aaaaaaaaaaaaaaaa", "slug": slug, "controls": [], "repairs": {"count": 0},
        "score": score, "open": {"critical": 0, "high": high, "medium": 0, "low": 0},
        "suppressed": 0, "passed": 50, "failed": 1, "notApplicable": 20, "notVerifiable": 0,
    })
}

/// Of four tenants two are audited: `good`, and then `bad` with these answers.
fn audit_all(more: &[&str], bad: Vec<Canned>) -> Ran {
    let mut new = listed_as("new");
    new.as_object_mut().unwrap().remove("readyAt");
    let mut leaving = listed_as("leaving");
    leaving["desiredState"] = json!("absent");
    let all = json!({"items": [new, listed_as("good"), leaving, listed_as("bad")]});
    let succeeded = operation("audit", "succeeded", &json!({}));
    let mut answers = vec![
        answer(200, &all),
        answer(202, &started("audit")),
        Canned::Cut,
        answer(200, &succeeded),
        answer(200, &posture_of("good", 100, 0)),
    ];
    answers.extend(bad);
    let arguments = [&["audit", "--all", "--at-once", "1"], more].concat();
    tenantry_with(&arguments, answers).run()
}

#[test]
fn every_tenant_that_is_built_is_audited_and_the_worst_score_comes_first() {
    let found = || {
        vec![
            answer(202, &started("audit")),
            answer(200, &operation("audit", "running", &json!({}))),
            answer(200, &operation("audit", "succeeded", &json!({}))),
            answer(200, &posture_of("bad", 70, 3)),
        ]
    };
    let ran = audit_all(&[], found());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let place = |slug: &str| ran.stdout.find(slug).unwrap();
    assert!(place("bad") < place("good"), "{}", ran.stdout);
    for absent in ["new", "leaving"] {
        assert!(!ran.stdout.contains(absent), "{}", ran.stdout);
    }
    for said in ["[1/2] good: score 100", "[2/2] bad: score 70"] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = audit_all(&["--fail-on-findings"], found());
    assert_eq!(ran.code, 9, "{}", ran.stderr);
    assert!(ran.stderr.contains("3 findings are"), "{}", ran.stderr);
}

#[test]
fn an_audit_that_is_parked_or_refused_is_named_and_does_not_keep_the_others_from_being_audited() {
    let mut held = component("parked", None);
    held["obstacle"] = json!({
        "doing": "entering the account", "detail": "denied", "kind": "denied",
        "next": {"action": "park", "reason": "no-way-in", "remedy": "Look at the role."},
    });
    let parked = operation("audit", "parked", &json!({ "access": held }));
    let refused = problem(403, "forbidden", "you may not audit this tenant");
    for (bad, why) in [
        (
            vec![answer(202, &started("audit")), answer(200, &parked)],
            "no-way-in",
        ),
        (vec![answer(403, &refused)], "you may not audit this tenant"),
    ] {
        let ran = audit_all(&["--output", "json"], bad);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(shown["items"][0]["tenant"], "bad", "{shown}");
        let error = shown["items"][0]["error"].as_str().unwrap();
        assert!(error.contains(why), "{error}");
        assert_eq!(shown["items"][1]["posture"]["score"], 100, "{shown}");
    }
}

/// A sealed report in a file, and the history that knows it.
fn issued(name: &str) -> (PathBuf, String, Value) {
    let text = format!("<p>t-aaaaaaaaaaaaaaaa</p>{}", report::unsealed());
    let (content, digest) = report::sealed(text);
    let path = std::env::temp_dir().join(format!("tenantry-{}-{name}.html", std::process::id()));
    fs::write(&path, &content).unwrap();
    let mut details = serde_json::Map::new();
    details.insert(report::DIGEST.into(), digest.into());
    let entry = HistoryEntry {
        tenant_id: "t-aaaaaaaaaaaaaaaa".parse::<TenantId>().unwrap(),
        sequence: 1,
        at: Timestamp::UNIX_EPOCH,
        actor: "ann".into(),
        action: report::ISSUED.into(),
        summary: "a report was issued".into(),
        details,
        previous_hash: GENESIS.into(),
        hash: String::new(),
    }
    .sealed();
    let history = json!({"items": [entry], "length": 1, "head": entry.hash});
    (path, content, history)
}

fn verify(path: &Path, history: &Value, offline: bool) -> Ran {
    let path = path.to_str().unwrap();
    match offline {
        true => tenantry(["report", "verify", path, "--offline"], vec![]).run(),
        false => tenantry(["report", "verify", path], vec![answer(200, history)]).run(),
    }
}

#[test]
fn a_report_is_verified_by_the_history_and_one_changed_byte_is_refused() {
    let (path, content, history) = issued("changed");
    let intact = verify(&path, &history, false);
    assert_eq!(
        (intact.code, intact.stdout.contains("as it was issued")),
        (0, true),
        "{}",
        intact.stderr
    );
    assert_eq!(verify(&path, &history, true).code, 0);

    let changed = content.replacen("<p>", "<b>", 1);
    fs::write(&path, &changed).unwrap();
    let offline = verify(&path, &history, true);
    assert_eq!(offline.code, 1);
    assert!(
        offline.stderr.contains("not as it was sealed"),
        "{}",
        offline.stderr
    );

    // Sealed again, it is as it was sealed, and nobody has issued it.
    let zeros = "0".repeat(64);
    let seal = String::from_utf8(report::seal(changed.as_bytes()).unwrap().to_vec()).unwrap();
    let (forged, _) = report::sealed(changed.replace(&seal, &zeros));
    fs::write(&path, forged).unwrap();
    assert_eq!(verify(&path, &history, true).code, 0);
    let refused = verify(&path, &history, false);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("not a report that the history"),
        "{}",
        refused.stderr
    );
    fs::remove_file(&path).unwrap();
}
