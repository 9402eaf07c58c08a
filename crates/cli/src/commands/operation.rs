//! `tenantry operation …`.

use clap::{Args, Subcommand};
use tenancy::OperationId;

use crate::{
    arguments::Limit,
    error::CliError,
    follow::{Wait, follow, show_call},
    output,
    session::Session,
};

/// Commands for operations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the progress of an operation
    Show(Which),
    /// Wait until an operation is finished and show the progress of every component
    #[command(after_help = "\
Ctrl-C stops the waiting, not the operation. Exit code 7 when it is parked, 8 at the timeout.

Example:
  tenantry operation wait t-nb2w45dfoizaaaaa.mfrgg2lkonqxeylt --timeout 30m")]
    Wait {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        limit: Limit,
    },
}

/// The argument that names an operation.
#[derive(Debug, Args)]
pub struct Which {
    /// Id of the operation, as printed by the command that started it
    #[arg(value_name = "OPERATION", value_parser = operation_id)]
    operation: OperationId,
}

fn operation_id(text: &str) -> Result<OperationId, String> {
    text.parse()
        .map_err(|_| format!("allowed: {}", OperationId::ALLOWED))
}

/// Runs the command.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, command: Command) -> Result<(), CliError> {
    match command {
        Command::Show(Which { operation }) => {
            let call = show_call(&operation);
            let body = session.send(&call).await?.body;
            session
                .printer
                .answer(&call.doing, &body, output::operation::render)
        }
        Command::Wait { which, limit } => {
            let wait = Wait {
                operation: which.operation,
                timeout: limit.timeout,
                resumed: false,
            };
            let ended = follow(session, &wait).await?;
            let doing = show_call(&wait.operation).doing;
            session
                .printer
                .answer(&doing, &ended.body, output::operation::render)?;
            ended.result()
        }
    }
}
