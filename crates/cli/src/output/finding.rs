//! Findings for people.

use api_types::PageView;
use tenancy::{Finding, FindingState, Severity, finding::Repair, text::visible};

use super::{
    style::{Styles, style_of_severity},
    table::{Cell, Table},
    time::moment,
};

/// A severity as a word.
pub fn severity_in_words(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
        Severity::Other(word) => word.as_str(),
    }
}

/// The findings, worst first, and what a person must do about those that tenantry does not repair.
pub fn render(page: &PageView<Finding>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no findings\n".into();
    }
    let mut findings: Vec<&Finding> = page.items.iter().collect();
    findings.sort_by(|a, b| {
        let worst = b.difference.severity.cmp(&a.difference.severity);
        worst.then_with(|| a.difference.key.cmp(&b.difference.key))
    });
    let mut table = Table::new(&[
        "SEVERITY",
        "STATE",
        "COMPONENT",
        "RESOURCE",
        "FIELD",
        "WANTED",
        "FOUND",
        "REPAIRED BY",
        "FIRST SEEN",
        "LAST SEEN",
    ]);
    for finding in &findings {
        table.row(row(finding));
    }
    table.render(styles) + &remedies(&findings, styles)
}

fn row(finding: &Finding) -> [Cell; 10] {
    let difference = &finding.difference;
    let state = match finding.state {
        FindingState::Open => "open",
        FindingState::Resolved => "resolved",
        FindingState::Other(word) => word.as_str(),
    };
    [
        Cell::styled(
            style_of_severity(difference.severity),
            severity_in_words(difference.severity),
        ),
        state.into(),
        difference.component.as_str().into(),
        difference.resource.as_str().into(),
        difference.field.as_str().into(),
        difference.wanted.as_str().into(),
        difference.found.as_str().into(),
        match difference.repair {
            Repair::Tenantry => "tenantry",
            Repair::Person | Repair::Other(_) => "a person",
        }
        .into(),
        moment(finding.first_seen).into(),
        moment(finding.last_seen).into(),
    ]
}

fn remedies(findings: &[&Finding], styles: Styles) -> String {
    let people = findings.iter().filter(|finding| {
        finding.state == FindingState::Open && finding.difference.repair == Repair::Person
    });
    people
        .map(|finding| {
            let difference = &finding.difference;
            let what = styles.heading("what to do:");
            let remedy = format!(
                "{} ({} {})",
                difference.remedy, difference.resource, difference.field
            );
            format!("{what} {}\n", visible(&remedy))
        })
        .collect()
}
