//! Signing in, showing who is signed in, and signing out.

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    arguments::Common,
    error::CliError,
    output::{Printer, Styles, table::KeyValues},
    parse,
    sign_in::{Portal, SignIn, Store, by_browser, device::by_code, refused},
};

/// How to sign in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tenantry login --tenant acme
  tenantry login --device

Calls are made as the person who signed in, unless `--profile` names an AWS profile.")]
pub struct Login {
    /// Tenant, by slug, at whose identity provider to sign in [default: the installation's own]
    #[arg(long, value_name = "SLUG", value_parser = parse::tenant)]
    pub tenant: Option<String>,
    /// Show a code to enter in the browser of another machine
    #[arg(long)]
    pub device: bool,
}

#[derive(Deserialize)]
struct Shown(Value);

/// `tenantry login`
pub async fn login(common: Common, arguments: &Login) -> Result<(), CliError> {
    let printer = Printer::new(common.output, common.quiet);
    let store = store()?;
    let known = store.load(None).ok().flatten().map(|known| known.portal);
    let address = common.portal_url.or(known).ok_or_else(|| {
        CliError::Usage("no portal address: give `--portal-url` or set TENANTRY_PORTAL_URL to the stack's output `PortalUrl`".into())
    })?;
    let portal = Portal::new(&address)?;
    let tenant = arguments.tenant.as_deref();
    let signed_in = match arguments.device {
        true => by_code(&portal, tenant).await?,
        false => by_browser(&portal, tenant, printer).await?,
    };
    {
        // A refresh of the one before must not take its place.
        let _lock = store.lock()?;
        store.save(&signed_in)?;
    }
    show(printer, "signing in", &signed_in)
}

/// `tenantry whoami`
pub async fn whoami(common: Common) -> Result<(), CliError> {
    let printer = Printer::new(common.output, common.quiet);
    let signed_in = store()?.fresh(common.portal_url.as_deref()).await?;
    let signed_in = signed_in.ok_or_else(|| refused("nobody is signed in"))?;
    show(printer, "reading the sign-in", &signed_in)
}

/// `tenantry logout`
pub async fn logout(common: Common) -> Result<(), CliError> {
    let printer = Printer::new(common.output, common.quiet);
    let store = store()?;
    // What is being refreshed would come back, and its session go on.
    let _lock = store.lock()?;
    let Some(signed_in) = store.load(common.portal_url.as_deref())? else {
        printer.note("nobody is signed in");
        return Ok(());
    };
    // Forgotten here in any case; the portal is told if it can be.
    store.forget()?;
    let portal = Portal::new(&signed_in.portal)?;
    portal.revoke(&signed_in.refresh_token).await?;
    printer.note("signed out");
    Ok(())
}

fn store() -> Result<Store, CliError> {
    Store::of_user().ok_or_else(|| refused("there is no configuration directory: set HOME"))
}

fn show(printer: Printer, doing: &str, signed_in: &SignIn) -> Result<(), CliError> {
    let claims = signed_in.claims();
    let claim = |name: &str| claims.get(name).cloned().unwrap_or_default();
    let groups = claim("groups");
    let groups: Value = serde_json::from_str(groups.as_str().unwrap_or("[]")).unwrap_or_default();
    let body = json!({
        "portal": signed_in.portal,
        "provider": claim("provider"),
        "subject": claim("sub"),
        "email": claim("email"),
        "groups": groups,
        "tenant": claim("tenant"),
        "tenantSlug": signed_in.tenant,
        "sessionEndsAt": signed_in.session_ends_at,
    });
    printer.answer(doing, &body, render)
}

fn render(shown: &Shown, styles: Styles) -> String {
    let mut list = KeyValues::default();
    for (label, name) in [
        ("person", "email"),
        ("subject", "subject"),
        ("tenant", "tenantSlug"),
        ("provider", "provider"),
        ("portal", "portal"),
        ("until", "sessionEndsAt"),
    ] {
        if let Some(text) = shown.0.get(name).and_then(Value::as_str) {
            list.add(label, text);
        }
    }
    list.render(styles)
}
