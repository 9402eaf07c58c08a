//! `tenantry repair`.

use clap::Args;
use reqwest::Method;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    error::CliError,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry repair`.
#[derive(Debug, Args)]
#[command(after_help = "\
A repair never deletes what the tenant created: resources without the tags of tenantry are not touched.

Examples:
  tenantry tenant plan acme          # what would be changed
  tenantry repair acme --wait")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Starts a repair.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
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
