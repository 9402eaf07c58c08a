//! `tenantry blueprint …`.

use clap::Subcommand;
use tenancy::BlueprintRef;

use crate::{client::Call, error::CliError, output, parse, session::Session};

/// Commands for blueprints.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all blueprints
    List,
    /// Show the settings of a blueprint and what a tenant's spec may change
    #[command(
        after_help = "Examples:\n  tenantry blueprint show standard\n  tenantry blueprint show standard@1.0.0"
    )]
    Show {
        /// Name, or name and version
        #[arg(value_parser = parse::blueprint)]
        blueprint: BlueprintRef,
    },
}

/// Runs the command.
///
/// # Errors
/// As any call.
pub async fn run(session: &Session<'_>, command: &Command) -> Result<(), CliError> {
    match command {
        Command::List => {
            let call = Call::get("/v1/blueprints", "listing the blueprints");
            let body = session.send(&call).await?.body;
            session
                .printer
                .answer(&call.doing, &body, output::blueprint::list)
        }
        Command::Show { blueprint } => {
            let doing = format!("reading blueprint `{blueprint}`");
            let call = Call::get(format!("/v1/blueprints/{blueprint}"), doing);
            let body = session.send(&call).await?.body;
            session
                .printer
                .answer(&call.doing, &body, output::blueprint::render)
        }
    }
}
