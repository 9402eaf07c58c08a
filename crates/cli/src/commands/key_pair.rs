//! `tenantry key-pair`.

use std::{
    fs,
    io::{IsTerminal, Write, stdout},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use api_types::KeyPairView;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;
use tenancy::{Region, text::escaped_json};

use crate::{
    arguments::{Key, Waiting, Which},
    client::{Call, decode},
    commands::accepted,
    error::CliError,
    output, parse,
    session::{Session, key_or_new},
};

/// Arguments of `tenantry key-pair`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Who is given a private key is in the tenant's history.

Examples:
  tenantry key-pair acme --out acme.pem      # a new file that only you can read
  tenantry key-pair acme > acme.pem
  ssh-keygen -y -f acme.pem                  # the public half that EC2 has
  tenantry key-pair rotate acme --wait")]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Tenant by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant, required = true)]
    tenant: Option<String>,
    /// Region of the key pair [default: the tenant's first]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// Write to a new file that only you can read (mode 0600), instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show the private key on a terminal; with --out, replace the file
    #[arg(long)]
    force: bool,
}

/// Commands for key pairs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace the private key; machines that were launched before keep trusting the old one
    Rotate(Rotate),
}

/// Arguments of `tenantry key-pair rotate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Machines trust the key that they were launched with: replace it in their `authorized_keys`, or launch them again.

Example:
  tenantry key-pair rotate acme --region eu-central-1 --wait")]
pub struct Rotate {
    #[command(flatten)]
    which: Which,
    /// Only the key pair of this Region [default: that of each Region]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    waiting: Waiting,
}

/// Hands out the private key of a tenant, or rotates it.
///
/// # Errors
/// As any call; a terminal, or a file that is there already, without `--force`.
pub async fn run(session: &Session<'_>, arguments: Arguments) -> Result<(), CliError> {
    match (&arguments.command, &arguments.tenant) {
        (Some(Command::Rotate(rotate)), _) => self::rotate(session, rotate).await,
        (None, Some(tenant)) => hand_out(session, tenant, &arguments).await,
        (None, None) => Err(CliError::Usage("no tenant".into())),
    }
}

/// What can be refused is refused before the key is asked for: being given it is on record.
async fn hand_out(
    session: &Session<'_>,
    tenant: &str,
    arguments: &Arguments,
) -> Result<(), CliError> {
    if arguments.out.is_none() && stdout().is_terminal() && !arguments.force {
        let text = "the private key would be shown on the terminal: give `--out FILE`, redirect it, or give `--force`";
        return Err(CliError::Usage(text.into()));
    }
    let file = arguments
        .out
        .as_deref()
        .map(|path| Draft::new(path, arguments.force));
    let file = file.transpose()?;
    let doing = format!("reading the key pair of tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/key-pair"), doing);
    let body = session
        .send(&in_region(call, arguments.region.as_ref()))
        .await?
        .body;
    let doing = format!("reading the key pair of tenant `{tenant}`");
    let pair: KeyPairView = decode(&doing, &body)?;
    let text = match session.printer.is_for_people() {
        true => pair.private_key.clone(),
        false => escaped_json(&format!("{body:#}\n")),
    };
    let (fingerprint, region) = (&pair.fingerprint, &pair.region);
    match file {
        None => output::print(&text),
        Some(file) => {
            let path = file.finish(&text)?;
            let path = path.display();
            let note = format!("the private key of `{region}` ({fingerprint}) is in `{path}`");
            session.printer.note(&note);
            Ok(())
        }
    }
}

async fn rotate(session: &Session<'_>, arguments: &Rotate) -> Result<(), CliError> {
    let tenant = &arguments.which.tenant;
    let key = key_or_new(arguments.key.idempotency_key.clone());
    let doing = format!("rotating the key pair of tenant `{tenant}`");
    let path = format!("/v1/tenants/{tenant}/key-pair/rotate");
    let call = in_region(
        Call::write(Method::POST, path, &key, doing),
        arguments.region.as_ref(),
    );
    let body: Value = session.send(&call).await?.body;
    accepted::finish(session, &call.doing, &body, &arguments.waiting, false).await
}

fn in_region(call: Call, region: Option<&Region>) -> Call {
    match region {
        Some(region) => call.query("region", region.as_str()),
        None => call,
    }
}

/// A file that only its owner can read, from its first moment on. It is removed again unless it is finished.
struct Draft {
    path: PathBuf,
    file: fs::File,
    finished: bool,
}

impl Draft {
    fn new(path: &Path, replace: bool) -> Result<Self, CliError> {
        // Written over, it would keep its mode and owner.
        if replace && path.symlink_metadata().is_ok() {
            fs::remove_file(path)?;
        }
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| {
            let why = format!("making `{}`: {error}", path.display());
            CliError::Io(std::io::Error::new(error.kind(), why))
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            finished: false,
        })
    }

    fn finish(mut self, text: &str) -> Result<PathBuf, CliError> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        self.finished = true;
        Ok(self.path.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            // There is nothing more to do about it.
            let _ = fs::remove_file(&self.path);
        }
    }
}
