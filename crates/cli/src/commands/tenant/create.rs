//! `tenantry tenant create`.

use clap::Args;
use reqwest::Method;
use serde_json::Value;
use tenancy::GroupName;

use super::spec_options::SpecOptions;
use crate::{
    arguments::{Key, Waiting},
    client::Call,
    commands::accepted,
    error::CliError,
    output, parse,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry tenant create`.
#[derive(Debug, Args)]
#[command(after_help = "\
Slug, name and blueprint are required, as options or in the file. Everything else defaults to the blueprint's value; see
`tenantry blueprint show <blueprint>` for what may be changed.

Examples:
  tenantry tenant create --slug acme --name 'Acme GmbH' --blueprint standard --dry-run
  tenantry tenant create --slug acme --name 'Acme GmbH' --blueprint standard \\
      --region eu-central-1,eu-west-1 --azs 3 --egress single-nat --tag team=blue --cost-center 4711 \\
      --contact-security 'Ann Example <ann@example.com> +49 30 1234' --wait
  tenantry tenant create --file acme.json --slug acme-test --blueprint sandbox
  jq '.spec' other.json | tenantry tenant create --file - --slug acme --wait --output json")]
pub struct Arguments {
    /// Short unique name; cannot be changed later
    #[arg(long, help_heading = "Spec")]
    slug: Option<String>,
    /// Group of tenants that share a parent, such as a client or a department
    #[arg(long, value_name = "GROUP", help_heading = "Spec", value_parser = parse::group)]
    group: Option<GroupName>,
    #[command(flatten)]
    options: SpecOptions,
    /// Show what would be created and write nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Creates a tenant.
///
/// # Errors
/// If something required is missing; as any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let mut spec = arguments.options.spec()?;
    if let Some(slug) = arguments.slug {
        spec.insert("slug".into(), slug.into());
    }
    if let Some(group) = arguments.group {
        spec.insert("group".into(), group.as_str().into());
    }
    let missing: Vec<String> = ["slug", "name", "blueprint"]
        .iter()
        .filter(|field| !spec.contains_key(**field))
        .map(|field| format!("`--{field}`"))
        .collect();
    if !missing.is_empty() {
        return Err(CliError::Usage(format!(
            "creating a tenant needs {}",
            missing.join(", ")
        )));
    }
    let slug = spec.get("slug").and_then(Value::as_str).unwrap_or_default();
    let doing = format!("creating tenant `{slug}`");
    let key = key_or_new(arguments.key.idempotency_key);
    let call = Call::write(Method::POST, "/v1/tenants", &key, doing)
        .body("application/json", Value::Object(spec));
    if arguments.dry_run {
        let call = call.query("dry-run", "true");
        let body = session.send(&call).await?.body;
        return session
            .printer
            .answer(&call.doing, &body, output::plan::preview);
    }
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await
}
