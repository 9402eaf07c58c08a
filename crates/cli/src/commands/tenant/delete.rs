//! `tenantry tenant delete`.

use api_types::TenantView;
use clap::Args;
use reqwest::Method;

use super::show::show_call;
use crate::{
    arguments::{Key, Waiting, Which},
    client::{Call, decode},
    commands::accepted,
    confirm,
    error::CliError,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry tenant delete`.
#[derive(Debug, Args)]
#[command(after_help = "\
The account is moved into quarantine, the resources of tenantry in it are deleted, and it is closed. AWS keeps a closed
account for 90 days and never releases its e-mail address. History and final state are kept.

Examples:
  tenantry tenant delete acme --wait           # asks you to type the slug
  tenantry tenant delete acme --yes            # in a script")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Asks for confirmation and deletes the tenant.
///
/// # Errors
/// Without confirmation; as any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    let show = show_call(&arguments.which.tenant);
    let seen = session.send(&show).await?;
    let view: TenantView = decode(&show.doing, &seen.body)?;
    let slug = view.spec.slug.as_str();
    if !arguments.yes {
        let doing = format!("deleting tenant `{slug}`");
        confirm::type_the_slug(slug, &doing, &warning(&view)).await?;
    }
    let key = key_or_new(arguments.key.idempotency_key);
    // By id: a slug may come to mean another tenant between the question and the answer.
    let path = format!("/v1/tenants/{}", view.id);
    let mut call = Call::write(
        Method::DELETE,
        path,
        &key,
        format!("deleting tenant `{slug}`"),
    );
    if let Some(etag) = &seen.etag {
        call = call.header("if-match", etag);
    }
    let body = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await
}

fn warning(view: &TenantView) -> String {
    let account = match &view.account_id {
        Some(id) => format!("AWS account {id} and everything in it"),
        None => "its AWS account, if it has one,".to_owned(),
    };
    format!(
        "This deletes tenant `{}` ({}, {}) and closes {account}. It cannot be undone.",
        view.spec.slug, view.spec.name, view.id
    )
}
