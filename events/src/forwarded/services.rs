//! What each service says, one function for each. Sources: the services' user guides, "EventBridge events" of each.

use serde_json::Value;
use tenancy::Severity;

use super::{Dropped, TenantEventKind as Kind, TenantEventState as State, cut};

/// What an event says, before texts are cut.
pub(super) struct Said {
    pub kind: Kind,
    pub subject: String,
    pub says: String,
    pub state: State,
}

type Reader = fn(&Value) -> Option<Said>;

/// By source and kinds of events.
const SERVICES: &[(&str, &[&str], Reader)] = &[
    (
        "aws.access-analyzer",
        &[
            "Access Analyzer Finding",
            "Unused Access Finding for IAM entities",
        ],
        access_analyzer,
    ),
    (
        "aws.backup",
        &[
            "Backup Job State Change",
            "Backup Vault State Change",
            "Copy Job State Change",
            "Restore Job State Change",
        ],
        backup,
    ),
    ("aws.budgets", &["AWS API Call via CloudTrail"], budgets),
    (
        "aws.cloudwatch",
        &["CloudWatch Alarm State Change"],
        cloudwatch,
    ),
    ("aws.config", &["Config Rules Compliance Change"], config),
    ("aws.guardduty", &["GuardDuty Finding"], guardduty),
    (
        "aws.health",
        &["AWS Health Event", "AWS Health Abuse Event"],
        health,
    ),
    (
        "aws.securityhub",
        &["Security Hub Findings - Imported"],
        security_hub,
    ),
];

/// What an event of this source and kind says.
pub(super) fn said(source: &str, kind: &str, detail: &Value) -> Result<Said, Dropped> {
    let known = SERVICES.iter().find(|(name, ..)| *name == source);
    let known = known.filter(|(_, kinds, _)| kinds.contains(&kind));
    let Some((_, _, read)) = known else {
        return Err(Dropped::NotForwarded(cut(&format!("{source}, {kind}"))));
    };
    let lacks = || Dropped::Unreadable(format!("an event of `{source}` without its subject"));
    read(detail).ok_or_else(lacks)
}

/// The sources that are read.
#[cfg(test)]
pub(super) fn read() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    SERVICES.iter().map(|(source, kinds, _)| (*source, *kinds))
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str)
}

fn or_nothing<'a>(value: &'a Value, path: &str) -> &'a str {
    text(value, path).unwrap_or_default()
}

fn cloudwatch(detail: &Value) -> Option<Said> {
    let alarm = text(detail, "/alarmName")?;
    let state = match text(detail, "/state/value")? {
        "ALARM" => State::Fault(Severity::High),
        "OK" => State::Resolved,
        _ => State::Informational,
    };
    Some(Said {
        kind: Kind::Alarm,
        subject: alarm.to_owned(),
        says: or_nothing(detail, "/state/reason").to_owned(),
        state,
    })
}

fn health(detail: &Value) -> Option<Said> {
    let event = text(detail, "/eventArn").or_else(|| text(detail, "/eventTypeCode"))?;
    let issue = text(detail, "/eventTypeCategory") == Some("issue");
    let state = match text(detail, "/statusCode") {
        Some("closed") => State::Resolved,
        Some("open") if issue => State::Fault(Severity::Medium),
        _ => State::Informational,
    };
    let service = or_nothing(detail, "/service");
    let code = or_nothing(detail, "/eventTypeCode");
    Some(Said {
        kind: Kind::Health,
        subject: event.to_owned(),
        says: format!("{service}: {code}"),
        state,
    })
}

