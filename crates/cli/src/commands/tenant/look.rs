//! `tenantry tenant show` and `tenantry tenant plan`: looking, without changing anything.

use clap::Args;

use crate::{
    arguments::{TenantName, Which},
    client::Call,
    output,
    session::Session,
    stop::Stop,
    wire::TenantView,
};

/// Arguments of `tenantry tenant show`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenantry tenant show acme\n  tenantry tenant show acme --resources"
)]
pub struct Show {
    #[command(flatten)]
    which: Which,
    /// Also list everything the tenant is made of
    #[arg(long)]
    resources: bool,
}

/// Arguments of `tenantry tenant plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
The plan is made from what the last pass or audit saw; `tenantry audit <tenant> --wait` looks again.

Example:
  tenantry tenant plan acme")]
pub struct Plan {
    #[command(flatten)]
    which: Which,
}

/// The call that reads a tenant.
pub fn show_call(tenant: &TenantName) -> Call {
    Call::get(
        format!("/v1/tenants/{tenant}"),
        format!("reading tenant `{tenant}`"),
    )
}

/// Shows a tenant.
///
/// # Errors
/// As any call.
pub async fn show(session: &Session<'_>, arguments: &Show) -> Result<(), Stop> {
    let call = show_call(&arguments.which.tenant);
    let body = session.send(&call).await?.body;
    session
        .screen
        .answer(&call.doing, &body, |view: &TenantView, tones| {
            let mut text = output::tenant::render(view, tones);
            if arguments.resources {
                text.push('\n');
                text.push_str(&output::tenant::resources(view, tones));
            }
            text
        })
}

/// Shows what would change.
///
/// # Errors
/// As any call.
pub async fn plan(session: &Session<'_>, arguments: &Plan) -> Result<(), Stop> {
    let tenant = &arguments.which.tenant;
    let doing = format!("planning tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/plan"), doing);
    let body = session.send(&call).await?.body;
    session
        .screen
        .answer(&call.doing, &body, output::plan::render)
}
