use std::collections::BTreeMap;

use baseline::{Verdict, posture::after_pass};
use serde_json::json;
use tenancy::{
    ComponentName, ControlId, OtherFields, Severity,
    finding::{Difference, Repair},
    suppression::NewSuppression,
};
use tenantry_aws::ledger::PostureRows;

use super::*;

fn at() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// Text that would be more than text in HTML, in a spreadsheet, or on a screen.
const HOSTILE: &str = "=<script>alert(\"x\")</script>&'\u{202e}\n";

fn finding(key: &str, component: ComponentName) -> Finding {
    Finding {
        difference: Difference {
            key: key.into(),
            component,
            resource: HOSTILE.into(),
            field: "field".into(),
            wanted: "on, \"really\"".into(),
            found: HOSTILE.into(),
            severity: Severity::High,
            remedy: "Put it right.".into(),
            repair: Repair::Tenantry,
        },
        state: FindingState::Open,
        first_seen: at(),
        last_seen: at(),
        resolved_at: None,
        other: OtherFields::new(),
    }
}

fn posture() -> TenantPosture {
    let tenant: Tenant = serde_json::from_value(json!({
        "id": "t-aaaaaaaaaaaaaaaa", "generation": 1, "specVersion": 1, "desiredState": "present",
        "spec": { "slug": "acme", "name": "Acme <b>&</b>", "blueprint": "standard@1.0.0" },
        "accountEmail": "aws+acme@example.com", "createdAt": "2026-01-01T00:00:00Z", "accountId": "012345678901",
        "createdBy": "somebody", "updatedAt": "2026-01-01T00:00:00Z", "readyAt": "2026-01-01T01:00:00Z",
        "auditedAt": "2026-02-28T00:00:00Z", "historyLength": 7, "historyHead": "ab".repeat(32),
    }))
    .unwrap();
    let mut verdicts: BTreeMap<ControlId, Verdict> = baseline::catalogue::controls()
        .map(|control| (control.id.clone(), Verdict::Passed))
        .collect();
    let id = |text: &str| text.parse::<ControlId>().unwrap();
    verdicts.insert(id("TNT.TRAIL.1"), Verdict::NotApplicable("not wanted"));
    verdicts.insert(id("TNT.ROOT.1"), Verdict::NotVerifiable(HOSTILE.into()));
    let findings = vec![
        finding("trail.bucket.policy", ComponentName::TRAIL),
        finding("TNT.IAM.1", ComponentName::IDENTITY),
    ];
    let new = NewSuppression {
        control: id("TNT.IAM.1"),
        resource: None,
        reason: "it is known <i>".into(),
        expires_at: "2026-06-01T00:00:00Z".parse().unwrap(),
    };
    let suppressions = vec![new.by("ann", at())];
    let open: Vec<&Finding> = findings.iter().collect();
    let controls = after_pass(None, &verdicts, &open, &suppressions, at());
    TenantPosture {
        tenant,
        rows: PostureRows {
            controls: Some(controls),
            suppressions,
        },
        findings,
    }
}

fn report() -> Report {
    report_of(&posture(), "arn:aws:iam::1:user/ann", at(), 1000)
}

#[test]
fn the_page_says_what_was_checked_when_by_which_role_and_what_was_suppressed_by_whom() {
    let page = html::write(&report());
    for text in [
        "arn:aws:iam::012345678901:role/tenantry/tenantry-auditor",
        "2026-02-28T00:00:00Z",
        "it is known &lt;i&gt;",
        "Suppressed by ann.",
        "TNT.ROOT.1",
        "not-verifiable",
        "not-applicable",
        &"ab".repeat(32),
        "t-aaaaaaaaaaaaaaaa",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn nothing_that_a_tenant_has_named_is_more_than_text_and_nothing_is_fetched() {
    let page = html::write(&report());
    for wrong in [
        "<script", "<b>", "<i>", "\u{202e}", "src=", "href=", "url(", "http://",
    ] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    let rows = csv::write(&report());
    assert!(!rows.contains("\"="), "a formula");
    assert!(!rows.contains('\u{202e}'));
    assert!(
        rows.lines().all(|line| line.starts_with('"')),
        "a line break in a cell"
    );
    assert!(rows.contains("\"on, \"\"really\"\"\""));
}

#[test]
fn no_cell_begins_as_a_formula_does_however_wide_it_is_written() {
    for begins in ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"] {
        let mut posture = posture();
        posture.findings[0].difference.found = format!("{begins}1+1");
        let rows = csv::write(&report_of(&posture, "ann", at(), 1000));
        assert!(!rows.contains(&format!("\"{begins}")), "{begins}: {rows}");
        assert!(rows.contains("1+1"), "{rows}");
    }
}

#[test]
fn a_report_that_was_changed_by_one_byte_is_recognised_in_every_format() {
    for Format(name, .., write) in FORMATS {
        let (content, digest) = report::sealed(write(&report()));
        assert_eq!(report::digest(content.as_bytes()), digest, "{name}");
        let sealed = report::seal(content.as_bytes());
        let carries = ["html", "json"].contains(&name);
        assert_eq!(sealed, carries.then_some(digest.as_bytes()), "{name}");
        let tenant = report::tenant_of(content.as_bytes()).unwrap();
        assert_eq!(tenant.as_str(), "t-aaaaaaaaaaaaaaaa", "{name}");
        for place in (0..content.len()).step_by(97) {
            let mut changed = content.clone().into_bytes();
            changed[place] ^= 1;
            let unnoticed = report::digest(&changed) == digest
                && (!carries || report::seal(&changed) == Some(digest.as_bytes()));
            assert!(!unnoticed, "{name} byte {place}");
        }
    }
}

#[test]
fn the_events_are_compliance_findings_of_the_published_schema() {
    let schema = include_str!("../../tests/ocsf/compliance_finding-1.5.0.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let events: Vec<Value> = serde_json::from_str(&ocsf::write(&report())).unwrap();
    assert_eq!(events.len(), baseline::catalogue::controls().count());
    for event in &events {
        let errors: Vec<String> = validator
            .iter_errors(event)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}: {event:#}");
    }
    let mut wrong = events[0].clone();
    wrong["class_uid"] = "2003".into();
    assert!(!validator.is_valid(&wrong));
    let statuses: std::collections::BTreeSet<u64> = events
        .iter()
        .filter_map(|event| event["compliance"]["status_id"].as_u64())
        .collect();
    assert_eq!(statuses, [0, 1, 3, 99].into());
}

#[test]
fn a_report_shows_the_worst_findings_and_says_how_many_it_leaves_out() {
    let mut of = posture();
    of.findings = (0..50)
        .map(|n| finding(&format!("trail.bucket.{n}"), ComponentName::TRAIL))
        .collect();
    of.findings[30].difference.severity = Severity::Critical;
    let short = report_of(&of, "ann", at(), 10);
    assert_eq!((short.findings.len(), short.findings_left_out), (10, 40));
    assert_eq!(short.findings[0].finding.difference.key, "trail.bucket.30");
    assert!(html::write(&short).contains("40 more are not shown"));
}
