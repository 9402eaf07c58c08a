//! `tenantry tenant …`.

mod create;
mod delete;
mod history;
mod list;
mod look;
mod retry;
mod update;
mod wishes;

use clap::Subcommand;

use crate::{session::Session, stop::Stop};

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Give a customer an AWS account
    Create(create::Arguments),
    /// List tenants
    List(list::Arguments),
    /// Show a tenant, its components and its effective spec
    Show(look::Show),
    /// Show what would change in a tenant, without changing it
    Plan(look::Plan),
    /// Change what is wanted of a tenant
    Update(update::Arguments),
    /// Take a tenant away and close its account: there is no way back
    Delete(delete::Arguments),
    /// Show what happened to a tenant, and verify that nobody has changed the record
    History(history::Arguments),
    /// Let a parked tenant go on, after you have done what it asked for
    Retry(retry::Arguments),
}

/// Does it.
///
/// # Errors
/// Why it could not be done.
pub async fn run(session: &Session<'_>, command: Command) -> Result<(), Stop> {
    match command {
        Command::Create(arguments) => create::run(session, arguments).await,
        Command::List(arguments) => list::run(session, &arguments).await,
        Command::Show(arguments) => look::show(session, &arguments).await,
        Command::Plan(arguments) => look::plan(session, &arguments).await,
        Command::Update(arguments) => update::run(session, arguments).await,
        Command::Delete(arguments) => delete::run(session, arguments).await,
        Command::History(arguments) => history::run(session, &arguments).await,
        Command::Retry(arguments) => retry::run(session, arguments).await,
    }
}
