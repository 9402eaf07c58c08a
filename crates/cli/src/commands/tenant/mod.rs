//! `tenantry tenant …`.

mod budget;
mod create;
mod delete;
mod history;
mod list;
mod retry;
mod show;
mod spec_options;
mod unset;
mod update;
mod update_group;

use clap::Subcommand;

pub use update_group::{Changed, Updated};

use crate::{error::CliError, session::Session};

/// Commands for tenants.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a tenant with an AWS account of its own
    Create(create::Arguments),
    /// List tenants
    List(list::Arguments),
    /// Show a tenant, its components and its effective spec
    Show(show::Show),
    /// Show what would be changed in a tenant, without changing it
    Plan(show::Plan),
    /// Change the spec of a tenant, or of all tenants of a group
    Update(update::Arguments),
    /// Set what a tenant may cost in a month before somebody is told
    Budget(budget::Arguments),
    /// Delete a tenant and close its account; this cannot be undone
    Delete(delete::Arguments),
    /// Show the history of a tenant, or verify that it was not tampered with
    History(history::Arguments),
    /// Retry a parked tenant, after you have carried out the remedy
    Retry(retry::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Why it failed.
pub async fn run(session: &Session<'_>, command: Command) -> Result<(), CliError> {
    match command {
        Command::Create(arguments) => create::run(session, arguments).await,
        Command::List(arguments) => list::run(session, &arguments).await,
        Command::Show(arguments) => show::show(session, &arguments).await,
        Command::Plan(arguments) => show::plan(session, &arguments).await,
        Command::Update(arguments) => update::run(session, arguments).await,
        Command::Budget(arguments) => budget::run(session, arguments).await,
        Command::Delete(arguments) => delete::run(session, arguments).await,
        Command::History(arguments) => history::run(session, &arguments).await,
        Command::Retry(arguments) => retry::run(session, arguments).await,
    }
}
