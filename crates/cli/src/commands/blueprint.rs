//! `tenantry blueprint …`.

use api_types::BlueprintView;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;
use tenancy::{
    Blueprint, BlueprintRef,
    blueprint::{
        Catalog,
        author::{self, Authored, Base},
        differences, is_built_in,
    },
};

use crate::{
    arguments::{Common, Key},
    blueprint_file::BlueprintFile,
    client::{Call, decode},
    error::CliError,
    output::{self, Printer},
    parse,
    resume::Resume,
    session::{Session, key_or_new},
};

/// Commands for blueprints.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all blueprints, built in and published
    List,
    /// Show the settings of a blueprint and what a tenant's spec may change
    #[command(
        after_help = "Examples:\n  tenantry blueprint show standard\n  tenantry blueprint show standard@1.0.0"
    )]
    Show {
        /// Name, or name and version
        #[arg(value_parser = parse::blueprint)]
        blueprint: BlueprintRef,
    },
    /// Print the JSON Schema of blueprints, for editors; needs no API
    #[command(after_help = "\
Example:
  tenantry blueprint schema > blueprint.schema.json
  # then, as the first line of a blueprint in YAML:
  # yaml-language-server: $schema=blueprint.schema.json")]
    Schema,
    /// Check a blueprint in a file; needs the API only if it extends a published one
    #[command(after_help = "Example:\n  tenantry blueprint validate gold.yaml")]
    Validate {
        /// File of JSON or YAML; `-` for standard input
        file: String,
    },
    /// Show field by field what a blueprint in a file changes
    #[command(
        after_help = "Examples:\n  tenantry blueprint diff gold.yaml\n  tenantry blueprint diff gold.yaml gold@1.0.0"
    )]
    Diff {
        /// File of JSON or YAML; `-` for standard input
        file: String,
        /// What to compare with [default: what it extends, else the newest version of its name]
        #[arg(value_name = "BLUEPRINT", value_parser = parse::blueprint)]
        reference: Option<BlueprintRef>,
    },
    /// Publish a blueprint for new tenants; a published version never changes
    #[command(after_help = "Example:\n  tenantry blueprint publish gold.yaml")]
    Publish(Publish),
    /// Retire a published version: it keeps its tenants and takes no new ones
    #[command(after_help = "Example:\n  tenantry blueprint retire gold@1.0.0")]
    Retire(Retire),
}

/// Arguments of `tenantry blueprint publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// File of JSON or YAML; `-` for standard input
    file: String,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `tenantry blueprint retire`.
#[derive(Debug, Args)]
pub struct Retire {
    /// Name and version
    #[arg(value_name = "BLUEPRINT", value_parser = parse::blueprint_version)]
    blueprint: BlueprintRef,
    #[command(flatten)]
    key: Key,
}

/// Runs the command.
///
/// # Errors
/// A file that is no blueprint; as any call.
pub async fn run(common: Common, resume: &Resume, command: Command) -> Result<(), CliError> {
    let printer = Printer::new(common.output, common.quiet);
    match command {
        Command::Schema => output::print(&format!("{:#}\n", author::schema())),
        Command::Validate { file } => {
            let file = BlueprintFile::read(&file)?;
            let authored = checked(&file, common, resume).await?;
            let whole = json!({ "blueprint": authored.blueprint, "extends": authored.extends });
            printer.answer("validating a blueprint", &whole, output::blueprint::valid)
        }
        Command::List => list(&Session::open(common, resume)?).await,
        Command::Show { blueprint } => {
            let session = Session::open(common, resume)?;
            let (call, body) = shown(&session, &blueprint).await?;
            printer.answer(&call.doing, &body, output::blueprint::render)
        }
        Command::Diff { file, reference } => {
            let file = BlueprintFile::read(&file)?;
            diff(&file, reference, common, resume).await
        }
        Command::Publish(arguments) => publish(arguments, common, resume).await,
        Command::Retire(arguments) => retire(&Session::open(common, resume)?, arguments).await,
    }
}

