//! A report as one page: no script, nothing from outside, fit to be printed.

use std::fmt::Write as _;

use super::{
    Report,
    text::{escaped, severity},
};

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:64rem;color:#1a1a1a;padding:0 1rem}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid #ccc}\
table{border-collapse:collapse;width:100%;font-size:.85rem}th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}\
th{background:#f4f4f4}.score{font-size:2.4rem;font-weight:600}.failed,.critical,.high{color:#a40000;font-weight:600}.passed{color:#1c6b1c}\
.muted{color:#666}code{font-size:.85em;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}dt{color:#666}dd{margin:0;overflow-wrap:anywhere}\
@media print{body{margin:0;max-width:none;font-size:11px}tr{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}}";

pub(super) fn write(report: &Report) -> String {
    let name = escaped(&report.name);
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Compliance report: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Compliance report: {name}</h1>\n"
    );
    summary(report, &mut page);
    findings(report, &mut page);
    suppressions(report, &mut page);
    controls(report, &mut page);
    let _ = write!(
        page,
        "<h2>Authenticity</h2>\n<p>When this report was made, the tenant's history had {} entries; the hash of the last one was \
         <code>{}</code>. <code>tenantry report verify FILE</code> tells whether a byte of this file was changed since.</p>\n\
         <p><code>{}</code></p>\n</body>\n</html>\n",
        report.history_length,
        escaped(&report.history_head),
        report.seal,
    );
    page
}

fn summary(report: &Report, page: &mut String) {
    let posture = &report.posture;
    let counts = &posture.counts;
    let score = counts.score;
    let score = score.map_or("no score yet".to_owned(), |score| format!("{score} %"));
    let _ = writeln!(page, "<p class=\"score\">{score}</p>\n<dl>");
    let account = report.account_id.as_ref();
    let account = account.map_or("none".to_owned(), ToString::to_string);
    let audited = posture.audited_at;
    let audited = audited.map_or("never as a whole".to_owned(), |at| at.to_string());
    let open = &counts.open;
    let found = format!(
        "{} critical, {} high, {} medium, {} low; {} suppressed",
        open.critical, open.high, open.medium, open.low, counts.suppressed
    );
    let controls = format!(
        "{} passed, {} failed, {} not applicable, {} not verifiable",
        counts.passed, counts.failed, counts.not_applicable, counts.not_verifiable
    );
    for (name, value) in [
        (
            "Tenant",
            format!("{} ({})", posture.slug, posture.tenant_id),
        ),
        ("AWS account", account),
        ("Blueprint", report.blueprint.clone()),
        ("Last whole audit", audited),
        ("Read by the role", report.role.clone()),
        ("Controls", controls),
        ("Open findings", found),
        ("Report made", report.generated_at.to_string()),
        ("For", report.generated_by.clone()),
    ] {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
    }
    page.push_str("</dl>\n");
}

fn findings(report: &Report, page: &mut String) {
    page.push_str("<h2>Open findings</h2>\n");
    if report.findings.is_empty() {
        page.push_str("<p>None.</p>\n");
        return;
    }
    head(
        page,
        &[
            "Severity",
            "Control",
            "Resource",
            "Wanted",
            "Found",
            "What to do",
            "First seen",
            "Last seen",
        ],
    );
    for view in &report.findings {
        let found = &view.finding.difference;
        let severity = severity(found.severity);
        let control = view.control.as_ref().map(ToString::to_string);
        let mut remedy = escaped(&found.remedy);
        if let Some(by) = &view.suppressed_by {
            let _ = write!(
                remedy,
                " <span class=\"muted\">Suppressed by {}.</span>",
                escaped(&by.owner)
            );
        }
        let class = escaped(&severity);
        let _ = write!(page, "<tr><td class=\"{class}\">{class}</td>");
        for text in [
            control.unwrap_or_default(),
            format!("{} {}", found.resource, found.field),
            found.wanted.clone(),
            found.found.clone(),
        ] {
            let _ = write!(page, "<td>{}</td>", escaped(&text));
        }
        let (first, last) = (view.finding.first_seen, view.finding.last_seen);
        let _ = writeln!(
            page,
            "<td>{remedy}</td><td>{first}</td><td>{last}</td></tr>"
        );
    }
    page.push_str("</tbody></table>\n");
    if report.findings_left_out > 0 {
        let _ = writeln!(
            page,
            "<p>{} more are not shown.</p>",
            report.findings_left_out
        );
    }
}

fn suppressions(report: &Report, page: &mut String) {
    page.push_str("<h2>Suppressed</h2>\n");
    if report.suppressions.is_empty() {
        page.push_str("<p>Nothing.</p>\n");
        return;
    }
    head(
        page,
        &["Control", "Resource", "Reason", "By", "Since", "Until"],
    );
    for one in &report.suppressions {
        page.push_str("<tr>");
        for text in [
            one.control.to_string(),
            one.resource.clone().unwrap_or_else(|| "any".to_owned()),
            one.reason.clone(),
            one.owner.clone(),
            one.created_at.to_string(),
            one.expires_at.to_string(),
        ] {
            let _ = write!(page, "<td>{}</td>", escaped(&text));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n");
}

fn controls(report: &Report, page: &mut String) {
    page.push_str("<h2>What was checked</h2>\n");
    head(
        page,
        &[
            "Control",
            "What",
            "Result",
            "Since",
            "Read by",
            "Repaired by",
            "Standards",
        ],
    );
    for view in &report.posture.controls {
        let about = view.about.as_ref();
        let state = view.state.as_str();
        let class = escaped(state);
        let mut result = format!("<span class=\"{class}\">{class}</span>");
        if let Some(why) = &view.why {
            let _ = write!(result, " <span class=\"muted\">{}</span>", escaped(why));
        }
        let since = view.since.map(|since| since.to_string());
        let text =
            |part: fn(&tenancy::Control) -> String| escaped(&about.map(part).unwrap_or_default());
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{result}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            view.control,
            text(|about| about.title.clone()),
            since.unwrap_or_default(),
            text(|about| about.reads.clone()),
            text(|about| about.repaired_by.as_str().to_owned()),
            text(|about| about.standards.in_words().join("; ")),
        );
    }
    page.push_str("</tbody></table>\n");
}

fn head(page: &mut String, columns: &[&str]) {
    page.push_str("<table><thead><tr>");
    for column in columns {
        let _ = write!(page, "<th>{column}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
}
