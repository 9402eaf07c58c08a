//! `tenantry audit`.

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use tenancy::Finding;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::{accepted, findings::open_findings},
    follow::{Ended, follow},
    output,
    session::{Session, key_or_new},
    stop::Stop,
    wire::{self, Accepted, Listing},
};

/// Arguments of `tenantry audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
An audit writes nothing in the tenant's account. Where the tenant's mode is `repair`, what it finds is put right afterwards.

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
    /// With --wait: exit code 9 if findings are open afterwards
    #[arg(long, requires = "wait")]
    fail_on_findings: bool,
}

/// Asks for an audit; with `--wait`, shows what it found.
///
/// # Errors
/// As any call; or open findings, with `--fail-on-findings`.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), Stop> {
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
    let asked: Accepted = wire::read(&call.doing, &body)?;
    let Some(wait) = accepted::wait_for(&asked, &arguments.waiting, false) else {
        return accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await;
    };
    accepted::announce(session, &wait);
    let ended = follow(session, &wait).await?;
    let found = open_findings(session, tenant.as_str()).await?;
    print(session, &call.doing, &ended, &found)?;
    ended.verdict()?;
    let open = wire::read::<Listing<Finding>>(&call.doing, &found)?
        .items
        .len();
    if arguments.fail_on_findings && open > 0 {
        let noun = if open == 1 {
            "finding is"
        } else {
            "findings are"
        };
        return Err(Stop::Findings(format!("{open} {noun}")));
    }
    Ok(())
}

fn print(session: &Session<'_>, doing: &str, ended: &Ended, found: &Value) -> Result<(), Stop> {
    if session.screen.is_for_people() {
        return session.screen.answer(doing, found, output::finding::render);
    }
    let items = found.get("items").cloned().unwrap_or_default();
    let whole = json!({"operation": ended.body, "findings": items});
    session
        .screen
        .answer(doing, &whole, |_: &Value, _| String::new())
}
