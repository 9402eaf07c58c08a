//! `tenantry dead-letters …`.

use api_types::{DeadLetterView, DeadLettersView};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use crate::{
    client::{Call, decode, new_key},
    error::CliError,
    output,
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
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100))]
    limit: u64,
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
    #[arg(value_name = "MESSAGE", value_parser = message_id)]
    message: String,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// Ids of the messages, as the list shows them
    #[arg(value_name = "MESSAGE", value_parser = message_id, required_unless_present = "all")]
    messages: Vec<String>,
    /// Send back all messages that can be processed
    #[arg(long, conflicts_with = "messages")]
    all: bool,
    #[command(flatten)]
    queue: Queue,
}

fn message_id(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then(|| text.to_owned())
        .ok_or_else(|| "allowed: letters, digits and hyphens, as the list shows it".into())
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    match command {
        Command::List(list) => {
            let call = list_call(&list.queue, list.limit);
            let body = session.send(&call).await?.body;
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

fn list_call(queue: &Queue, limit: u64) -> Call {
    let call =
        Call::get("/v1/dead-letters", "listing dead letters").query("limit", limit.to_string());
    match &queue.queue {
        Some(queue) => call.query("queue", queue),
        None => call,
    }
}

async fn retry_each(session: &Session<'_>, messages: &[String]) -> Result<(), CliError> {
    let mut sent = Vec::new();
    for message in messages {
        let doing = format!("sending message `{message}` back");
        let path = format!("{}/retry", path(message));
        let call = Call::write(Method::POST, path, &new_key(), doing);
        sent.push(session.send(&call).await?.body);
    }
    let body = json!({ "items": sent, "more": false });
    let printer = &session.printer;
    printer.answer("sending messages back", &body, output::dead_letter::sent)
}

/// Page by page, until nothing is left that can be sent back: a message that fails again comes back here much later.
async fn retry_all(session: &Session<'_>, queue: &Queue) -> Result<(), CliError> {
    let mut done: Vec<String> = Vec::new();
    let mut all = Vec::new();
    loop {
        let call = list_call(queue, 100);
        let body = session.send(&call).await?.body;
        let found: DeadLettersView = decode(&call.doing, &body)?;
        let fresh: Vec<&DeadLetterView> = found
            .items
            .iter()
            .filter(|letter| letter.unreadable.is_none() && !done.contains(&letter.id))
            .collect();
        for letter in &fresh {
            let doing = format!("sending message `{}` back", letter.id);
            let path = format!("{}/retry", path(&letter.id));
            let call = Call::write(Method::POST, path, &new_key(), doing);
            all.push(session.send(&call).await?.body);
            done.push(letter.id.clone());
        }
        if fresh.is_empty() || !found.more {
            let body = json!({ "items": all, "more": found.more });
            let printer = &session.printer;
            return printer.answer("sending messages back", &body, output::dead_letter::sent);
        }
    }
}
