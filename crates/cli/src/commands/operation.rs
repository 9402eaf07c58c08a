//! `tenantry operation …`.

use clap::{Args, Subcommand};
use tenancy::OperationId;

use crate::{
    arguments::Limit,
    follow::{Wait, follow, show_call},
    output,
    session::Session,
    stop::Stop,
};

/// What to do with an operation.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show how far an operation is
    Show(Which),
    /// Wait until an operation is over, showing the progress of every component
    #[command(after_help = "\
Ctrl-C stops the waiting, not the operation. Exit code 7 when it is parked, 8 when the time is up.

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
    /// The operation's id, as the command that started it has printed it
    #[arg(value_name = "OPERATION", value_parser = operation_id)]
    operation: OperationId,
}

fn operation_id(text: &str) -> Result<OperationId, String> {
    text.parse()
        .map_err(|_| format!("allowed: {}", OperationId::ALLOWED))
}

/// Does it.
///
/// # Errors
/// As any call, or as waiting.
pub async fn run(session: &Session<'_>, command: Command) -> Result<(), Stop> {
    match command {
        Command::Show(Which { operation }) => {
            let call = show_call(&operation);
            let body = session.send(&call).await?.body;
            session
                .screen
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
                .screen
                .answer(&doing, &ended.body, output::operation::render)?;
            ended.verdict()
        }
    }
}
