//! `tenantry tenant list`.

use clap::Args;
use tenancy::{BlueprintRef, GroupName, Phase};

use crate::{client::Call, error::CliError, output, parse, session::Session};

/// Arguments of `tenantry tenant list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tenantry tenant list
  tenantry tenant list --phase parked
  tenantry tenant list --blueprint standard --tag team=blue --limit 20
  tenantry tenant list --group contoso
  tenantry tenant list --output json | jq -r '.items[] | [.slug, .accountId] | @tsv'")]
pub struct Arguments {
    /// Only tenants in this phase
    #[arg(long, value_parser = Phase::ALL.map(Phase::as_str))]
    phase: Option<String>,
    /// Only tenants of this blueprint, of any version if it names none
    #[arg(long, value_parser = parse::blueprint)]
    blueprint: Option<BlueprintRef>,
    /// Only tenants with this tag
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::tag)]
    tag: Option<(String, String)>,
    /// Only tenants of this group
    #[arg(long, value_name = "GROUP", value_parser = parse::group)]
    group: Option<GroupName>,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Lists tenants.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    let mut call = Call::get("/v1/tenants", "listing the tenants");
    if let Some(phase) = &arguments.phase {
        call = call.query("phase", phase);
    }
    if let Some(blueprint) = &arguments.blueprint {
        call = call.query("blueprint", blueprint.to_string());
    }
    if let Some((key, value)) = &arguments.tag {
        call = call.query("tag", format!("{key}={value}"));
    }
    if let Some(group) = &arguments.group {
        call = call.query("group", group.as_str());
    }
    let body = session.pages(&call, arguments.limit).await?;
    session
        .printer
        .answer(&call.doing, &body, output::tenant::list)?;
    if body
        .get("nextCursor")
        .is_some_and(|cursor| !cursor.is_null())
    {
        session
            .printer
            .note("there are more: raise `--limit` or leave it out");
    }
    Ok(())
}
