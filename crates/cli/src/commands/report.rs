//! `tenantry report`.

use std::{fs, path::PathBuf};

use api_types::{HistoryView, ReportView};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tenancy::{TenantId, history::verify, report, text::visible};

use crate::{
    client::{Call, decode},
    error::CliError,
    output, parse,
    session::Session,
};

/// Arguments of `tenantry report`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
The digest of every report is recorded in the tenant's history. A report in HTML or JSON also carries it as its seal.

Examples:
  tenantry report acme --format html --out acme.html
  tenantry report acme --format ocsf > findings.json
  tenantry report verify acme.html                # against the tenant's history: exit code 1 if one byte was changed
  tenantry report verify acme.html --offline      # only whether the file is as it was sealed")]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Tenant by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant, required = true)]
    tenant: Option<String>,
    /// Format of the report
    #[arg(long, default_value = "html", value_parser = ["html", "json", "csv", "ocsf"])]
    format: String,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Commands about reports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify that a report is as it was issued
    Verify(Verify),
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The report
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tenant that it is about [default: the one that it names]
    #[arg(long, value_name = "TENANT", value_parser = parse::tenant)]
    tenant: Option<String>,
    /// Only verify the seal that the file carries: that nobody changed the file who did not seal it again
    #[arg(long, conflicts_with = "tenant")]
    offline: bool,
}

impl Arguments {
    /// What needs no API.
    pub fn offline(&self) -> Option<&Verify> {
        match &self.command {
            Some(Command::Verify(verify)) if verify.offline => Some(verify),
            _ => None,
        }
    }
}

/// Makes a report, or verifies one.
///
/// # Errors
/// As any call; a report that was changed; a file that cannot be read or written.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    match (&arguments.command, &arguments.tenant) {
        (Some(Command::Verify(verify)), _) => against_history(session, verify).await,
        (None, Some(tenant)) => make(session, tenant, arguments).await,
        (None, None) => Err(CliError::Usage("no tenant".into())),
    }
}

async fn make(session: &Session<'_>, tenant: &str, arguments: &Arguments) -> Result<(), CliError> {
    let doing = format!("making a report of tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/report"), doing);
    let call = call.query("format", &arguments.format);
    let body = session.send(&call).await?.body;
    let made: ReportView = decode(&call.doing, &body)?;
    let Some(path) = &arguments.out else {
        return output::print(&made.content);
    };
    fs::write(path, &made.content)?;
    let note = format!(
        "the report is in `{}`, its digest is {}",
        path.display(),
        made.digest
    );
    session.printer.note(&note);
    Ok(())
}

/// Whether a file is as it was sealed. Needs no API.
///
/// # Errors
/// It is not, or carries no seal.
pub fn verify_offline(verify: &Verify) -> Result<(), CliError> {
    let content = fs::read(&verify.file)?;
    let file = verify.file.display();
    let digest = report::digest(&content);
    match report::seal(&content) {
        Some(seal) if seal == digest.as_bytes() => output::print(&format!(
            "`{file}` is as it was sealed: {digest}\nwhether tenantry issued it, only the tenant's history tells: leave out `--offline`\n"
        )),
        Some(_) => Err(CliError::ReportChanged(format!(
            "`{file}` is not as it was sealed"
        ))),
        None => Err(CliError::ReportChanged(format!(
            "`{file}` carries no seal: of CSV and OCSF only the tenant's history tells"
        ))),
    }
}

/// Whether the digest of a file is in the tenant's history, and the history is intact.
async fn against_history(session: &Session<'_>, arguments: &Verify) -> Result<(), CliError> {
    let content = fs::read(&arguments.file)?;
    let file = arguments.file.display();
    let digest = report::digest(&content);
    if report::seal(&content).is_some_and(|seal| seal != digest.as_bytes()) {
        let what = format!("`{file}` is not as it was sealed");
        return Err(CliError::ReportChanged(what));
    }
    let named = || report::tenant_of(&content).map(|id: TenantId| id.to_string());
    let tenant = arguments.tenant.clone().or_else(named);
    let tenant = tenant.ok_or_else(|| {
        CliError::ReportChanged(format!("`{file}` names no tenant: give `--tenant`"))
    })?;
    let doing = format!("reading the history of tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/history"), doing);
    let history: HistoryView = decode(&call.doing, &session.pages(&call, None).await?)?;
    let issued = history.items.iter().find(|entry| {
        entry.action == report::ISSUED
            && entry.details.get(report::DIGEST).and_then(Value::as_str) == Some(digest.as_str())
    });
    let Some(issued) = issued else {
        let what = format!("`{file}` is not a report that the history of tenant `{tenant}` knows");
        return Err(CliError::ReportChanged(what));
    };
    // Without what is withheld the chain cannot be verified; the entry itself can.
    let flaws = match history.withheld {
        true => Vec::new(),
        false => verify(&history.items, history.length, &history.head),
    };
    if issued.hash != issued.computed_hash() || !flaws.is_empty() {
        return Err(CliError::Flawed(flaws));
    }
    let verdict = json!({
        "digest": digest, "tenant": tenant, "issuedAt": issued.at, "issuedBy": issued.actor,
        "sequence": issued.sequence, "chainVerified": !history.withheld,
    });
    session
        .printer
        .answer(&call.doing, &verdict, |_: &Value, _| {
            format!(
                "`{file}` is as it was issued: entry {} of the history, {}, for {}\n",
                issued.sequence,
                issued.at,
                visible(&issued.actor)
            )
        })
}