async fn list(session: &Session<'_>) -> Result<(), CliError> {
    let call = Call::get("/v1/blueprints", "listing the blueprints");
    let body = session.pages(&call, None).await?;
    session
        .printer
        .answer(&call.doing, &body, output::blueprint::list)
}

async fn shown(
    session: &Session<'_>,
    blueprint: &BlueprintRef,
) -> Result<(Call, serde_json::Value), CliError> {
    let doing = format!("reading blueprint `{blueprint}`");
    let call = Call::get(format!("/v1/blueprints/{blueprint}"), doing);
    let body = session.send(&call).await?.body;
    Ok((call, body))
}

/// A blueprint as the API has it, or one that comes with this program: that needs no API.
async fn found(
    reference: &BlueprintRef,
    common: Common,
    resume: &Resume,
) -> Result<Option<BlueprintView>, CliError> {
    let catalog = Catalog::built_in().map_err(std::io::Error::from)?;
    if let Some(built_in) = catalog.find(reference) {
        return Ok(Some(built_in.clone().into()));
    }
    if is_built_in(&reference.name) {
        return Ok(None);
    }
    match shown(&Session::open(common, resume)?, reference).await {
        Ok((call, body)) => decode(&call.doing, &body).map(Some),
        Err(CliError::Refused(refusal)) if refusal.problem.status == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks a file, with what it extends.
async fn checked(
    file: &BlueprintFile,
    common: Common,
    resume: &Resume,
) -> Result<Authored, CliError> {
    let base = match author::extends(&file.value) {
        Some(reference) => found(&reference, common, resume).await?,
        None => None,
    };
    let base = base.as_ref().map(|view| Base {
        blueprint: &view.blueprint,
        extends: view.extends.as_ref(),
    });
    file.check(base)
}

async fn diff(
    file: &BlueprintFile,
    reference: Option<BlueprintRef>,
    common: Common,
    resume: &Resume,
) -> Result<(), CliError> {
    let printer = Printer::new(common.output, common.quiet);
    let authored = checked(file, common.clone(), resume).await?;
    let by_name = || BlueprintRef {
        name: authored.blueprint.name.clone(),
        version: None,
    };
    let reference = reference.or_else(|| authored.extends.clone());
    let reference = reference.unwrap_or_else(by_name);
    let before = found(&reference, common, resume).await?;
    let Some(before) = before else {
        return Err(CliError::Usage(format!(
            "there is no blueprint `{reference}` to compare with"
        )));
    };
    let (before, after): (&Blueprint, _) = (&before.blueprint, &authored.blueprint);
    let whole = json!({
        "before": before.reference(), "after": after.reference(), "differences": differences(before, after),
    });
    printer.answer("comparing blueprints", &whole, output::blueprint::diff)
}

async fn publish(arguments: Publish, common: Common, resume: &Resume) -> Result<(), CliError> {
    let file = BlueprintFile::read(&arguments.file)?;
    // What is wrong is said here with its position; the API checks again.
    let authored = checked(&file, common.clone(), resume).await?;
    let session = Session::open(common, resume)?;
    let reference = authored.blueprint.reference();
    let doing = format!("publishing blueprint `{reference}`");
    let key = key_or_new(arguments.key.idempotency_key);
    let call = Call::write(Method::POST, "/v1/blueprints", &key, doing)
        .body("application/json", file.value.clone());
    let answer = session.send(&call).await?;
    if answer.status == 200 {
        let note = format!("`{reference}` was published before, with this content");
        session.printer.note(&note);
    }
    session
        .printer
        .answer(&call.doing, &answer.body, output::blueprint::render)
}

async fn retire(session: &Session<'_>, arguments: Retire) -> Result<(), CliError> {
    let reference = &arguments.blueprint;
    let doing = format!("retiring blueprint `{reference}`");
    let key = key_or_new(arguments.key.idempotency_key);
    let path = format!("/v1/blueprints/{reference}/retire");
    let call = Call::write(Method::POST, path, &key, doing);
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::blueprint::render)
}