/// GuardDuty User Guide, "Severity levels": 9 is critical, 7 high, 4 medium.
fn guardduty(detail: &Value) -> Option<Said> {
    let finding = text(detail, "/id")?;
    let level = detail.pointer("/severity").and_then(Value::as_f64)?;
    let severity = match level {
        level if level >= 9.0 => Severity::Critical,
        level if level >= 7.0 => Severity::High,
        level if level >= 4.0 => Severity::Medium,
        _ => Severity::Low,
    };
    let archived = detail.pointer("/service/archived") == Some(&Value::Bool(true));
    Some(Said {
        kind: Kind::SecurityFinding,
        subject: finding.to_owned(),
        says: or_nothing(detail, "/title").to_owned(),
        state: match archived {
            true => State::Resolved,
            false => State::Fault(severity),
        },
    })
}

/// An event holds one finding (Security Hub User Guide, "EventBridge event formats").
fn security_hub(detail: &Value) -> Option<Said> {
    let finding = detail.pointer("/findings/0")?;
    let severity = match text(finding, "/Severity/Label") {
        Some("CRITICAL") => State::Fault(Severity::Critical),
        Some("HIGH") => State::Fault(Severity::High),
        Some("MEDIUM") => State::Fault(Severity::Medium),
        Some("LOW") => State::Fault(Severity::Low),
        _ => State::Informational,
    };
    let over = text(finding, "/RecordState") == Some("ARCHIVED")
        || text(finding, "/Compliance/Status") == Some("PASSED")
        || matches!(
            text(finding, "/Workflow/Status"),
            Some("RESOLVED" | "SUPPRESSED")
        );
    Some(Said {
        kind: Kind::SecurityFinding,
        subject: text(finding, "/Id")?.to_owned(),
        says: or_nothing(finding, "/Title").to_owned(),
        state: if over { State::Resolved } else { severity },
    })
}

fn config(detail: &Value) -> Option<Said> {
    let (rule, resource) = (
        text(detail, "/configRuleName")?,
        text(detail, "/resourceId")?,
    );
    let state = match text(detail, "/newEvaluationResult/complianceType") {
        Some("NON_COMPLIANT") => State::Fault(Severity::Medium),
        Some("COMPLIANT") => State::Resolved,
        _ => State::Informational,
    };
    Some(Said {
        kind: Kind::Compliance,
        subject: format!("{rule}: {resource}"),
        says: or_nothing(detail, "/newEvaluationResult/annotation").to_owned(),
        state,
    })
}

fn access_analyzer(detail: &Value) -> Option<Said> {
    let state = match text(detail, "/status")? {
        "ACTIVE" => State::Fault(Severity::Medium),
        _ => State::Resolved,
    };
    Some(Said {
        kind: Kind::AccessFinding,
        subject: text(detail, "/id")?.to_owned(),
        says: or_nothing(detail, "/resource").to_owned(),
        state,
    })
}

/// Some events say `state`, others `status` (AWS Backup Developer Guide, "Monitoring AWS Backup events").
fn backup(detail: &Value) -> Option<Said> {
    let ids = [
        "backupJobId",
        "copyJobId",
        "restoreJobId",
        "backupVaultName",
    ];
    let id = ids.iter().find_map(|id| text(detail, &format!("/{id}")))?;
    let state = text(detail, "/state").or_else(|| text(detail, "/status"));
    let state = state.unwrap_or_default();
    Some(Said {
        kind: Kind::Backup,
        subject: id.to_owned(),
        says: format!("{state} {}", or_nothing(detail, "/statusMessage"))
            .trim()
            .to_owned(),
        state: match state {
            "FAILED" | "ABORTED" | "EXPIRED" | "PARTIAL" => State::Fault(Severity::High),
            "COMPLETED" => State::Resolved,
            _ => State::Informational,
        },
    })
}

fn budgets(detail: &Value) -> Option<Said> {
    let name = text(detail, "/eventName")?;
    let budget = text(detail, "/requestParameters/budgetName")
        .or_else(|| text(detail, "/requestParameters/budget/budgetName"));
    Some(Said {
        kind: Kind::BudgetChange,
        subject: budget.unwrap_or(name).to_owned(),
        says: format!("{name} by {}", or_nothing(detail, "/userIdentity/arn")),
        state: State::Informational,
    })
}
