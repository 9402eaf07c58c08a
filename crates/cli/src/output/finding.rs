//! Findings for people.

use std::collections::BTreeMap;

use api_types::{FindingView, PageView};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::{Finding, FindingState, Severity, finding::Repair, posture::weight, text::visible};

use crate::commands::GroupBy;

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

const COLUMNS: [&str; 10] = [
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
];

/// Whose finding it is.
fn tenant_of(finding: &Finding) -> &str {
    let slug = finding.other.get("tenantSlug").and_then(Value::as_str);
    slug.unwrap_or_default()
}

fn spans_tenants(findings: &[&Finding]) -> bool {
    let mut tenants = findings.iter().map(|finding| tenant_of(finding));
    let first = tenants.next();
    tenants.any(|tenant| Some(tenant) != first)
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
    let several = spans_tenants(&findings);
    let mut columns = if several { vec!["TENANT"] } else { Vec::new() };
    columns.extend(COLUMNS);
    let mut table = Table::new(&columns);
    for finding in &findings {
        let tenant = several.then(|| Cell::from(tenant_of(finding)));
        table.row(tenant.into_iter().chain(row(finding)));
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

/// How many findings there are of one control, tenant or severity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// Of what.
    name: String,
    /// The worst of them.
    worst: Severity,
    /// How many.
    findings: usize,
    /// In how many tenants.
    tenants: usize,
}

/// Findings counted by something, the worst first.
pub fn grouped(page: &PageView<FindingView>, by: GroupBy) -> Value {
    let mut groups: BTreeMap<String, Vec<&FindingView>> = BTreeMap::new();
    for view in &page.items {
        let name = match by {
            GroupBy::Control => view.control.as_ref().map(ToString::to_string),
            GroupBy::Tenant => Some(view.tenant_slug.to_string()),
            GroupBy::Severity => {
                Some(severity_in_words(view.finding.difference.severity).to_owned())
            }
        };
        groups
            .entry(name.unwrap_or_default())
            .or_default()
            .push(view);
    }
    let mut groups: Vec<Group> = groups.into_iter().map(group).collect();
    groups.sort_by_key(|group| {
        let worst = std::cmp::Reverse((weight(group.worst), group.findings));
        (worst, group.name.clone())
    });
    json!({ "items": groups })
}

fn group((name, views): (String, Vec<&FindingView>)) -> Group {
    let worst = views.iter().map(|view| view.finding.difference.severity);
    let tenants: std::collections::BTreeSet<_> = views.iter().map(|v| &v.tenant_id).collect();
    Group {
        name,
        worst: worst.max_by_key(|it| weight(*it)).unwrap_or(Severity::Low),
        findings: views.len(),
        tenants: tenants.len(),
    }
}

/// Groups as a table.
pub fn groups(page: &PageView<Group>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no findings\n".into();
    }
    let mut table = Table::new(&["NAME", "WORST", "FINDINGS", "TENANTS"]);
    for group in &page.items {
        let worst = group.worst;
        table.row([
            group.name.as_str().into(),
            Cell::styled(style_of_severity(worst), severity_in_words(worst)),
            group.findings.to_string().into(),
            group.tenants.to_string().into(),
        ]);
    }
    table.render(styles)
}
