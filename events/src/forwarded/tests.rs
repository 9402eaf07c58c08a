use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "444455556666";

fn event(source: &str, kind: &str, detail: &Value) -> String {
    json!({
        "version": "0", "id": "e-1", "source": source, "detail-type": kind, "account": ACCOUNT,
        "time": "2026-11-20T08:00:01Z", "region": "eu-central-1", "resources": [], "detail": detail,
    })
    .to_string()
}

fn alarm(name: &str, state: &str) -> String {
    let state = json!({ "value": state, "reason": "Threshold crossed" });
    let detail = json!({ "alarmName": name, "state": state });
    event("aws.cloudwatch", "CloudWatch Alarm State Change", &detail)
}

#[test]
fn each_service_is_read_with_its_subject_and_what_it_means() {
    use TenantEventState::{Fault, Informational, Resolved};
    let finding = |severity: f64| json!({"id": "f-1", "severity": severity, "title": "Unusual"});
    let hub = |label: &str, record: &str| json!({"findings": [{"Id": "h-1", "Title": "Open", "Severity": {"Label": label}, "RecordState": record}]});
    let rule = |result: &str| json!({"configRuleName": "r", "resourceId": "b", "newEvaluationResult": {"complianceType": result}});
    let issue = |status: &str| {
        json!({"eventArn": "arn:h", "service": "EC2", "eventTypeCode": "AWS_EC2_ISSUE",
            "eventTypeCategory": "issue", "statusCode": status})
    };
    for (source, kind, detail, subject, state) in [
        (
            "aws.guardduty",
            "GuardDuty Finding",
            finding(9.1),
            "f-1",
            Fault(Severity::Critical),
        ),
        (
            "aws.guardduty",
            "GuardDuty Finding",
            finding(2.0),
            "f-1",
            Fault(Severity::Low),
        ),
        (
            "aws.securityhub",
            "Security Hub Findings - Imported",
            hub("HIGH", "ACTIVE"),
            "h-1",
            Fault(Severity::High),
        ),
        (
            "aws.securityhub",
            "Security Hub Findings - Imported",
            hub("HIGH", "ARCHIVED"),
            "h-1",
            Resolved,
        ),
        (
            "aws.config",
            "Config Rules Compliance Change",
            rule("NON_COMPLIANT"),
            "r: b",
            Fault(Severity::Medium),
        ),
        (
            "aws.config",
            "Config Rules Compliance Change",
            rule("COMPLIANT"),
            "r: b",
            Resolved,
        ),
        (
            "aws.health",
            "AWS Health Event",
            issue("open"),
            "arn:h",
            Fault(Severity::Medium),
        ),
        (
            "aws.health",
            "AWS Health Event",
            issue("closed"),
            "arn:h",
            Resolved,
        ),
        (
            "aws.access-analyzer",
            "Access Analyzer Finding",
            json!({"id": "a-1", "status": "ACTIVE"}),
            "a-1",
            Fault(Severity::Medium),
        ),
        (
            "aws.access-analyzer",
            "Access Analyzer Finding",
            json!({"id": "a-1", "status": "RESOLVED"}),
            "a-1",
            Resolved,
        ),
        (
            "aws.backup",
            "Backup Job State Change",
            json!({"backupJobId": "b-1", "state": "FAILED"}),
            "b-1",
            Fault(Severity::High),
        ),
        (
            "aws.backup",
            "Restore Job State Change",
            json!({"restoreJobId": "b-2", "status": "COMPLETED"}),
            "b-2",
            Resolved,
        ),
        (
            "aws.budgets",
            "AWS API Call via CloudTrail",
            json!({"eventName": "DeleteBudget", "requestParameters": {"budgetName": "tenantry"}}),
            "tenantry",
            Informational,
        ),
    ] {
        let read = TenantEvent::parse(&event(source, kind, &detail)).unwrap();
        assert_eq!(
            (read.subject.as_str(), read.state),
            (subject, state),
            "{source}: {detail}"
        );
        assert_eq!(read.account.as_str(), ACCOUNT);
    }
    for (said, state) in [
        ("ALARM", Fault(Severity::High)),
        ("OK", Resolved),
        ("INSUFFICIENT_DATA", Informational),
    ] {
        let read = TenantEvent::parse(&alarm("tenantry-root-use", said)).unwrap();
        assert_eq!((read.kind, read.state), (TenantEventKind::Alarm, state));
    }
}

#[test]
fn whose_it_is_is_told_by_the_envelope_alone() {
    let detail = json!({ "alarmName": "x", "state": {"value": "ALARM"}, "account": "999999999999", "accountId": "999999999999" });
    let body = event("aws.cloudwatch", "CloudWatch Alarm State Change", &detail);
    let read = TenantEvent::parse(&body).unwrap();
    assert_eq!(read.account.as_str(), ACCOUNT);
}

#[test]
fn what_is_not_forwarded_cannot_be_read_or_is_too_large_is_dropped_and_texts_are_cut() {
    let call = json!({ "eventName": "PutMetricAlarm" });
    for body in [
        event("aws.cloudwatch", "AWS API Call via CloudTrail", &call),
        event("tenantry", "TenantOffboardingRequested", &json!({})),
    ] {
        let dropped = TenantEvent::parse(&body).unwrap_err();
        assert!(matches!(dropped, Dropped::NotForwarded(_)), "{dropped}");
    }
    for body in [
        String::new(),
        "[]".into(),
        alarm("x", "ALARM").replace(ACCOUNT, "acme"),
        event("aws.guardduty", "GuardDuty Finding", &json!({})),
    ] {
        let dropped = TenantEvent::parse(&body).unwrap_err();
        assert!(matches!(dropped, Dropped::Unreadable(_)), "{dropped}");
    }
    let large = alarm(&"x".repeat(300_000), "ALARM");
    assert!(matches!(
        TenantEvent::parse(&large),
        Err(Dropped::TooLarge(_))
    ));
    let long = TenantEvent::parse(&alarm(&format!("a\n{}", "x".repeat(1_000)), "OK")).unwrap();
    assert_eq!(long.subject.chars().count(), LONGEST);
    assert!(long.subject.starts_with("a x"));
}

/// `baseline::event_forwarding::FORWARDED` is the same list.
#[test]
fn what_is_read_is_what_the_rule_forwards() {
    let read: Vec<_> = services::read().collect();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/baseline/src/event_forwarding/forwarded.rs"
    );
    let code = std::fs::read_to_string(path).unwrap();
    assert_eq!(code.matches("source: \"aws.").count(), read.len());
    for (source, kinds) in read {
        assert!(code.contains(&format!("source: \"{source}\"")), "{source}");
        assert!(
            kinds
                .iter()
                .all(|kind| code.contains(&format!("\"{kind}\""))),
            "{kinds:?}"
        );
    }
}
