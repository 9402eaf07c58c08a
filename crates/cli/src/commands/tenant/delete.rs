//! `tenantry tenant delete`.

use clap::Args;
use reqwest::Method;

use super::look::show_call;
use crate::{
    arguments::{Key, Waiting, Which},
    client::Call,
    commands::accepted,
    confirm,
    session::{Session, key_or_new},
    stop::Stop,
    wire::{self, TenantView},
};

/// Arguments of `tenantry tenant delete`.
#[derive(Debug, Args)]
#[command(after_help = "\
The account is put into quarantine, what we made in it is taken away, and it is closed. AWS keeps a closed account for 90
days and never frees its e-mail address. History and final state are kept.

Examples:
  tenantry tenant delete acme --wait           # asks you to type the slug
  tenantry tenant delete acme --yes            # in a script")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Asks, and then asks for the tenant to be taken away.
///
/// # Errors
/// If nobody confirms; as any call, or as waiting.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), Stop> {
    let show = show_call(&arguments.which.tenant);
    let seen = session.send(&show).await?;
    let view: TenantView = wire::read(&show.doing, &seen.body)?;
    let slug = view.tenant.spec.slug.as_str();
    if !arguments.yes {
        confirm::type_the_slug(slug, &warning(&view)).await?;
    }
    let key = key_or_new(arguments.key.idempotency_key);
    // By id: a slug may come to mean another tenant between the question and the answer.
    let path = format!("/v1/tenants/{}", view.tenant.id);
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
    let tenant = &view.tenant;
    let account = match &tenant.account_id {
        Some(id) => format!("AWS account {id} and everything in it"),
        None => "its AWS account, as far as there is one,".to_owned(),
    };
    format!(
        "This takes away tenant `{}` ({}, {}) and closes {account}. There is no way back.",
        tenant.spec.slug, tenant.spec.name, tenant.id
    )
}
