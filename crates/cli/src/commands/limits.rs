//! `tenantry limits …`.

use api_types::{CreationBudgetView, CreationsRequest};
use clap::{Args, Subcommand};
use reqwest::Method;

use crate::{client::Call, error::CliError, output, parse, session::Session};

/// Commands for the organization's limits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the limits of creations, closures and calls, and the queues
    #[command(
        after_help = "Examples:\n  tenantry limits show\n  tenantry limits show --limit 100 --output json | jq .creations.queue"
    )]
    Show {
        /// Entries of each queue to show
        #[arg(long, value_name = "N", default_value = "20", value_parser = parse::number(1, 100))]
        limit: u64,
    },
    /// Stop creating accounts: waiting tenants keep their position, creations in flight finish, everything else continues
    #[command(
        after_help = "Example:\n  tenantry limits stop-creations --reason 'quota being raised, ticket 4711'"
    )]
    StopCreations {
        #[command(flatten)]
        why: Reason,
    },
    /// Create accounts again, in the order of the queue
    #[command(after_help = "\
Examples:
  tenantry limits start-creations --reason 'quota raised'
  tenantry limits start-creations --reason 'big customer' --per-hour 200 --per-day 1000
  tenantry limits start-creations --reason 'back to normal' --usual-budget")]
    StartCreations {
        #[command(flatten)]
        why: Reason,
        #[command(flatten)]
        budget: Budget,
    },
}

/// The reason.
#[derive(Debug, Args)]
pub struct Reason {
    /// Reason: shown with the limits and recorded
    #[arg(long, value_name = "TEXT", value_parser = parse::reason)]
    reason: String,
}

/// A creation budget instead of the deployment's.
#[derive(Debug, Args)]
pub struct Budget {
    /// Accounts that may be created in an hour, instead of what the deployment allows
    #[arg(long, value_name = "N", requires = "per_day", value_parser = parse::number(1, 10_000))]
    per_hour: Option<u64>,
    /// Accounts that may be created in a day, instead of what the deployment allows
    #[arg(long, value_name = "N", requires = "per_hour", value_parser = parse::number(1, 10_000))]
    per_day: Option<u64>,
    /// Return to the budget of the deployment
    #[arg(long, conflicts_with_all = ["per_hour", "per_day"])]
    usual_budget: bool,
}

impl Budget {
    /// What to request: another budget, the deployment's (`null`), or no change.
    fn requested(&self) -> Option<Option<CreationBudgetView>> {
        let fits = |number: Option<u64>| u32::try_from(number?).ok();
        match (fits(self.per_hour), fits(self.per_day)) {
            (Some(per_hour), Some(per_day)) => Some(Some(CreationBudgetView { per_hour, per_day })),
            _ => self.usual_budget.then_some(None),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Show { limit } => show(session, *limit).await,
        Command::StopCreations { why } => {
            let request = CreationsRequest {
                on: false,
                reason: why.reason.clone(),
                budget: None,
            };
            set(session, &request, "stopping creations").await
        }
        Command::StartCreations { why, budget } => {
            let request = CreationsRequest {
                on: true,
                reason: why.reason.clone(),
                budget: budget.requested(),
            };
            set(session, &request, "starting creations").await
        }
    }
}

async fn show(session: &Session<'_>, limit: u64) -> Result<(), CliError> {
    let call = Call::get("/v1/limits", "reading the limits").query("limit", limit.to_string());
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::limits::render)
}

async fn set(
    session: &Session<'_>,
    request: &CreationsRequest,
    doing: &str,
) -> Result<(), CliError> {
    // The same request again changes nothing; its key only tells the client that it may repeat a lost one.
    let body = serde_json::to_value(request).map_err(std::io::Error::from)?;
    let call = Call::write_under_own_key(Method::PUT, "/v1/limits/creations", doing)
        .body("application/json", body);
    let body = session.send(&call).await?.body;
    session
        .printer
        .answer(&call.doing, &body, output::limits::creations)
}
