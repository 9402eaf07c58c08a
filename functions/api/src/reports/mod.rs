//! Reports of a tenant's posture, as files.
//!
//! # Guarantees
//! The digest of a report is in the tenant's history before the report leaves. All that a tenant can name is escaped; a report holds no script and
//! refers to nothing outside.

mod csv;
mod html;
mod ocsf;
mod text;

use api_types::{FindingView, PostureView, ReportView};
use axum::{Json, extract::State};
use baseline::catalogue::control_of;
use serde::Serialize;
use serde_json::{Map, Value};
use tenancy::{
    AccountId, Finding, FindingState, Suppression, Tenant, Timestamp, names, report,
    suppression::suppressing, text::escaped_json,
};
use tenantry_aws::ledger::{NewEntry, TenantPosture};

use crate::{
    App, bounded,
    call::Call,
    posture,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// How many findings a report shows, the worst first, and how many where they do not fit.
const MOST_FINDINGS: [usize; 5] = [1000, 300, 100, 30, 10];

/// What all formats are written from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// When it was made.
    pub generated_at: Timestamp,
    /// Who asked for it.
    pub generated_by: String,
    /// The name of the tenant.
    pub name: String,
    /// Its account.
    pub account_id: Option<AccountId>,
    /// Its blueprint.
    pub blueprint: String,
    /// The role by which the account was read.
    pub role: String,
    /// Controls, and what they come to.
    pub posture: PostureView,
    /// Open findings, the worst first, suppressed ones included.
    pub findings: Vec<FindingView>,
    /// How many more there are.
    pub findings_left_out: usize,
    /// What is suppressed, by whom and why.
    pub suppressions: Vec<Suppression>,
    /// How many entries the history had.
    pub history_length: u64,
    /// The hash of the last of them.
    pub history_head: String,
    /// The place of the seal.
    pub seal: String,
}

type Writer = fn(&Report) -> String;

/// A format: its name, the end of its file's name, its media type, and what writes it.
#[derive(Clone, Copy)]
struct Format(&'static str, &'static str, &'static str, Writer);

const FORMATS: [Format; 4] = [
    Format("html", "html", "text/html", html::write),
    Format("json", "json", "application/json", json),
    Format("csv", "csv", "text/csv", csv::write),
    Format("ocsf", "ocsf.json", "application/json", ocsf::write),
];

fn json(report: &Report) -> String {
    pretty(report)
}

/// JSON that can be shown on a terminal, whatever names a tenant has given.
fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    escaped_json(&text) + "\n"
}

/// `GET /v1/tenants/{id}/report`
pub async fn make(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    mut query: Query,
) -> Result<Json<ReportView>, Refusal> {
    let words = FORMATS.map(|format| (format.0, format));
    let format = query.word("format", &words);
    query.done()?;
    let [_, otherwise, ..] = FORMATS;
    let Format(name, ending, media_type, write) = format.unwrap_or(otherwise);
    let id = app.tenant_id(&key).await?;
    let of = app.ledger.posture(&id).await?;
    let written = MOST_FINDINGS
        .iter()
        .map(|most| write(&report_of(&of, &call.actor, call.at, *most)));
    // The last of them is small, whatever a tenant has named.
    let mut fitting = written.skip_while(|content| content.len() > bounded::LARGEST);
    let content = fitting.next().unwrap_or_default();
    let (content, digest) = report::sealed(content);
    let entry = issued(&call, name, &digest);
    app.ledger
        .append_history(&id, None, &[entry], call.at)
        .await?;
    let day = call.at.to_string().chars().take(10).collect::<String>();
    Ok(Json(ReportView {
        file_name: format!("{}-{day}.{ending}", of.tenant.spec.slug),
        media_type: media_type.to_owned(),
        content,
        digest,
    }))
}

fn issued(call: &Call, format: &str, digest: &str) -> NewEntry {
    let request = call.request(&Value::Null);
    let mut details = Map::new();
    for (name, value) in [
        (report::DIGEST, digest),
        ("format", format),
        ("requestId", &request.request_id),
    ] {
        details.insert(name.to_owned(), value.into());
    }
    NewEntry {
        actor: request.actor,
        action: report::ISSUED.to_owned(),
        summary: format!("a report was issued in the format `{format}`"),
        details,
    }
}

/// The report on what the ledger has of a tenant at a time.
pub fn report_of(of: &TenantPosture, by: &str, at: Timestamp, most: usize) -> Report {
    let tenant = &of.tenant;
    let live = of.rows.suppressions.iter().filter(|one| one.is_live(at));
    let suppressions: Vec<Suppression> = live.cloned().collect();
    let mut findings: Vec<FindingView> = of
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Open)
        .map(|finding| view(tenant, finding, &suppressions, at))
        .collect();
    findings.sort_by_key(|view| {
        let found = &view.finding.difference;
        let weight = tenancy::posture::weight(found.severity);
        (std::cmp::Reverse(weight), found.key.clone())
    });
    let findings_left_out = findings.len().saturating_sub(most);
    findings.truncate(most);
    Report {
        generated_at: at,
        generated_by: by.to_owned(),
        name: tenant.spec.name.clone(),
        account_id: tenant.account_id.clone(),
        blueprint: tenant.spec.blueprint.to_string(),
        role: role(tenant.account_id.as_ref()),
        posture: posture::present(of, at),
        findings,
        findings_left_out,
        suppressions,
        history_length: tenant.history_length,
        history_head: tenant.history_head.clone(),
        seal: report::unsealed(),
    }
}

fn view(
    tenant: &Tenant,
    finding: &Finding,
    suppressions: &[Suppression],
    at: Timestamp,
) -> FindingView {
    let found = &finding.difference;
    let control = control_of(found.component, &found.key);
    let by = |control| suppressing(suppressions, control, &found.resource, at);
    FindingView {
        tenant_id: tenant.id.clone(),
        tenant_slug: tenant.spec.slug.clone(),
        suppressed_by: control.as_ref().and_then(by).cloned(),
        control,
        finding: finding.clone(),
    }
}

/// The auditor's role, which can only read.
fn role(account: Option<&AccountId>) -> String {
    let name = format!("role{}{}", names::MANAGEMENT_PATH, names::AUDITOR);
    match account {
        Some(account) => format!("arn:aws:iam::{account}:{name}"),
        None => name,
    }
}

#[cfg(test)]
mod tests;
