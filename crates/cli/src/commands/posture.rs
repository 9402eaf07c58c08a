//! `tenantry posture`.

use clap::Args;
use jiff::civil::Date;

use crate::{client::Call, error::CliError, output, parse, session::Session};

/// Arguments of `tenantry posture`.
#[derive(Debug, Args)]
#[command(after_help = "\
The score is what passed of the weight of all controls that passed or failed. docs/controls.md has the controls.

Examples:
  tenantry posture                       # all tenants, the worst score first
  tenantry posture acme
  tenantry posture acme --on 2026-11-26")]
pub struct Arguments {
    /// Tenant by slug or id [default: all]
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    tenant: Option<String>,
    /// As it was recorded on this day (UTC), or last before it
    #[arg(long, value_name = "DATE", value_parser = parse::day, requires = "tenant")]
    on: Option<Date>,
    /// Show the controls that passed or do not apply, too
    #[arg(long, requires = "tenant")]
    all_controls: bool,
}

/// Shows the posture of a tenant, or of all.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    let printer = &session.printer;
    let Some(tenant) = &arguments.tenant else {
        let call = Call::get("/v1/posture", "listing the posture of all tenants");
        let body = session.pages(&call, None).await?;
        return printer.answer(&call.doing, &body, output::posture::list);
    };
    let doing = format!("reading the posture of tenant `{tenant}`");
    let mut call = Call::get(format!("/v1/tenants/{tenant}/posture"), doing);
    if let Some(on) = arguments.on {
        call = call.query("on", on.to_string());
    }
    let body = session.send(&call).await?.body;
    printer.answer(&call.doing, &body, |view, styles| {
        output::posture::render(view, arguments.all_controls, styles)
    })
}
