//! `tenantry tenant update`.

use api_types::PreviewView;
use clap::Args;
use reqwest::Method;
use serde_json::{Map, Value};
use tenancy::GroupName;

use super::{
    show::show_call,
    spec_options::SpecOptions,
    unset::{self, Unset},
    update_group,
};
use crate::{
    arguments::{Key, Waiting},
    client::{Call, decode},
    commands::accepted,
    error::CliError,
    output, parse,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry tenant update`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only the named fields change. The change is refused (exit code 4) if somebody else changed the tenant at the same time.

With `--group`, all tenants of the group that you may see are changed, one after the other. First it is shown what would change in each: if
that is refused for one of them, none is changed. Then you are asked once.

Examples:
  tenantry tenant update acme --egress single-nat --wait
  tenantry tenant update acme --tag team=green --unset tags.owner
  tenantry tenant update acme --blueprint standard --dry-run
  tenantry tenant update acme --blueprint standard@1.1.0
  tenantry tenant update acme --unset cidr-prefix --unset contacts.billing
  tenantry tenant update acme --set-group contoso
  tenantry tenant update --group contoso --blueprint standard@1.1.0 --wait
  echo '{\"mode\": \"observe-only\"}' | tenantry tenant update acme --file -")]
pub struct Arguments {
    /// Tenant by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant, required_unless_present = "group", conflicts_with = "group")]
    tenant: Option<String>,
    /// Instead of one tenant, all of this group
    #[arg(long, value_name = "GROUP", value_parser = parse::group)]
    group: Option<GroupName>,
    #[command(flatten)]
    options: SpecOptions,
    /// Group of tenants that share a parent
    #[arg(long, value_name = "GROUP", help_heading = "Spec", value_parser = parse::group)]
    set_group: Option<GroupName>,
    /// Reset a field to the blueprint's value, or remove a tag or contact (`tags.<key>`, `contacts.billing`)
    #[arg(long, value_name = "FIELD", help_heading = "Spec", value_parser = unset::unset)]
    unset: Vec<Unset>,
    /// Show what would be changed and write nothing; a move to another blueprint and a group always show it first
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    /// With `--group`, do not ask for confirmation
    #[arg(long, short, requires = "group")]
    yes: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// How a change is made.
#[derive(Debug)]
pub struct How {
    /// The key of the change, or what the keys of several begin with.
    pub key: String,
    /// Nothing is written.
    pub dry_run: bool,
    /// Nobody is asked.
    pub yes: bool,
    /// Whether to wait, and how long.
    pub waiting: Waiting,
}

/// Changes a tenant, or all tenants of a group.
///
/// # Errors
/// If there is nothing to change; as any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let patch = patch(arguments.options, arguments.set_group, arguments.unset)?;
    let how = How {
        key: key_or_new(arguments.key.idempotency_key),
        dry_run: arguments.dry_run,
        yes: arguments.yes,
        waiting: arguments.waiting,
    };
    match (arguments.tenant, arguments.group) {
        (_, Some(group)) => update_group::run(session, &group, patch, &how).await,
        (Some(tenant), None) => one(session, &tenant, patch, &how).await,
        (None, None) => Err(CliError::Usage("name a tenant, or a group".into())),
    }
}

/// What is to change.
fn patch(
    options: SpecOptions,
    group: Option<GroupName>,
    unset: Vec<Unset>,
) -> Result<Map<String, Value>, CliError> {
    let mut patch = options.spec()?;
    if let Some(group) = group {
        patch.insert("group".into(), group.as_str().into());
    }
    unset::apply(&mut patch, unset)?;
    if patch.is_empty() {
        return Err(CliError::Usage(
            "nothing to change: name at least one field, see `tenantry tenant update --help`"
                .into(),
        ));
    }
    Ok(patch)
}

async fn one(
    session: &Session<'_>,
    tenant: &str,
    patch: Map<String, Value>,
    how: &How,
) -> Result<(), CliError> {
    let moves = patch.contains_key("blueprint");
    let seen = session.send(&show_call(tenant)).await?;
    let mut call = change(tenant, tenant, &how.key, patch);
    if let Some(etag) = &seen.etag {
        call = call.header("if-match", etag);
    }
    if how.dry_run {
        let body = session.send(&preview(&call)).await?.body;
        return session
            .printer
            .answer(&call.doing, &body, output::plan::change);
    }
    if moves {
        show_first(session, &call).await?;
    }
    let answer = session.send(&call).await?;
    if answer.status == 200 {
        session
            .printer
            .note("nothing changed: the tenant has this spec already");
    }
    accepted::finish(session, &call.doing, &answer.body, &how.waiting, false).await
}

/// The call that changes a tenant, which goes by `name` in messages.
pub fn change(tenant: &str, name: &str, key: &str, patch: Map<String, Value>) -> Call {
    let doing = format!("updating tenant `{name}`");
    Call::write(Method::PATCH, format!("/v1/tenants/{tenant}"), key, doing)
        .body("application/merge-patch+json", Value::Object(patch))
}

/// The call that says what the change would do.
pub fn preview(call: &Call) -> Call {
    call.clone().query("dry-run", "true")
}

/// Shows what a move will do, on standard error: standard output has the answer.
async fn show_first(session: &Session<'_>, call: &Call) -> Result<(), CliError> {
    if session.printer.is_for_people() && !session.printer.quiet {
        let body = session.send(&preview(call)).await?.body;
        let view: PreviewView = decode(&call.doing, &body)?;
        let text = output::plan::change(&view, session.printer.err);
        text.lines().for_each(output::print_error);
    }
    Ok(())
}
