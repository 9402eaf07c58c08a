//! `tenantry project`.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tenancy::Slug;

use crate::{
    arguments::{Key, Which},
    client::{Call, new_key},
    error::CliError,
    output, parse,
    session::Session,
};

const EXAMPLES: &str = "\
Examples:
  tenantry project create acme web --name 'Web shop' --budget-share 40
  tenantry project list acme
  tenantry project change acme web --name 'Shop'
  tenantry project delete acme web";

/// Commands about the projects of a tenant.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Create a project
    Create(Create),
    /// List the projects of a tenant
    List(List),
    /// Show a project
    Show(One),
    /// Change a project
    Change(Change),
    /// Delete a project for which nobody holds a grant
    Delete(Delete),
}

/// A project of a tenant.
#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    which: Which,
    /// Slug of the project
    #[arg(value_name = "PROJECT")]
    project: Slug,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    one: One,
    /// Name of the project
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its part of the tenant's budget, in percent: a note
    #[arg(long, value_name = "PERCENT", value_parser = parse::number(0, 100))]
    budget_share: Option<u64>,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Arguments of `change`.
#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["name", "budget_share"])]
pub struct Change {
    #[command(flatten)]
    one: One,
    /// New name of the project
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its part of the tenant's budget, in percent: a note
    #[arg(long, value_name = "PERCENT", value_parser = parse::number(0, 100))]
    budget_share: Option<u64>,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    key: Key,
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    let printer = &session.printer;
    let call = match command {
        Command::List(arguments) => {
            let call = Call::get(projects(&arguments.which), "listing projects");
            let body = session.pages(&call, arguments.limit).await?;
            return printer.answer(&call.doing, &body, output::project::list);
        }
        Command::Show(one) => Call::get(one.path(), one.doing("reading")),
        Command::Create(arguments) => {
            let one = &arguments.one;
            let mut body = fields(Some(&arguments.name), arguments.budget_share);
            body.insert("slug".to_owned(), json!(one.project));
            let path = projects(&one.which);
            write(Method::POST, path, &arguments.key, one.doing("creating"))
                .body("application/json", Value::Object(body))
        }
        Command::Change(arguments) => {
            let one = &arguments.one;
            let body = fields(arguments.name.as_ref(), arguments.budget_share);
            let doing = one.doing("changing");
            write(Method::PATCH, one.path(), &arguments.key, doing)
                .body("application/merge-patch+json", Value::Object(body))
        }
        Command::Delete(arguments) => {
            let one = &arguments.one;
            let doing = one.doing("deleting");
            write(Method::DELETE, one.path(), &arguments.key, doing)
        }
    };
    let body = session.send(&call).await?.body;
    printer.answer(&call.doing, &body, output::project::render)
}

impl One {
    fn path(&self) -> String {
        format!("{}/{}", projects(&self.which), self.project)
    }

    fn doing(&self, what: &str) -> String {
        format!("{what} project `{}`", self.project)
    }
}

fn projects(which: &Which) -> String {
    format!("/v1/tenants/{}/projects", which.tenant)
}

fn write(method: Method, path: String, key: &Key, doing: String) -> Call {
    let key = key.idempotency_key.clone().unwrap_or_else(new_key);
    Call::write(method, path, &key, doing)
}

fn fields(name: Option<&String>, share: Option<u64>) -> Map<String, Value> {
    let name = name.map(|name| ("name".to_owned(), json!(name)));
    let share = share.map(|share| ("budgetSharePercent".to_owned(), json!(share)));
    name.into_iter().chain(share).collect()
}
