//! `tenantry findings`.

use clap::Args;
use serde_json::Value;

use crate::{arguments::Which, client::Call, error::CliError, output, parse, session::Session};

/// Arguments of `tenantry findings`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tenantry findings acme
  tenantry findings acme --severity critical
  tenantry findings acme --state all --output json | jq '.items | group_by(.component)'")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// State of the findings to show
    #[arg(long, default_value = "open", value_parser = ["open", "resolved", "all"])]
    state: String,
    /// Only findings of this severity
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    severity: Option<String>,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Shows findings.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    let mut call = list_call(arguments.which.tenant.as_str(), &arguments.state);
    if let Some(severity) = &arguments.severity {
        call = call.query("severity", severity);
    }
    let body = session.pages(&call, arguments.limit).await?;
    session
        .printer
        .answer(&call.doing, &body, output::finding::render)
}

/// All open findings of a tenant.
///
/// # Errors
/// As any call.
pub async fn open_findings(session: &Session<'_>, tenant: &str) -> Result<Value, CliError> {
    session.pages(&list_call(tenant, "open"), None).await
}

fn list_call(tenant: &str, state: &str) -> Call {
    Call::get(
        format!("/v1/tenants/{tenant}/findings"),
        format!("listing the findings of tenant `{tenant}`"),
    )
    .query("state", state)
}
