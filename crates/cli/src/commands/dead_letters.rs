//! `tenantry dead-letters …`.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use crate::{
    client::{Call, new_key},
    output,
    session::Session,
    stop::Stop,
    wire::{self, DeadLetter, DeadLetters},
};

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the messages that the work queues gave up on, oldest first
    #[command(after_help = "\
A message is given up after five failed passes, or when a rule could not deliver it. Nothing is lost by it: a tenant that is due is
sent again every minute. Listing takes nothing away.

Examples:
  tenantry dead-letters list
  tenantry dead-letters list --queue audit --output json | jq -r '.items[].tenantId'")]
    List(List),
    /// Show one of them
    Show(Which),
    /// Send them back to their work queue, when the cause is put right
    #[command(after_help = "\
Sending back is always safe: a message only says which tenant to look at, and a pass over a settled tenant changes nothing.

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
    /// Only those of one work queue
    #[arg(long, value_parser = ["onboard", "audit", "offboard"])]
    queue: Option<String>,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Which {
    /// The message's id, as the list shows it
    #[arg(value_name = "MESSAGE", value_parser = message_id)]
    message: String,
}

/// Arguments of `retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// The messages' ids, as the list shows them
    #[arg(value_name = "MESSAGE", value_parser = message_id, required_unless_present = "all")]
    messages: Vec<String>,
    /// All that can be sent back
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

/// Does it.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), Stop> {
    match command {
        Command::List(list) => {
            let call = list_call(&list.queue, list.limit);
            let body = session.send(&call).await?.body;
            let screen = &session.screen;
            screen.answer(&call.doing, &body, output::dead_letter::list)
        }
        Command::Show(Which { message }) => {
            let call = Call::get(path(message), format!("looking at message `{message}`"));
            let body = session.send(&call).await?.body;
            let screen = &session.screen;
            screen.answer(&call.doing, &body, output::dead_letter::render)
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

async fn retry_each(session: &Session<'_>, messages: &[String]) -> Result<(), Stop> {
    let mut sent = Vec::new();
    for message in messages {
        let doing = format!("sending message `{message}` back");
        let path = format!("{}/retry", path(message));
        let call = Call::write(Method::POST, path, &new_key(), doing);
        sent.push(session.send(&call).await?.body);
    }
    let body = json!({ "items": sent, "more": false });
    let screen = &session.screen;
    screen.answer("sending messages back", &body, output::dead_letter::sent)
}

/// Page by page, until nothing is left that can be sent back: a message that fails again comes back here much later.
async fn retry_all(session: &Session<'_>, queue: &Queue) -> Result<(), Stop> {
    let mut done: Vec<String> = Vec::new();
    let mut all = Vec::new();
    loop {
        let call = list_call(queue, 100);
        let body = session.send(&call).await?.body;
        let found: DeadLetters = wire::read(&call.doing, &body)?;
        let fresh: Vec<&DeadLetter> = found
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
            let screen = &session.screen;
            return screen.answer("sending messages back", &body, output::dead_letter::sent);
        }
    }
}
