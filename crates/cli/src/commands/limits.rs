//! `tenantry limits …`.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Call, new_key},
    output,
    session::Session,
    stop::Stop,
};

/// What to do with the organization's limits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show how creations, closures and calls stand, and who waits
    #[command(
        after_help = "Examples:\n  tenantry limits show\n  tenantry limits show --limit 100 --output json | jq .creations.line"
    )]
    Show {
        /// Places of each line to show
        #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u8).range(1..=100))]
        limit: u8,
    },
    /// Stop creating accounts: who waits keeps its place, what is in flight ends, everything else goes on
    #[command(
        after_help = "Example:\n  tenantry limits stop-creations --reason 'quota being raised, ticket 4711'"
    )]
    StopCreations {
        #[command(flatten)]
        why: Why,
    },
    /// Create accounts again, in the order of the line
    #[command(after_help = "\
Examples:
  tenantry limits start-creations --reason 'quota raised'
  tenantry limits start-creations --reason 'big customer' --per-hour 200 --per-day 1000
  tenantry limits start-creations --reason 'back to normal' --usual-budget")]
    StartCreations {
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        budget: Budget,
    },
}

/// Why.
#[derive(Debug, Args)]
pub struct Why {
    /// Why: shown to those who wait, and kept for the record
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// Another creation budget.
#[derive(Debug, Args)]
pub struct Budget {
    /// Accounts that may be created in an hour, instead of what the deployment allows
    #[arg(long, value_name = "N", requires = "per_day", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_hour: Option<u32>,
    /// Accounts that may be created in a day, instead of what the deployment allows
    #[arg(long, value_name = "N", requires = "per_hour", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_day: Option<u32>,
    /// Return to the budget of the deployment
    #[arg(long, conflicts_with_all = ["per_hour", "per_day"])]
    usual_budget: bool,
}

impl Budget {
    /// What is to be said about the budget, if anything.
    fn wish(&self) -> Option<Value> {
        match (self.per_hour, self.per_day) {
            (Some(hour), Some(day)) => Some(json!({ "perHour": hour, "perDay": day })),
            _ => self.usual_budget.then_some(Value::Null),
        }
    }
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        return Ok(text.to_owned());
    }
    Err("allowed: 1 to 200 characters, no control characters".into())
}

/// Does it.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), Stop> {
    match command {
        Command::Show { limit } => show(session, *limit).await,
        Command::StopCreations { why } => {
            let wish = json!({ "on": false, "reason": why.reason });
            turn(session, wish, "stopping creations").await
        }
        Command::StartCreations { why, budget } => {
            let mut wish = json!({ "on": true, "reason": why.reason });
            if let (Some(budget), Some(wish)) = (budget.wish(), wish.as_object_mut()) {
                wish.insert("budget".into(), budget);
            }
            turn(session, wish, "starting creations").await
        }
    }
}

async fn show(session: &Session<'_>, limit: u8) -> Result<(), Stop> {
    let call = Call::get("/v1/limits", "reading the limits").query("limit", limit.to_string());
    let body = session.send(&call).await?.body;
    session
        .screen
        .answer(&call.doing, &body, output::limits::render)
}

async fn turn(session: &Session<'_>, wish: Value, doing: &str) -> Result<(), Stop> {
    // Saying the same again changes nothing; the key only says so to the client, which repeats what is lost.
    let key = new_key();
    let call = Call::write(Method::PUT, "/v1/limits/creations", &key, doing)
        .body("application/json", wish);
    let body = session.send(&call).await?.body;
    session
        .screen
        .answer(&call.doing, &body, output::limits::creations)
}
