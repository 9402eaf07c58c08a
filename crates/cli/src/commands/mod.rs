//! The commands, one file each.

mod accepted;
mod audit;
mod blueprint;
mod dead_letters;
mod findings;
mod limits;
mod operation;
mod repair;
pub mod tenant;

use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

use crate::{
    arguments::Arguments,
    client::Call,
    output,
    resume::Resume,
    session::Session,
    stop::Stop,
    wire::{self, Health},
};

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, look at, change and delete tenants
    #[command(subcommand)]
    Tenant(Box<tenant::Command>),
    /// Look for drift in a tenant now
    Audit(audit::Arguments),
    /// Show what audits have found
    Findings(findings::Arguments),
    /// Put drift right
    Repair(repair::Arguments),
    /// Follow something slow
    #[command(subcommand)]
    Operation(operation::Command),
    /// Look at the messages that the work queues gave up on, and send them back
    #[command(subcommand)]
    DeadLetters(dead_letters::Command),
    /// Look at the tiers that tenants can be made of
    #[command(subcommand)]
    Blueprint(blueprint::Command),
    /// Look at the limits of the organization, and stop or start creations
    #[command(subcommand)]
    Limits(limits::Command),
    /// Say whether the API is up; needs no credentials
    Health,
    /// Print a completion script for your shell
    #[command(
        after_help = "Example:\n  tenantry completion bash > ~/.local/share/bash-completion/completions/tenantry"
    )]
    Completion {
        /// Which shell
        shell: Shell,
    },
}

/// Does it.
///
/// # Errors
/// Why it could not be done.
pub async fn run(arguments: Arguments, resume: &Resume) -> Result<(), Stop> {
    if let Command::Completion { shell } = arguments.command {
        return completion(shell);
    }
    let session = Session::open(arguments.common, resume)?;
    match arguments.command {
        Command::Tenant(command) => tenant::run(&session, *command).await,
        Command::Audit(arguments) => audit::run(&session, arguments).await,
        Command::Findings(arguments) => findings::run(&session, &arguments).await,
        Command::Repair(arguments) => repair::run(&session, arguments).await,
        Command::Operation(command) => operation::run(&session, command).await,
        Command::DeadLetters(command) => dead_letters::run(&session, &command).await,
        Command::Blueprint(command) => blueprint::run(&session, &command).await,
        Command::Limits(command) => limits::run(&session, &command).await,
        Command::Health => health(&session).await,
        Command::Completion { .. } => Ok(()),
    }
}

fn completion(shell: Shell) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tenantry", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

async fn health(session: &Session<'_>) -> Result<(), Stop> {
    let call = Call::get("/v1/health", "asking the API how it is")
        .unsigned()
        .once();
    let answer = session.send(&call).await?;
    session
        .screen
        .answer(&call.doing, &answer.body, output::health::render)?;
    let health: Health = wire::read(&call.doing, &answer.body)?;
    if health.status == "ok" {
        return Ok(());
    }
    Err(Stop::Unwell(health.status))
}
