//! `tenantry tenant retry`.

use clap::Args;
use reqwest::Method;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    session::{Session, key_or_new},
    stop::Stop,
};

/// Arguments of `tenantry tenant retry`.
#[derive(Debug, Args)]
#[command(after_help = "\
A parked tenant says what a person must do (`tenantry tenant show`). When that is done, this lets it go on at once.

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

/// Lets a parked tenant go on.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), Stop> {
    let tenant = arguments.which.tenant;
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("letting tenant `{tenant}` go on");
    let call = Call::write(
        Method::POST,
        format!("/v1/tenants/{tenant}/retry"),
        &key,
        doing,
    );
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, true).await
}
