//! `tenantry`, the administrator's command line.
//!
//! One command is one file in `commands/`: it makes calls with [`client::Client`], prints with [`output::Printer`] and ends
//! with `Ok` or a [`error::CliError`], which decides the exit code. Standard output carries the answer and nothing else;
//! progress, notes and errors go to standard error.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]
#![allow(
    clippy::disallowed_methods,
    reason = "a program at a terminal may wait, read its environment and the clock"
)]

mod address;
mod arguments;
mod blueprint_file;
mod client;
mod commands;
mod confirm;
mod error;
mod federation;
mod follow;
mod output;
mod parse;
mod progress;
mod refusal;
mod report;
mod resume;
mod session;
mod sign;
mod sign_in;

use std::process::ExitCode;

use clap::Parser;

use crate::{arguments::Arguments, error::CliError, report::report, resume::Resume};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return arguments::refused(&error),
    };
    let format = arguments.common.output;
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(&CliError::from(error), format),
    };
    let resume = Resume::default();
    let ended = runtime.block_on(run_or_interrupt(arguments, &resume));
    // A prompt that nobody answered still blocks a thread on standard input: it must not keep the process alive.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error, format),
    }
}

async fn run_or_interrupt(arguments: Arguments, resume: &Resume) -> Result<(), CliError> {
    tokio::select! {
        ended = commands::run(arguments, resume) => ended,
        _ = tokio::signal::ctrl_c() => Err(CliError::Interrupted { resume: resume.hint() }),
    }
}
