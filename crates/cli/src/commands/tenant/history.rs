//! `tenantry tenant history`.

use clap::Args;
use serde_json::{Value, json};
use tenancy::history::{Flaw, verify};

use crate::{
    arguments::Which,
    client::Call,
    output::{self, Tones},
    session::Session,
    stop::Stop,
    wire::{self, History},
};

/// Arguments of `tenantry tenant history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every entry carries the hash of the one before. --verify reads all of them, computes the hashes anew and names every entry
that was changed, is missing or was inserted (exit code 1).

Examples:
  tenantry tenant history acme
  tenantry tenant history acme --verify
  tenantry tenant history acme --output json | jq '.items[] | select(.action == \"drift-found\")'")]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// At most this many entries, oldest first [default: all]
    #[arg(long, value_name = "N", conflicts_with = "verify", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Check that nobody has changed the record
    #[arg(long)]
    verify: bool,
}

/// Shows or verifies a history.
///
/// # Errors
/// As any call; or the flaws of the history.
pub async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<(), Stop> {
    let tenant = &arguments.which.tenant;
    let doing = format!("reading the history of tenant `{tenant}`");
    let call = Call::get(format!("/v1/tenants/{tenant}/history"), doing);
    let body = session.pages(&call, arguments.limit).await?;
    if !arguments.verify {
        return session
            .screen
            .answer(&call.doing, &body, output::history::render);
    }
    // Length and head are those of the last page: entries that came while we read are in it, too.
    let history: History = wire::read(&call.doing, &body)?;
    let flaws = verify(&history.items, history.length, &history.head);
    let verdict = json!({"length": history.length, "head": history.head, "flaws": flaws});
    session
        .screen
        .answer(&call.doing, &verdict, |verdict, tones| {
            render(verdict, &history, &flaws, tones)
        })?;
    if flaws.is_empty() {
        return Ok(());
    }
    Err(Stop::Flawed(flaws))
}

fn render(_: &Value, history: &History, flaws: &[Flaw], tones: Tones) -> String {
    let verdict = if flaws.is_empty() {
        tones.paint(output::tones::Tone::Good, "intact")
    } else {
        tones.bad("not intact")
    };
    format!(
        "{verdict}: {} entries, head {}\n",
        history.length, history.head
    )
}
