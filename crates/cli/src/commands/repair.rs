//! `tenantry repair`.

use clap::Args;
use reqwest::Method;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    session::{Session, key_or_new},
    stop::Stop,
};

/// Arguments of `tenantry repair`.
#[derive(Debug, Args)]
#[command(after_help = "\
Repair never deletes what the tenant made itself: what lacks our tags is left alone.

Examples:
  tenantry tenant plan acme          # what would be done
  tenantry repair acme --wait")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Asks for a repair.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), Stop> {
    let tenant = arguments.which.tenant;
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("repairing tenant `{tenant}`");
    let call = Call::write(
        Method::POST,
        format!("/v1/tenants/{tenant}/repair"),
        &key,
        doing,
    );
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await
}
