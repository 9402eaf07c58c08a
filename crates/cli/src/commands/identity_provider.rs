//! `tenantry identity-provider`.

use std::io::Read;

use api_types::IdentityProviderTestView;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    arguments::Which,
    client::{Call, decode},
    confirm,
    error::CliError,
    output,
    session::Session,
};

/// The API takes secrets of at most this many bytes.
const LONGEST_SECRET: u64 = 2048;

const EXAMPLES: &str = "\
Examples:
  tenantry identity-provider test acme --issuer https://id.acme.example --client-id tenantry --client-secret-file secret.txt
  pass show acme/client-secret | tenantry identity-provider set acme --issuer https://id.acme.example --client-id tenantry --client-secret-file -
  tenantry identity-provider show acme
  tenantry identity-provider remove acme";

/// Commands about the identity provider of a tenant.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Show it, without its secret
    Show(Which),
    /// Set it as a whole: what is not given is as if it were new, but for the secret
    ///
    /// Another issuer, client, claim or list of domains ends the sessions of the tenant's people.
    Set(Provider),
    /// Try one before it is set, step by step; nothing is written
    Test(Provider),
    /// Remove it with its secret; the sessions of the tenant's people end
    Remove(Remove),
}

/// A provider.
#[derive(Debug, Args)]
pub struct Provider {
    #[command(flatten)]
    which: Which,
    /// Issuer, to the letter as the provider's discovery document says it
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// Client by which the provider knows the portal
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File that holds the client's secret, `-` for standard input [default: the present secret stays, for the same issuer and client]
    #[arg(long, value_name = "FILE", conflicts_with = "public_client")]
    client_secret_file: Option<String>,
    /// The client has no secret
    #[arg(long)]
    public_client: bool,
    /// Claim that holds a person's groups [default: groups]
    #[arg(long, value_name = "CLAIM", conflicts_with = "no_groups")]
    groups_claim: Option<String>,
    /// Nobody has groups
    #[arg(long)]
    no_groups: bool,
    /// Domain of which a person's verified e-mail address must be one; may be given more than once [default: none is demanded]
    #[arg(long = "email-domain", value_name = "DOMAIN")]
    email_domains: Vec<String>,
}

/// Arguments of `remove`.
#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    which: Which,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Runs the command.
///
/// # Errors
/// As any call; without confirmation; a step that failed.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    let printer = &session.printer;
    match command {
        Command::Show(which) => {
            let call = Call::get(path(which), doing("reading", which));
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::identity_provider::render)
        }
        Command::Set(provider) => {
            let which = &provider.which;
            let body = provider.body()?;
            let doing = doing("setting", which);
            let call = Call::write_under_own_key(Method::PUT, path(which), doing);
            let call = call.body("application/json", body);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::identity_provider::render)
        }
        Command::Test(provider) => test(session, provider).await,
        Command::Remove(remove) => {
            let which = &remove.which;
            let doing = doing("removing", which);
            if !remove.yes {
                let warning = format!(
                    "This ends the sessions of all people of `{}`.",
                    which.tenant
                );
                confirm::type_the_slug(&which.tenant, &doing, &warning).await?;
            }
            let call = Call::write_under_own_key(Method::DELETE, path(which), doing);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::identity_provider::render)
        }
    }
}

/// A step that failed is a failure of the command.
async fn test(session: &Session<'_>, provider: &Provider) -> Result<(), CliError> {
    let which = &provider.which;
    let path = format!("{}/test", path(which));
    let doing = doing("trying", which);
    let call = Call::write_under_own_key(Method::POST, path, doing);
    let call = call.body("application/json", provider.body()?);
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::identity_provider::steps)?;
    let view: IdentityProviderTestView = decode(&call.doing, &body)?;
    match view.steps.into_iter().find(|step| !step.passed) {
        Some(step) => Err(CliError::NotPassed {
            step: step.name,
            found: step.found,
        }),
        None => Ok(()),
    }
}

fn path(which: &Which) -> String {
    format!("/v1/tenants/{}/identity-provider", which.tenant)
}

fn doing(what: &str, which: &Which) -> String {
    format!("{what} the identity provider of tenant `{}`", which.tenant)
}

impl Provider {
    fn body(&self) -> Result<Value, CliError> {
        let mut body = json!({ "issuer": self.issuer, "clientId": self.client_id });
        let secret = match &self.client_secret_file {
            Some(file) => Some(json!(secret_in(file)?)),
            None => self.public_client.then_some(Value::Null),
        };
        let claim = self.groups_claim.as_ref().map(|claim| json!(claim));
        let claim = claim.or_else(|| self.no_groups.then_some(Value::Null));
        let domains = (!self.email_domains.is_empty()).then(|| json!(self.email_domains));
        if let Some(body) = body.as_object_mut() {
            for (name, value) in [
                ("clientSecret", secret),
                ("groupsClaim", claim),
                ("emailDomains", domains),
            ] {
                body.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
        Ok(body)
    }
}

/// The secret in a file, without the end of its line. Not an argument: those are seen by everybody on the machine.
fn secret_in(file: &str) -> Result<String, CliError> {
    let mut text = String::new();
    // A byte-order mark and a line's end beyond the longest, and one byte to see that there is more.
    let most = LONGEST_SECRET + 6;
    let read = match file {
        "-" => std::io::stdin().take(most).read_to_string(&mut text),
        file => {
            std::fs::File::open(file).and_then(|file| file.take(most).read_to_string(&mut text))
        }
    };
    read.map_err(|error| CliError::Usage(format!("reading `{file}`: {error}")))?;
    // What some editors begin a file with is no part of a secret.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.len() as u64 > LONGEST_SECRET {
        let what = format!("`{file}` holds no secret of 1 to {LONGEST_SECRET} characters");
        return Err(CliError::Usage(what));
    }
    Ok(secret.to_owned())
}
