//! `tenantry access request`, and what becomes of requests.

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tenancy::{
    Slug,
    access::{AccessRequestId, Role},
};

use super::key;
use crate::{arguments::Key, client::Call, error::CliError, output, parse, session::Session};

const STATES: [&str; 5] = ["pending", "approved", "denied", "canceled", "expired"];

/// Commands about access for a time.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for a role in a tenant for a time; others have to approve it
    Request(Request),
    /// List the requests for access to a tenant: your own, if you may not list grants
    Requests(List),
    /// Approve a request of somebody else
    Approve(One),
    /// Deny a request of somebody else
    Deny(Deny),
    /// Take back a request of your own
    Cancel(One),
}

/// Arguments of `request`.
#[derive(Debug, Args)]
pub struct Request {
    /// Tenant, by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    tenant: String,
    /// Role, such as `tenant-admin` or `project-developer`
    #[arg(value_name = "ROLE")]
    role: Role,
    /// For how long from the last approval, 15 minutes to 12 hours, such as `90m` or `2h`
    #[arg(long = "for", value_name = "TIME", value_parser = parse::seconds)]
    lasts: SignedDuration,
    /// Why, for those who decide and for the record
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
    /// Where it is written about, such as the number of a ticket
    #[arg(long, value_name = "TEXT")]
    ticket: Option<String>,
    /// In this project of the tenant
    #[arg(long, value_name = "PROJECT")]
    project: Option<Slug>,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `requests`.
#[derive(Debug, Args)]
pub struct List {
    /// Tenant, by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    tenant: String,
    /// Only requests in this state
    #[arg(long, value_name = "STATE", value_parser = STATES)]
    state: Option<String>,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Arguments of `approve` and `cancel`.
#[derive(Debug, Args)]
pub struct One {
    /// Tenant, by slug or id
    #[arg(value_name = "TENANT", value_parser = parse::tenant)]
    tenant: String,
    /// Id of the request, as the list shows it
    #[arg(value_name = "REQUEST")]
    request: AccessRequestId,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `deny`.
#[derive(Debug, Args)]
pub struct Deny {
    #[command(flatten)]
    one: One,
    /// Why, for whoever asked and for the record
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    let call = match command {
        Command::Request(arguments) => request_call(arguments),
        Command::Requests(arguments) => return list(session, arguments).await,
        Command::Approve(one) => decision_call(one, "approve", "approving"),
        Command::Cancel(one) => decision_call(one, "cancel", "taking back"),
        Command::Deny(arguments) => decision_call(&arguments.one, "deny", "denying")
            .body("application/json", json!({ "reason": arguments.reason })),
    };
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::access_request::one)
}

async fn list(session: &Session<'_>, arguments: &List) -> Result<(), CliError> {
    let path = format!("/v1/tenants/{}/access-requests", arguments.tenant);
    let mut call = Call::get(path, "listing requests for access");
    if let Some(state) = &arguments.state {
        call = call.query("state", state);
    }
    let body = session.pages(&call, arguments.limit).await?;
    session
        .printer
        .answer(&call.doing, &body, output::access_request::list)
}

fn request_call(arguments: &Request) -> Call {
    let mut body = json!({
        "role": arguments.role,
        "durationSecs": arguments.lasts.as_secs(),
        "reason": arguments.reason,
    });
    let more = [
        ("ticket", arguments.ticket.as_ref().map(|it| json!(it))),
        ("project", arguments.project.as_ref().map(|it| json!(it))),
    ];
    if let Some(body) = body.as_object_mut() {
        let given = more
            .into_iter()
            .filter_map(|(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?)));
        body.extend(given);
    }
    let path = format!("/v1/tenants/{}/access-requests", arguments.tenant);
    let doing = format!("asking for `{}`", arguments.role);
    let call = Call::write(Method::POST, path, &key(&arguments.key), doing);
    call.body("application/json", body)
}

fn decision_call(one: &One, verb: &str, doing: &str) -> Call {
    let (tenant, request) = (&one.tenant, &one.request);
    let path = format!("/v1/tenants/{tenant}/access-requests/{request}/{verb}");
    let doing = format!("{doing} request `{request}`");
    Call::write(Method::POST, path, &key(&one.key), doing)
}
