//! `tenantry tenant budget`.

use clap::Args;
use reqwest::Method;
use serde_json::json;
use tenancy::Usd;

use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    error::CliError,
    parse,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry tenant budget`.
#[derive(Debug, Args)]
#[command(after_help = "\
What a tenant may cost in a month before its billing contact is told. Nothing is stopped. The administrators of a tenant may set it where
the blueprint opens that; `tenantry tenant update --budget-usd` is for operators.

Examples:
  tenantry tenant budget acme 500
  tenantry tenant budget acme --unset")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// US dollars a month
    #[arg(value_name = "USD", value_parser = parse::usd, required_unless_present = "unset")]
    monthly_usd: Option<Usd>,
    /// Return to the budget of the blueprint, which may be none
    #[arg(long, conflicts_with = "monthly_usd")]
    unset: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Sets the budget of a tenant, or takes it back.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let tenant = arguments.which.tenant;
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("setting the budget of tenant `{tenant}`");
    let path = format!("/v1/tenants/{tenant}/budget");
    let call = match arguments.monthly_usd {
        Some(usd) => Call::write(Method::PUT, path, &key, doing)
            .body("application/json", json!({ "monthlyUsd": usd })),
        None => Call::write(Method::DELETE, path, &key, doing),
    };
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await
}
