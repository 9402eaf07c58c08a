//! `tenantry aws`: into the AWS account of a tenant.

use std::process::Command;

use api_types::AccountSessionView;
use clap::{Args, Subcommand};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};
use tenancy::{access::AccountRole, text::escaped_json};

use crate::{
    arguments::Which,
    client::{Call, decode},
    error::CliError,
    federation::{FEDERATION, sign_in_address},
    output, parse,
    session::Session,
    sign_in::open,
};

const EXAMPLES: &str = "\
In ~/.aws/config, for every tool that speaks to AWS:
  [profile acme]
  credential_process = tenantry aws credentials acme --role developer

Examples:
  tenantry aws console acme --role read-only
  tenantry aws exec acme --role developer -- aws s3 ls
  tenantry aws sessions acme";

/// Commands that lead into a tenant's AWS account.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Aws {
    /// Print the credentials of a new session, as `credential_process` of AWS tools reads them
    Credentials(Open),
    /// Open the AWS console in a new session
    Console(Console),
    /// Run a command with the credentials of a new session in its environment
    Exec(Exec),
    /// List the sessions that were opened within the last 90 days
    Sessions(Sessions),
}

/// A session to open.
#[derive(Debug, Args)]
pub struct Open {
    #[command(flatten)]
    which: Which,
    /// What to be in the account: administrator, developer, read-only or billing
    #[arg(long, value_name = "ROLE")]
    role: AccountRole,
    /// For how many seconds, 900 to 3600 [default: an hour, or until your grant ends]
    #[arg(long, value_name = "SECONDS", value_parser = parse::number(900, 3600))]
    duration: Option<u64>,
    /// Why, in a sentence; operators must say it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Arguments of `console`.
#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    open: Open,
    /// Print the address instead of opening a browser. Whoever has it within 15 minutes is in the console
    #[arg(long)]
    print: bool,
    /// Page of the console to go to
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://console.aws.amazon.com/"
    )]
    destination: Url,
    /// Federation endpoint, where it is another than that of the AWS partition `aws`
    #[arg(long, value_name = "URL", default_value = FEDERATION)]
    federation: Url,
}

/// Arguments of `exec`.
#[derive(Debug, Args)]
pub struct Exec {
    #[command(flatten)]
    open: Open,
    /// Command and its arguments, after `--`
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<String>,
}

/// Arguments of `sessions`.
#[derive(Debug, Args)]
pub struct Sessions {
    #[command(flatten)]
    which: Which,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// As any call; of `exec`, that the command failed.
pub async fn run(session: &Session<'_>, command: &Aws) -> Result<(), CliError> {
    match command {
        Aws::Credentials(arguments) => {
            let opened = arguments.opened(session).await?;
            output::print(&escaped_json(&format!("{:#}\n", for_aws_tools(&opened))))
        }
        Aws::Console(arguments) => console(session, arguments).await,
        Aws::Exec(arguments) => exec(session, arguments).await,
        Aws::Sessions(arguments) => {
            let path = format!("/v1/tenants/{}/sessions", arguments.which.tenant);
            let call = Call::get(path, "listing sessions");
            let body = session.pages(&call, arguments.limit).await?;
            let printer = &session.printer;
            printer.answer(&call.doing, &body, output::account_session::list)
        }
    }
}

impl Open {
    async fn opened(&self, session: &Session<'_>) -> Result<AccountSessionView, CliError> {
        let tenant = &self.which.tenant;
        let mut body = Map::from_iter([("role".to_owned(), json!(self.role))]);
        let optional = [
            ("durationSecs", self.duration.map(Value::from)),
            ("reason", self.reason.clone().map(Value::from)),
        ];
        for (name, value) in optional {
            body.extend(value.map(|value| (name.to_owned(), value)));
        }
        let doing = format!("opening a session in the account of tenant `{tenant}`");
        let path = format!("/v1/tenants/{tenant}/sessions");
        let call = Call::write_under_own_key(Method::POST, path, doing)
            .body("application/json", Value::Object(body));
        let answer = session.send(&call).await?;
        decode(&call.doing, &answer.body)
    }
}

/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
fn for_aws_tools(opened: &AccountSessionView) -> Value {
    json!({
        "Version": 1,
        "AccessKeyId": opened.access_key_id,
        "SecretAccessKey": opened.secret_access_key,
        "SessionToken": opened.session_token,
        "Expiration": opened.session.expires_at,
    })
}

async fn console(session: &Session<'_>, arguments: &Console) -> Result<(), CliError> {
    let opened = arguments.open.opened(session).await?;
    let address = sign_in_address(&arguments.federation, &arguments.destination, &opened).await?;
    if arguments.print {
        return output::print(&format!("{address}\n"));
    }
    open(address.as_str());
    let who = &opened.session.source_identity;
    let note = format!("the console opens in your browser; CloudTrail names you `{who}`");
    session.printer.note(&note);
    Ok(())
}

/// The command has the terminal meanwhile: an interrupt reaches it as well.
async fn exec(session: &Session<'_>, arguments: &Exec) -> Result<(), CliError> {
    let opened = arguments.open.opened(session).await?;
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(CliError::Usage("no command".into()));
    };
    let mut child = Command::new(program);
    child.args(rest);
    // A profile would win over the variables in some tools.
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"] {
        child.env_remove(name);
    }
    child
        .env("AWS_ACCESS_KEY_ID", &opened.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &opened.secret_access_key)
        .env("AWS_SESSION_TOKEN", &opened.session_token)
        .env(
            "AWS_CREDENTIAL_EXPIRATION",
            opened.session.expires_at.to_string(),
        );
    let ended = tokio::task::spawn_blocking(move || child.status()).await;
    let ended = ended.map_err(|error| CliError::Io(std::io::Error::other(error)))?;
    let status = ended.map_err(|error| {
        let why = format!("running `{program}`: {error}");
        CliError::Io(std::io::Error::new(error.kind(), why))
    })?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(CliError::Child(code)),
    }
}
