//! `tenantry audit`.

use api_types::{AcceptedView, PageView};
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use tenancy::Finding;

use crate::{
    arguments::{Key, Waiting, Which},
    client::{Call, decode},
    commands::{accepted, findings::open_findings},
    error::CliError,
    follow::{Ended, follow},
    output,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
An audit writes nothing in the tenant's account. If the tenant's mode is `repair`, drift is repaired afterwards.

Examples:
  tenantry audit acme --wait
  tenantry audit acme --wait --fail-on-findings --output json     # in a pipeline: exit code 9 if anything is open")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
    /// With --wait: exit with code 9 if findings are open afterwards
    #[arg(long, requires = "wait")]
    fail_on_findings: bool,
}

/// Starts an audit; with `--wait`, shows its findings.
///
/// # Errors
/// As any call; or open findings, with `--fail-on-findings`.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let tenant = &arguments.which.tenant;
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
