//! `tenantry tenant history`.

use std::time::Duration;

use api_types::HistoryView;
use clap::Args;
use serde_json::{Value, json};
use tenancy::history::verify;
use tokio::time::sleep;

use crate::{
    arguments::Which,
    client::{Call, decode},
    error::CliError,
    output, parse,
    session::Session,
};

/// Arguments of `tenantry tenant history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every entry carries the hash of the one before. --verify reads all entries, computes the hashes again and names every entry
that was changed, is missing or was inserted (exit code 1).

Examples:
  tenantry tenant history acme
  tenantry tenant history acme --verify
  tenantry tenant history acme --output json | jq '.items[] | select(.action == \"drift-found\")'")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// At most this many entries, oldest first [default: all]
    #[arg(long, value_name = "N", conflicts_with = "verify", value_parser = parse::limit)]
    limit: Option<u64>,
    /// Verify that the history was not tampered with
    #[arg(long)]
    verify: bool,
}

/// An entry that is written while we read seems to be a flaw, but not at the next reading.
const READINGS: u32 = 3;
const BETWEEN_READINGS: Duration = Duration::from_millis(500);

/// Shows or verifies a history.
///
/// # Errors
/// As any call; or the flaws of the history.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), CliError> {
    let tenant = &arguments.which.tenant;
    let doing = format!("reading the history of tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/history"), doing);
    if arguments.verify {
        return verify_whole(session, &call).await;
    }
    let body = session.pages(&call, arguments.limit).await?;
    session
        .printer
        .answer(&call.doing, &body, output::history::render)
}

async fn verify_whole(session: &Session<'_>, call: &Call) -> Result<(), CliError> {
    let mut reading = 1;
    let (history, flaws) = loop {
        let body = session.pages(call, None).await?;
        // Length and head are those of the last page, the newest there are.
        let history: HistoryView = decode(&call.doing, &body)?;
        if history.withheld {
            return Err(CliError::Withheld);
        }
        let flaws = verify(&history.items, history.length, &history.head);
        if flaws.is_empty() || reading == READINGS {
            break (history, flaws);
        }
        sleep(BETWEEN_READINGS).await;
        reading += 1;
    };
    let verdict = json!({"length": history.length, "head": history.head, "flaws": flaws});
    session
        .printer
        .answer(&call.doing, &verdict, |_: &Value, styles| {
            output::history::verdict(&history, flaws.is_empty(), styles)
        })?;
    if flaws.is_empty() {
        return Ok(());
    }
    Err(CliError::Flawed(flaws))
}
