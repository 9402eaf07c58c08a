//! `tenantry tenant retry`.

use clap::Args;
use reqwest::Method;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    error::CliError,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry tenant retry`.
#[derive(Debug, Args)]
#[command(after_help = "\
`tenantry tenant show` says what a person must do about a parked tenant. Once that is done, retry it.

Examples:
  tenantry tenant list --phase parked
  tenantry tenant retry acme --wait")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Retries a parked tenant.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let tenant = arguments.which.tenant;
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("retrying tenant `{tenant}`");
    let call = Call::write(
        Method::POST,
        format!("/v1/tenants/{tenant}/retry"),
        &key,
        doing,
    );
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, true).await
}
