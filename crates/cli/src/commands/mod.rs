//! The commands, one file each.

mod accepted;
mod access;
mod audit;
mod audit_all;
mod aws;
mod blueprint;
mod dead_letters;
mod findings;
mod identity_provider;
mod key_pair;
mod limits;
mod operation;
mod posture;
mod project;
mod repair;
mod report;
mod sign_in;
mod suppress;
pub mod tenant;

use std::path::{Path, PathBuf};

pub use audit_all::Audited;
pub use findings::GroupBy;

use api_types::{HealthStatus, HealthView};
use clap::{CommandFactory, Subcommand};
use clap_complete::Shell;

use crate::{
    arguments::Arguments,
    client::{Call, decode},
    error::CliError,
    output,
    resume::Resume,
    session::Session,
};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create, list, show, change and delete tenants
    #[command(subcommand)]
    Tenant(Box<tenant::Command>),
    /// Audit a tenant, or all, now
    Audit(audit::Arguments),
    /// Show the findings of a tenant, or of all
    Findings(findings::Arguments),
    /// Show the score of a tenant, or of all, and what each control comes to
    Posture(posture::Arguments),
    /// Hide findings that are accepted for a time from the score and from lists
    #[command(subcommand)]
    Suppress(Box<suppress::Command>),
    /// Make a report of a tenant as a file, or verify one
    Report(report::Arguments),
    /// Repair the drift of a tenant
    Repair(repair::Arguments),
    /// Fetch the private key of a tenant's key pair as a PEM file, or rotate it
    KeyPair(key_pair::Arguments),
    /// Get credentials or a console in the AWS account of a tenant, and see who was in it
    #[command(subcommand)]
    Aws(aws::Aws),
    /// Show or wait for an operation
    #[command(subcommand)]
    Operation(operation::Command),
    /// Show messages that a worker could not process, and send them back
    #[command(subcommand)]
    DeadLetters(dead_letters::Command),
    /// Show, check, publish and retire blueprints: the tiers of tenants
    #[command(subcommand)]
    Blueprint(blueprint::Command),
    /// Grant and revoke roles, and explain who may do what
    #[command(subcommand)]
    Access(Box<access::Command>),
    /// Show, set, remove and test the identity provider by which a tenant's people sign in
    #[command(subcommand)]
    IdentityProvider(Box<identity_provider::Command>),
    /// Create, list, show, change and delete the projects of a tenant
    #[command(subcommand)]
    Project(Box<project::Command>),
    /// Show the limits of the organization, and stop or start creations
    #[command(subcommand)]
    Limits(limits::Command),
    /// Sign in at the identity provider of a tenant, or of the installation
    Login(sign_in::Login),
    /// Show who is signed in
    Whoami,
    /// Sign out
    Logout,
    /// Check whether the API is available; needs no credentials
    Health,
    /// Print a completion script for your shell
    #[command(
        after_help = "Example:\n  tenantry completion bash > ~/.local/share/bash-completion/completions/tenantry"
    )]
    Completion {
        /// The shell
        shell: Shell,
    },
    /// Print the man page, or write one for every command into a folder
    #[command(
        after_help = "Examples:\n  tenantry man | man -l -\n  tenantry man --dir ~/.local/share/man/man1"
    )]
    Man {
        /// Folder to write the pages of all commands into
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// Why it failed.
pub async fn run(arguments: Arguments, resume: &Resume) -> Result<(), CliError> {
    match &arguments.command {
        Command::Completion { shell } => return completion(*shell),
        Command::Man { dir } => return man(dir.as_deref()),
        _ => {}
    }
    if let Command::Blueprint(command) = arguments.command {
        return blueprint::run(arguments.common, resume, command).await;
    }
    match arguments.command {
        Command::Login(login) => return sign_in::login(arguments.common, &login).await,
        Command::Whoami => return sign_in::whoami(arguments.common).await,
        Command::Logout => return sign_in::logout(arguments.common).await,
        _ => {}
    }
    if let Command::Report(report) = &arguments.command
        && let Some(verify) = report.offline()
    {
        return report::verify_offline(verify);
    }
    let session = Session::open(arguments.common, resume)?;
    match arguments.command {
        Command::Tenant(command) => tenant::run(&session, *command).await,
        Command::Audit(arguments) => audit::run(&session, arguments).await,
        Command::Findings(arguments) => findings::run(&session, &arguments).await,
        Command::Posture(arguments) => posture::run(&session, &arguments).await,
        Command::Suppress(command) => suppress::run(&session, &command).await,
        Command::Report(arguments) => report::run(&session, &arguments).await,
        Command::Repair(arguments) => repair::run(&session, arguments).await,
        Command::KeyPair(arguments) => key_pair::run(&session, arguments).await,
        Command::Aws(command) => aws::run(&session, &command).await,
        Command::Operation(command) => operation::run(&session, command).await,
        Command::DeadLetters(command) => dead_letters::run(&session, &command).await,
        Command::Access(command) => access::run(&session, &command).await,
        Command::IdentityProvider(command) => identity_provider::run(&session, &command).await,
        Command::Project(command) => project::run(&session, &command).await,
        Command::Limits(command) => limits::run(&session, &command).await,
        Command::Health => health(&session).await,
        Command::Blueprint(_)
        | Command::Login(_)
        | Command::Whoami
        | Command::Logout
        | Command::Completion { .. }
        | Command::Man { .. } => Ok(()),
    }
}

fn completion(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tenantry", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

fn man(folder: Option<&Path>) -> Result<(), CliError> {
    // Built, so that the common options and exit codes are part of it.
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return output::print(&String::from_utf8_lossy(&page));
    };
    std::fs::create_dir_all(folder)?;
    Ok(clap_mangen::generate_to(command, folder)?)
}

async fn health(session: &Session<'_>) -> Result<(), CliError> {
    let call = Call::get("/v1/health", "checking the health of the API")
        .unsigned()
        .once();
    let answer = session.send(&call).await?;
    session
        .printer
        .answer(&call.doing, &answer.body, output::health::render)?;
    let health: HealthView = decode(&call.doing, &answer.body)?;
    if health.status == HealthStatus::Ok {
        return Ok(());
    }
    Err(CliError::Degraded)
}
