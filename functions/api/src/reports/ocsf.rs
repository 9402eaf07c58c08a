//! A report as events of the Open Cybersecurity Schema Framework 1.5.0: Compliance Finding (class 2003), one for each control, or for each open
//! finding of it.

use api_types::{ControlPostureView, FindingView};
use serde_json::{Value, json};
use tenancy::{ControlState, Severity};

use super::Report;

/// The version of the schema.
const VERSION: &str = "1.5.0";
const CLASS: u32 = 2003;
/// A finding that is told of: activity `Create`.
const CREATE: u32 = 1;

pub(super) fn write(report: &Report) -> String {
    let mut events = Vec::new();
    for control in &report.posture.controls {
        let findings = report.findings.iter();
        let own: Vec<&FindingView> = findings
            .filter(|view| view.control.as_ref() == Some(&control.control))
            .collect();
        match own.as_slice() {
            [] => events.push(event(report, control, None)),
            own => events.extend(own.iter().map(|one| event(report, control, Some(one)))),
        }
    }
    let mut text = serde_json::to_string_pretty(&events).unwrap_or_default();
    text.push('\n');
    text
}

fn event(report: &Report, control: &ControlPostureView, view: Option<&FindingView>) -> Value {
    let about = control.about.as_ref();
    let found = view.map(|view| &view.finding.difference);
    let tenant = &report.posture.tenant_id;
    let key = found.map_or(control.control.as_str(), |found| found.key.as_str());
    let severity = found.map(|found| found.severity);
    let severity = severity.or(about.map(|about| about.severity));
    let (severity_id, severity) = match control.state {
        ControlState::Failed => severity_of(severity),
        _ => (1, "Informational"),
    };
    let mut info = json!({
        "uid": format!("{tenant}/{key}"),
        "title": about.map_or(control.control.as_str(), |about| about.title.as_str()),
    });
    if let Some(view) = view {
        info["first_seen_time"] = view.finding.first_seen.as_millisecond().into();
        info["last_seen_time"] = view.finding.last_seen.as_millisecond().into();
    }
    if let Some(found) = found {
        info["desc"] = format!(
            "{}: wanted {}, found {}",
            found.field, found.wanted, found.found
        )
        .into();
    }
    let suppressed = view.is_some_and(|view| view.suppressed_by.is_some());
    let remedy = found.map(|found| found.remedy.as_str());
    let remedy = remedy.or(about.map(|about| about.remedy.as_str()));
    json!({
        "activity_id": CREATE, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": CLASS, "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE, "type_name": "Compliance Finding: Create",
        "severity_id": severity_id, "severity": severity,
        "status_id": if suppressed { 3 } else { 1 }, "status": if suppressed { "Suppressed" } else { "New" },
        "time": report.posture.audited_at.unwrap_or(report.generated_at).as_millisecond(),
        "metadata": {
            "version": VERSION,
            "tenant_uid": tenant,
            "product": { "name": "tenantry", "vendor_name": "tenantry" },
        },
        "finding_info": info,
        "compliance": compliance(control),
        "remediation": { "desc": remedy.unwrap_or("See the finding.") },
        "resources": [resource(report, view)],
    })
}

fn compliance(control: &ControlPostureView) -> Value {
    let (status_id, status) = match control.state {
        ControlState::Passed => (1, "Pass"),
        ControlState::Failed => (3, "Fail"),
        ControlState::NotApplicable => (99, "Not Applicable"),
        ControlState::NotVerifiable | ControlState::Other(_) => (0, "Unknown"),
    };
    let about = control.about.as_ref();
    let mut compliance = json!({
        "control": control.control,
        "status_id": status_id,
        "status": status,
        "standards": about.map(|about| about.standards.in_words()).unwrap_or_default(),
    });
    if let Some(why) = &control.why {
        compliance["status_detail"] = why.as_str().into();
    }
    compliance
}

fn resource(report: &Report, view: Option<&FindingView>) -> Value {
    let account = report.account_id.as_ref();
    let account = account.map_or("none", tenancy::AccountId::as_str);
    match view {
        Some(view) => json!({ "name": view.finding.difference.resource, "namespace": account }),
        None => json!({ "uid": account, "type": "AWS::::Account" }),
    }
}

fn severity_of(severity: Option<Severity>) -> (u32, &'static str) {
    match severity {
        Some(Severity::Critical) => (5, "Critical"),
        Some(Severity::High) => (4, "High"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Other(_)) | None => (0, "Unknown"),
    }
}
