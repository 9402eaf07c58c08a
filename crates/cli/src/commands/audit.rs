//! `tenantry audit`.

use api_types::{AcceptedView, PageView};
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use tenancy::Finding;

use crate::{
    arguments::{Key, Waiting},
    client::{Call, decode},
    commands::{accepted, audit_all, findings::open_findings},
    error::CliError,
    follow::{Ended, follow},
    output, parse,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
An audit writes nothing in the tenant's account. If the tenant's mode is `repair`, drift is repaired afterwards.

Examples:
  tenantry audit acme --wait
  tenantry audit --all
  tenantry audit acme --wait --fail-on-findings --output json     # in a pipeline: exit code 9 if anything is open")]
pub struct Arguments {
    /// Tenant by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant, required_unless_present = "all")]
    tenant: Option<String>,
    /// Audit every tenant that is built, wait for each, and show the worst first
    #[arg(long, conflicts_with_all = ["tenant", "idempotency_key", "wait"])]
    all: bool,
    /// With --all: how many audits run at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = parse::number(1, 32))]
    at_once: u64,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
    /// With --wait or --all: exit with code 9 if findings are open afterwards
    #[arg(long)]
    fail_on_findings: bool,
}

/// Starts an audit; with `--wait`, shows its findings.
///
/// # Errors
/// As any call; or open findings, with `--fail-on-findings`.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    if arguments.all {
        let at_once = usize::try_from(arguments.at_once).unwrap_or(1);
        let timeout = arguments.waiting.limit.timeout;
        return audit_all::run(session, at_once, timeout, arguments.fail_on_findings).await;
    }
    let Some(tenant) = &arguments.tenant else {
        return Err(CliError::Usage("no tenant: give one, or `--all`".into()));
    };
    if arguments.fail_on_findings && !arguments.waiting.wait {
        let text = "`--fail-on-findings` needs `--wait` or `--all`";
        return Err(CliError::Usage(text.into()));
    }
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("auditing tenant `{tenant}`");
    let call = Call::write(
        Method::POST,
        format!("/v1/tenants/{tenant}/audits"),
        &key,
        doing,
    );
    let body = session.send(&call).await?.body;
    let started: AcceptedView = decode(&call.doing, &body)?;
    let Some(wait) = accepted::wait_for(&started, &arguments.waiting, false) else {
        return accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await;
    };
    accepted::announce(session, &wait);
    let ended = follow(session, &wait).await?;
    let found = open_findings(session, tenant.as_str()).await?;
    print(session, &call.doing, &ended, &found)?;
    ended.result()?;
    let open = decode::<PageView<Finding>>(&call.doing, &found)?
        .items
        .len();
    if arguments.fail_on_findings && open > 0 {
        let noun = if open == 1 {
            "finding is"
        } else {
            "findings are"
        };
        return Err(CliError::Findings(format!("{open} {noun}")));
    }
    Ok(())
}

fn print(session: &Session<'_>, doing: &str, ended: &Ended, found: &Value) -> Result<(), CliError> {
    if session.printer.is_for_people() {
        return session
            .printer
            .answer(doing, found, output::finding::render);
    }
    let items = found.get("items").cloned().unwrap_or_default();
    let whole = json!({"operation": ended.body, "findings": items});
    session
        .printer
        .answer(doing, &whole, |_: &Value, _| String::new())
}
