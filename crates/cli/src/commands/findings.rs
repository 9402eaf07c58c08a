//! `tenantry findings`.

use clap::{Args, ValueEnum};
use serde_json::Value;
use tenancy::ControlId;

use crate::{
    client::{Call, decode},
    error::CliError,
    output, parse,
    session::Session,
};

/// Arguments of `tenantry findings`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a tenant, the findings of all tenants that you may see. Suppressed findings are hidden, and counted on standard error, unless
--suppressed is given.

Examples:
  tenantry findings acme
  tenantry findings --group-by control               # of all tenants, the worst control first
  tenantry findings --severity critical
  tenantry findings acme --state all --output json | jq '.items | group_by(.component)'")]
pub struct Arguments {
    /// Tenant by slug or id [default: all]
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    tenant: Option<String>,
    /// State of the findings to show
    #[arg(long, default_value = "open", value_parser = ["open", "resolved", "all"])]
    state: String,
    /// Only findings of this severity
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    severity: Option<String>,
    /// Only findings of this control
    #[arg(long, value_name = "CONTROL")]
    control: Option<ControlId>,
    /// Only findings of this component
    #[arg(long, value_name = "COMPONENT")]
    component: Option<String>,
    /// How many there are of each, the worst first
    #[arg(long, value_enum)]
    group_by: Option<GroupBy>,
    /// Show suppressed findings too
    #[arg(long)]
    suppressed: bool,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// What findings are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// By control.
    Control,
    /// By tenant.
    Tenant,
    /// By severity.
    Severity,
}

/// Shows findings.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    let mut call = match &arguments.tenant {
        Some(tenant) => list_call(tenant, &arguments.state),
        None => Call::get("/v1/findings", "listing all findings").query("state", &arguments.state),
    };
    let filters = [
        ("severity", arguments.severity.clone()),
        (
            "control",
            arguments.control.as_ref().map(ToString::to_string),
        ),
        ("component", arguments.component.clone()),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
    call = call.query("suppressed", "true");
    let mut body = session.pages(&call, arguments.limit).await?;
    let hidden = match arguments.suppressed {
        true => 0,
        false => hide_suppressed(&mut body),
    };
    let printer = &session.printer;
    match arguments.group_by {
        None => printer.answer(&call.doing, &body, output::finding::render)?,
        Some(by) => {
            let groups = output::finding::grouped(&decode(&call.doing, &body)?, by);
            printer.answer(&call.doing, &groups, output::finding::groups)?;
        }
    }
    if hidden > 0 {
        printer.note(&format!(
            "{hidden} suppressed; show them with `--suppressed`"
        ));
    }
    Ok(())
}

/// All open findings of a tenant that nobody suppresses.
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

/// Takes suppressed findings out, and says how many there were.
fn hide_suppressed(body: &mut Value) -> usize {
    let Some(Value::Array(items)) = body.get_mut("items") else {
        return 0;
    };
    let before = items.len();
    items.retain(|item| item.get("suppressedBy").is_none());
    before - items.len()
}
