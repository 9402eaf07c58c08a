//! A report as events of the Open Cybersecurity Schema Framework 1.5.0: Compliance Finding (class 2003), one for each control, or for each open
//! finding of it.

use api_types::{ControlPostureView, FindingView};
use serde_json::{Map, Value, json};
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
    super::pretty(&events)
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
        ControlState::Passed
        | ControlState::NotApplicable
        | ControlState::NotVerifiable
        | ControlState::Other(_) => (1, "Informational"),
    };
    let title = about.map_or(control.control.as_str(), |about| about.title.as_str());
    let info = information(format!("{tenant}/{key}"), title, view);
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

/// What the finding is. A control that holds has no times.
fn information(uid: String, title: &str, view: Option<&FindingView>) -> Map<String, Value> {
    let mut info = Map::from_iter([
        ("uid".to_owned(), uid.into()),
        ("title".to_owned(), title.into()),
    ]);
    if let Some(FindingView { finding, .. }) = view {
        let found = &finding.difference;
        let words = format!(
            "{}: wanted {}, found {}",
            found.field, found.wanted, found.found
        );
        info.insert("desc".into(), words.into());
        for (name, at) in [
            ("first_seen_time", finding.first_seen),
            ("last_seen_time", finding.last_seen),
        ] {
            info.insert(name.into(), at.as_millisecond().into());
        }
    }
    info
}

fn compliance(control: &ControlPostureView) -> Value {
    let (status_id, status) = match control.state {
        ControlState::Passed => (1, "Pass"),
        ControlState::Failed => (3, "Fail"),
        ControlState::NotApplicable => (99, "Not Applicable"),
        ControlState::NotVerifiable | ControlState::Other(_) => (0, "Unknown"),
    };
    let about = control.about.as_ref();
    let standards = about.map(|about| about.standards.in_words());
    let mut compliance = Map::from_iter([
        ("control".to_owned(), control.control.as_str().into()),
        ("status_id".to_owned(), status_id.into()),
        ("status".to_owned(), status.into()),
        ("standards".to_owned(), standards.unwrap_or_default().into()),
    ]);
    if let Some(why) = &control.why {
        compliance.insert("status_detail".into(), why.as_str().into());
    }
    compliance.into()
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
