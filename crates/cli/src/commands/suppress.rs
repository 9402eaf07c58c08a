//! `tenantry suppress`.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;
use tenancy::{ControlId, Timestamp};

use crate::{
    arguments::{Key, Which},
    client::{Call, new_key},
    error::CliError,
    output, parse,
    session::Session,
};

const EXAMPLES: &str = "\
A suppressed finding is hidden from the score and from lists until a time, and found and repaired as before.

Examples:
  tenantry suppress add acme TNT.IAM.1 --reason 'ticket 4711' --expires 2026-12-24T18:00:00Z
  tenantry suppress add acme TNT.TRAIL.102 --resource tenantry-trail-012345678901 --reason 'being moved' --expires 2026-12-01T00:00:00Z
  tenantry suppress list acme
  tenantry suppress end acme 0123456789abcdef";

/// Commands about suppressions of findings.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Suppress the findings of a control, or the one at a resource
    Add(Add),
    /// List what is suppressed in a tenant
    List(Which),
    /// End a suppression: its findings count again
    End(End),
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    which: Which,
    /// Id of the control
    #[arg(value_name = "CONTROL")]
    control: ControlId,
    /// Only the finding at this resource, as `findings` shows it [default: all findings of the control]
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
    /// When it ends, 366 days from now at most, such as `2026-12-24T18:00:00Z`
    #[arg(long, value_name = "TIME")]
    expires: Timestamp,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `end`.
#[derive(Debug, Args)]
pub struct End {
    #[command(flatten)]
    which: Which,
    /// Id of the suppression, as `list` shows it
    #[arg(value_name = "SUPPRESSION", value_parser = parse::suppression)]
    suppression: String,
    #[command(flatten)]
    key: Key,
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    let path = |which: &Which| format!("/v1/tenants/{}/suppressions", which.tenant);
    let key = |key: &Key| key.idempotency_key.clone().unwrap_or_else(new_key);
    let printer = &session.printer;
    match command {
        Command::Add(add) => {
            let mut body =
                json!({"control": add.control, "reason": add.reason, "expiresAt": add.expires});
            if let (Some(resource), Some(body)) = (&add.resource, body.as_object_mut()) {
                body.insert("resource".to_owned(), json!(resource));
            }
            let doing = format!("suppressing findings of `{}`", add.control);
            let call = Call::write(Method::PUT, path(&add.which), &key(&add.key), doing);
            let call = call.body("application/json", body);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::suppression::render)
        }
        Command::List(which) => {
            let call = Call::get(path(which), "listing suppressions");
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::suppression::list)
        }
        Command::End(end) => {
            let path = format!("{}/{}", path(&end.which), end.suppression);
            let doing = format!("ending suppression `{}`", end.suppression);
            let call = Call::write(Method::DELETE, path, &key(&end.key), doing);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::suppression::list)
        }
    }
}
