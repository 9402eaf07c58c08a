//! `tenantry tenant update`.

use api_types::PreviewView;
use clap::Args;
use reqwest::Method;
use serde_json::{Map, Value};

use super::{
    show::show_call,
    spec_options::{SpecOptions, overlay},
};
use crate::{
    arguments::{Key, Waiting, Which},
    client::{Call, decode},
    commands::accepted,
    error::CliError,
    output,
    session::{Session, key_or_new},
};

/// What `--unset` takes: fields that have a default, and members of objects.
const UNSETTABLE: &str = "regions, azs, egress, cidr-prefix, budget, contacts, contacts.<billing|operations|security>, tags, tags.<key>, cost-center, mode";

/// Arguments of `tenantry tenant update`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only the named fields change. The change is refused (exit code 4) if somebody else changed the tenant at the same time.

Examples:
  tenantry tenant update acme --egress single-nat --wait
  tenantry tenant update acme --tag team=green --unset tags.owner
  tenantry tenant update acme --blueprint standard --dry-run
  tenantry tenant update acme --blueprint standard@1.1.0
  tenantry tenant update acme --unset cidr-prefix --unset contacts.billing
  echo '{\"mode\": \"observe-only\"}' | tenantry tenant update acme --file -")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    options: SpecOptions,
    /// Reset a field to the blueprint's value, or remove a tag or contact (`tags.<key>`, `contacts.billing`)
    #[arg(long, value_name = "FIELD", help_heading = "Spec", value_parser = unset)]
    unset: Vec<Unset>,
    /// Show what would be changed and write nothing; a move to another blueprint always shows it first
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// A field to remove, and the member of it if not the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset {
    field: &'static str,
    member: Option<String>,
}

fn unset(text: &str) -> Result<Unset, String> {
    let (field, member) = match text.split_once('.') {
        Some((field, member)) => (field, Some(member.to_owned())),
        None => (text, None),
    };
    let field = match (field, member.as_deref()) {
        ("regions", None) => "regions",
        ("azs" | "availabilityZones", None) => "availabilityZones",
        ("egress", None) => "egress",
        ("cidr-prefix" | "cidrPrefix", None) => "cidrPrefix",
        ("cost-center" | "costCenter", None) => "costCenter",
        ("budget", None) => "budget",
        ("mode", None) => "mode",
        ("contacts", None | Some("billing" | "operations" | "security")) => "contacts",
        ("tags", None) => "tags",
        ("tags", Some(key)) if !key.is_empty() => "tags",
        _ => return Err(format!("allowed: {UNSETTABLE}")),
    };
    Ok(Unset { field, member })
}

/// Changes a tenant.
///
/// # Errors
/// If there is nothing to change; as any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let mut patch = arguments.options.spec()?;
    for unset in arguments.unset {
        refuse_both(&patch, &unset)?;
        apply_unset(&mut patch, unset);
    }
    if patch.is_empty() {
        return Err(CliError::Usage(
            "nothing to change: name at least one field, see `tenantry tenant update --help`"
                .into(),
        ));
    }
    let moves = patch.contains_key("blueprint");
    let tenant = arguments.which.tenant;
    let seen = session.send(&show_call(&tenant)).await?;
    let key = key_or_new(arguments.key.idempotency_key);
    let doing = format!("updating tenant `{tenant}`");
    let mut call = Call::write(Method::PATCH, format!("/v1/tenants/{tenant}"), &key, doing)
        .body("application/merge-patch+json", Value::Object(patch));
    if let Some(etag) = &seen.etag {
        call = call.header("if-match", etag);
    }
    if arguments.dry_run {
        let body = preview(session, &call).await?;
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
    accepted::finish(
        session,
        &call.doing,
        &answer.body,
        &arguments.waiting,
        false,
    )
    .await
}

/// What the change would do.
async fn preview(session: &Session<'_>, call: &Call) -> Result<Value, CliError> {
    let call = call.clone().query("dry-run", "true");
    Ok(session.send(&call).await?.body)
}

/// Shows what a move will do, on standard error: standard output has the answer.
async fn show_first(session: &Session<'_>, call: &Call) -> Result<(), CliError> {
    if session.printer.is_for_people() && !session.printer.quiet {
        let body = preview(session, call).await?;
        let view: PreviewView = decode(&call.doing, &body)?;
        let text = output::plan::change(&view, session.printer.err);
        text.lines().for_each(output::print_error);
    }
    Ok(())
}

/// What is set cannot be unset by the same command.
fn refuse_both(patch: &Map<String, Value>, unset: &Unset) -> Result<(), CliError> {
    let given = patch.get(unset.field).filter(|value| !value.is_null());
    let (value, named) = match &unset.member {
        None => (given, unset.field.to_owned()),
        Some(member) => (
            given.and_then(|value| value.get(member)),
            format!("{}.{member}", unset.field),
        ),
    };
    match value {
        // Members that are unset are null by now.
        Some(Value::Object(members)) if members.values().all(Value::is_null) => Ok(()),
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(CliError::Usage(format!(
            "`{named}` is set and unset: name it once"
        ))),
    }
}

/// In a merge patch, null removes (RFC 7396).
fn apply_unset(patch: &mut Map<String, Value>, unset: Unset) {
    match unset.member {
        None => {
            patch.insert(unset.field.to_owned(), Value::Null);
        }
        Some(member) => overlay(patch, unset.field, Map::from_iter([(member, Value::Null)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unsetting_makes_nulls_of_fields_and_members() {
        let mut patch = Map::new();
        for text in ["azs", "tags.owner", "tags.app.kind", "contacts.billing"] {
            apply_unset(&mut patch, unset(text).unwrap());
        }
        assert_eq!(
            Value::Object(patch),
            json!({
                "availabilityZones": null,
                "tags": {"owner": null, "app.kind": null},
                "contacts": {"billing": null},
            })
        );
    }

    #[test]
    fn what_a_tenant_cannot_be_without_cannot_be_unset() {
        for bad in [
            "slug",
            "name",
            "blueprint",
            "tags.",
            "contacts.sales",
            "egress.x",
            "",
        ] {
            assert!(unset(bad).is_err(), "{bad}");
        }
    }
}
