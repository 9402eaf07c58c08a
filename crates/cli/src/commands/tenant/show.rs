//! `tenantry tenant show` and `tenantry tenant plan`: reading, without changing anything.

use api_types::TenantView;
use clap::Args;

use crate::{arguments::Which, client::Call, error::CliError, output, session::Session};

/// Arguments of `tenantry tenant show`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenantry tenant show acme\n  tenantry tenant show acme --resources"
)]
pub struct Show {
    #[command(flatten)]
    which: Which,
    /// Also list the resources of every component
    #[arg(long)]
    resources: bool,
}

/// Arguments of `tenantry tenant plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
The plan is based on the last pass or audit; `tenantry audit <tenant> --wait` observes the account again.

Example:
  tenantry tenant plan acme")]
pub struct Plan {
    #[command(flatten)]
    which: Which,
}

/// The call that reads a tenant.
pub fn show_call(tenant: &str) -> Call {
    Call::get(
        format!("/v1/tenants/{tenant}"),
        format!("reading tenant `{tenant}`"),
    )
}

/// Shows a tenant.
///
/// # Errors
/// As any call.
pub async fn show(session: &Session<'_>, arguments: &Show) -> Result<(), CliError> {
    let call = show_call(&arguments.which.tenant);
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, |view: &TenantView, styles| {
            let mut text = output::tenant::render(view, styles);
            if arguments.resources {
                text.push('\n');
                text.push_str(&output::tenant::resources(view, styles));
            }
            text
        })
}

/// Shows what would be changed.
///
/// # Errors
/// As any call.
pub async fn plan(session: &Session<'_>, arguments: &Plan) -> Result<(), CliError> {
    let tenant = &arguments.which.tenant;
    let doing = format!("planning tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/plan"), doing);
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::plan::render)
}
