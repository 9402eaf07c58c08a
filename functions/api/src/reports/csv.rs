//! A report as rows (RFC 4180): one for each control, and one for each open finding of it.

use api_types::{ControlPostureView, FindingView};
use tenancy::text::visible;

use super::{Report, text::severity};

const HEAD: [&str; 14] = [
    "tenant",
    "account",
    "auditedAt",
    "control",
    "title",
    "state",
    "severity",
    "resource",
    "field",
    "wanted",
    "found",
    "firstSeen",
    "lastSeen",
    "suppressedBy",
];

pub(super) fn write(report: &Report) -> String {
    let mut text = line(&HEAD.map(str::to_owned));
    for control in &report.posture.controls {
        let findings = report.findings.iter();
        let own: Vec<&FindingView> = findings
            .filter(|view| view.control.as_ref() == Some(&control.control))
            .collect();
        match own.as_slice() {
            [] => text.push_str(&line(&cells(report, control, None))),
            own => own
                .iter()
                .for_each(|one| text.push_str(&line(&cells(report, control, Some(one))))),
        }
    }
    text
}

fn cells(
    report: &Report,
    control: &ControlPostureView,
    view: Option<&FindingView>,
) -> [String; 14] {
    let about = control.about.as_ref();
    let found = view.map(|view| &view.finding.difference);
    let time = |at: Option<tenancy::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let account = report.account_id.as_ref();
    let of = |part: fn(&tenancy::finding::Difference) -> &String| {
        found.map(part).cloned().unwrap_or_default()
    };
    let worst = found.map(|found| found.severity);
    let worst = worst.or(about.map(|about| about.severity));
    let by = view.and_then(|view| view.suppressed_by.as_ref());
    [
        report.posture.tenant_id.to_string(),
        account.map(ToString::to_string).unwrap_or_default(),
        time(report.posture.audited_at),
        control.control.to_string(),
        about.map(|about| about.title.clone()).unwrap_or_default(),
        control.state.as_str().to_owned(),
        worst.map(severity).unwrap_or_default(),
        of(|found| &found.resource),
        of(|found| &found.field),
        of(|found| &found.wanted),
        of(|found| &found.found),
        time(view.map(|view| view.finding.first_seen)),
        time(view.map(|view| view.finding.last_seen)),
        by.map(|by| by.owner.clone()).unwrap_or_default(),
    ]
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// What a cell begins with that a spreadsheet takes for a formula; some take the wide forms, too (OWASP, "CSV Injection").
const FORMULA: [char; 9] = ['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠'];

/// A cell in quotes. One that a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let shown = visible(cell);
    let formula = shown.starts_with(FORMULA);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", shown.replace('"', "\"\""))
}
