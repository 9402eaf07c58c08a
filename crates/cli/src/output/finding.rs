//! Findings for people.

use tenancy::{Finding, FindingState, Severity};

use super::{
    table::{Cell, Table},
    time::moment,
    tones::{Tones, tone_of_severity},
};
use crate::wire::Listing;

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

/// The findings, worst first.
pub fn render(listing: &Listing<Finding>, tones: Tones) -> String {
    if listing.items.is_empty() {
        return "no findings\n".into();
    }
    let mut findings: Vec<&Finding> = listing.items.iter().collect();
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
        "FIRST SEEN",
        "LAST SEEN",
    ]);
    for finding in findings {
        table.row(row(finding));
    }
    table.render(tones)
}

fn row(finding: &Finding) -> [Cell; 9] {
    let difference = &finding.difference;
    let state = match finding.state {
        FindingState::Open => "open",
        FindingState::Resolved => "resolved",
        FindingState::Other(word) => word.as_str(),
    };
    [
        Cell::toned(
            tone_of_severity(difference.severity),
            severity_in_words(difference.severity),
        ),
        state.into(),
        difference.component.as_str().into(),
        difference.resource.as_str().into(),
        difference.field.as_str().into(),
        difference.wanted.as_str().into(),
        difference.found.as_str().into(),
        moment(finding.first_seen).into(),
        moment(finding.last_seen).into(),
    ]
}
