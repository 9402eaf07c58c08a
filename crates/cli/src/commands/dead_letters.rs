//! `tenantry dead-letters …`.

use std::collections::BTreeSet;

use api_types::DeadLettersView;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Call, decode},
    error::CliError,
    output, parse,
    session::Session,
};

/// Commands for dead letters.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the messages that a worker could not process, oldest first
    #[command(after_help = "\
A message becomes a dead letter after five failed passes, or when a rule could not deliver it. Nothing is lost: every minute a
new message is sent for each tenant that is due. Listing does not remove messages.

Examples:
  tenantry dead-letters list
  tenantry dead-letters list --queue audit --output json | jq -r '.items[].tenantId'")]
    List(List),
    /// Show one message
    Show(Which),
    /// Send messages back to their work queue once the cause is resolved
    #[command(after_help = "\
Sending a message back is always safe: it only names a tenant to reconcile, and a pass over a settled tenant changes nothing.

Examples:
  tenantry dead-letters retry 5fea7756-0ea4-451a-a703-a558b933e274
  tenantry dead-letters retry --all --queue onboard")]
    Retry(Retry),
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    queue: Queue,
    /// At most this many [default: all]
    #[arg(long, value_name = "N", value_parser = parse::limit)]
    limit: Option<u64>,
}

#[derive(Debug, Args)]
struct Queue {
    /// Only messages of one work queue
    #[arg(long, value_parser = ["onboard", "audit", "offboard"])]
    queue: Option<String>,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Which {
    /// Id of the message, as the list shows it
    #[arg(value_name = "MESSAGE", value_parser = parse::message_id)]
    message: String,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// Ids of the messages, as the list shows them
    #[arg(value_name = "MESSAGE", value_parser = parse::message_id, required_unless_present = "all")]
    messages: Vec<String>,
    /// Send back all messages that can be processed
    #[arg(long, conflicts_with = "messages")]
    all: bool,
    #[command(flatten)]
    queue: Queue,
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    match command {
        Command::List(list) => {
            let call = list_call(&list.queue);
            let body = session.pages(&call, list.limit).await?;
            let printer = &session.printer;
            printer.answer(&call.doing, &body, output::dead_letter::list)
        }
        Command::Show(Which { message }) => {
            let call = Call::get(path(message), format!("reading message `{message}`"));
            let body = session.send(&call).await?.body;
            let printer = &session.printer;
            printer.answer(&call.doing, &body, output::dead_letter::render)
        }
        Command::Retry(retry) if retry.all => retry_all(session, &retry.queue).await,
        Command::Retry(retry) => retry_each(session, &retry.messages).await,
    }
}

fn path(message: &str) -> String {
    format!("/v1/dead-letters/{message}")
}

fn list_call(queue: &Queue) -> Call {
    let call = Call::get("/v1/dead-letters", "listing dead letters");
    match &queue.queue {
        Some(queue) => call.query("queue", queue),
        None => call,
    }
}

fn retry_call(message: &str) -> Call {
    let doing = format!("sending message `{message}` back");
    let path = format!("{}/retry", path(message));
    Call::write_under_own_key(Method::POST, path, doing)
}

async fn retry_each(session: &Session<'_>, messages: &[String]) -> Result<(), CliError> {
    let mut sent = Vec::new();
    for message in messages {
        sent.push(session.send(&retry_call(message)).await?.body);
    }
    print_sent(session, &sent, &[])
}

/// Every message that can be processed, until a reading finds no new one: a message that fails again comes back much later.
async fn retry_all(session: &Session<'_>, queue: &Queue) -> Result<(), CliError> {
    let mut tried: BTreeSet<String> = BTreeSet::new();
    let mut sent = Vec::new();
    loop {
        let call = list_call(queue);
        let body = session.pages(&call, None).await?;
        let found: DeadLettersView = decode(&call.doing, &body)?;
        let readable = found.items.iter().filter(|it| it.unreadable.is_none());
        let fresh: Vec<&str> = readable
            .map(|letter| letter.id.as_str())
            .filter(|id| !tried.contains(*id))
            .collect();
        for id in &fresh {
            match session.send(&retry_call(id)).await {
                Ok(answer) => sent.push(answer.body),
                // Somebody else has sent it back, or is reading it.
                Err(error) if error.code() == 3 => {}
                Err(error) => return Err(error),
            }
            tried.insert((*id).to_owned());
        }
        if fresh.is_empty() || !found.incomplete {
            let unreadable = found.items.iter().filter(|it| it.unreadable.is_some());
            let unreadable: Vec<&str> = unreadable.map(|letter| letter.id.as_str()).collect();
            return print_sent(session, &sent, &unreadable);
        }
    }
}

fn print_sent(session: &Session<'_>, sent: &[Value], unreadable: &[&str]) -> Result<(), CliError> {
    let body = json!({ "items": sent, "unreadable": unreadable });
    let printer = &session.printer;
    printer.answer("sending messages back", &body, output::dead_letter::sent)
}
