//! `tenantry access`.

mod requests;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;
use tenancy::{
    Timestamp,
    access::{GrantId, Grantee, Provider, Role},
};

use crate::{
    arguments::Key,
    client::{Call, new_key},
    error::CliError,
    output, parse,
    session::Session,
};

const PRINCIPALS: &str = "\
A principal is one of:
  person:PROVIDER:ISSUER#SUBJECT   somebody, as the identity provider signs him or her in
  group:PROVIDER:NAME              everybody of whom the provider says that he or she is in the group
  the ARN of an IAM user or role   a machine; of a session, its role counts
PROVIDER is `installation`, or the id of the tenant whose provider it is.";

const EXAMPLES: &str = "\
Examples:
  tenantry access list --tenant acme
  tenantry access grant group:t-mfxgi4tfmrwwk3tu:developers developer --tenant acme --reason 'they work there'
  tenantry access grant arn:aws:iam::111122223333:role/billing billing --reason 'invoices' --expires 2027-01-01T00:00:00Z
  tenantry access grant group:t-mfxgi4tfmrwwk3tu:shop project-developer --tenant acme --project web --reason 'the web team'
  tenantry access revoke g-mfxgi4tfmrwwk3tu --tenant acme
  tenantry access end-sessions 'person:t-mfxgi4tfmrwwk3tu:https://id.acme.example#ann' --reason 'a lost laptop'
  tenantry access request acme tenant-admin --for 1h --reason 'the checkout is down' --ticket OPS-4711
  tenantry access requests acme --state pending
  tenantry access approve acme r-mfxgi4tfmrwwk3tu
  tenantry access explain group:installation:support startRepair acme";

/// Commands about who may do what.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Command {
    /// Grant a role at the installation, in a tenant or in a project
    #[command(after_help = PRINCIPALS)]
    Grant(Grant),
    /// Revoke a grant
    Revoke(Revoke),
    /// List grants
    List(List),
    #[command(flatten)]
    Requests(requests::Command),
    /// End all sessions of a person, within a minute; he or she may sign in again
    #[command(after_help = PRINCIPALS)]
    EndSessions(EndSessions),
    /// Explain whether somebody may do something, by which policy and which grant
    #[command(after_help = PRINCIPALS)]
    Explain(Explain),
}

/// Where.
#[derive(Debug, Args)]
pub struct GrantPlace {
    /// In this tenant, by slug or id [default: at the installation]
    #[arg(long, value_name = "TENANT", value_parser = parse::tenant)]
    tenant: Option<String>,
    /// In this project of the tenant
    #[arg(long, value_name = "PROJECT", requires = "tenant")]
    project: Option<tenancy::Slug>,
}

/// Arguments of `grant`.
#[derive(Debug, Args)]
pub struct Grant {
    /// Who
    #[arg(value_name = "PRINCIPAL")]
    principal: Grantee,
    /// Role, such as `operator`, `tenant-admin` or `project-developer`
    #[arg(value_name = "ROLE")]
    role: Role,
    #[command(flatten)]
    place: GrantPlace,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
    /// When it ends by itself, such as `2027-01-01T00:00:00Z` [default: when it is revoked]
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `revoke`.
#[derive(Debug, Args)]
pub struct Revoke {
    /// Id of the grant, as the list shows it
    #[arg(value_name = "GRANT")]
    grant: GrantId,
    #[command(flatten)]
    place: GrantPlace,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    place: GrantPlace,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Arguments of `end-sessions`.
#[derive(Debug, Args)]
pub struct EndSessions {
    /// The person
    #[arg(value_name = "PRINCIPAL")]
    principal: Grantee,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
    #[command(flatten)]
    key: Key,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Who; a session of a role by its ARN as well
    #[arg(value_name = "PRINCIPAL", value_parser = parse::principal)]
    principal: String,
    /// Operation, by its name in the OpenAPI document, such as `getTenant`
    #[arg(value_name = "ACTION")]
    action: String,
    /// `installation`, a tenant by slug or id, or TENANT/PROJECT
    #[arg(value_name = "RESOURCE")]
    resource: String,
    /// A group that the person is in; may be given more than once
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    let printer = &session.printer;
    match command {
        Command::Grant(arguments) => {
            let call = grant_call(arguments);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::access::grant)
        }
        Command::Revoke(arguments) => {
            let path = format!("{}/{}", path(&arguments.place), arguments.grant);
            let doing = format!("revoking grant `{}`", arguments.grant);
            let call = Call::write(Method::DELETE, path, &key(&arguments.key), doing);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::access::revoked)
        }
        Command::List(arguments) => {
            let call = Call::get(path(&arguments.place), "listing grants");
            let body = session.pages(&call, arguments.limit).await?;
            printer.answer(&call.doing, &body, output::access::list)
        }
        Command::Requests(command) => requests::run(session, command).await,
        Command::EndSessions(arguments) => {
            let call = end_sessions_call(arguments);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::access::sessions_ended)
        }
        Command::Explain(arguments) => {
            let call = explain_call(arguments);
            let body = session.send(&call).await?.body;
            printer.answer(&call.doing, &body, output::access::explained)
        }
    }
}

fn path(place: &GrantPlace) -> String {
    match (&place.tenant, &place.project) {
        (Some(tenant), Some(project)) => format!("/v1/tenants/{tenant}/projects/{project}/grants"),
        (Some(tenant), None) => format!("/v1/tenants/{tenant}/grants"),
        (None, _) => "/v1/grants".to_owned(),
    }
}

fn key(key: &Key) -> String {
    key.idempotency_key.clone().unwrap_or_else(new_key)
}

fn grant_call(arguments: &Grant) -> Call {
    let mut body = json!({
        "principal": arguments.principal,
        "role": arguments.role,
        "reason": arguments.reason,
    });
    if let Some(body) = body.as_object_mut() {
        let expires = arguments.expires.map(|expires| json!(expires));
        body.extend(expires.map(|expires| ("expiresAt".to_owned(), expires)));
    }
    let doing = format!("granting `{}`", arguments.role);
    let path = path(&arguments.place);
    Call::write(Method::POST, path, &key(&arguments.key), doing).body("application/json", body)
}

/// The person's own text says whose provider it is.
fn end_sessions_call(arguments: &EndSessions) -> Call {
    let EndSessions {
        principal, reason, ..
    } = arguments;
    let path = match principal.provider() {
        Some(Provider::Tenant(tenant)) => format!("/v1/tenants/{tenant}/people/end-sessions"),
        _ => "/v1/people/end-sessions".to_owned(),
    };
    let doing = format!("ending the sessions of `{principal}`");
    let body = json!({ "principal": principal, "reason": reason });
    let call = Call::write(Method::POST, path, &key(&arguments.key), doing);
    call.body("application/json", body)
}

fn explain_call(arguments: &Explain) -> Call {
    let mut body = json!({
        "principal": arguments.principal,
        "action": arguments.action,
        "resource": arguments.resource,
    });
    if let Some(body) = body.as_object_mut().filter(|_| !arguments.group.is_empty()) {
        body.insert("groups".to_owned(), json!(arguments.group));
    }
    let doing = format!("explaining `{}`", arguments.action);
    let path = "/v1/access/explain";
    Call::write_under_own_key(Method::POST, path, doing).body("application/json", body)
}
