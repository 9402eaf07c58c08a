//! `tenantry`, the administrator's command line.
//!
//! One command is one file in `commands/`: it makes calls with [`client::Client`], prints with [`output::Screen`] and ends
//! with `Ok` or a [`stop::Stop`], which decides the exit code. Standard output carries the answer and nothing else;
//! progress, notes and errors go to standard error.

#![allow(
    clippy::disallowed_methods,
    reason = "a program at a terminal may wait, read its environment and the clock"
)]

mod address;
mod arguments;
mod client;
mod commands;
mod confirm;
mod follow;
mod output;
mod problem;
mod progress;
mod resume;
mod session;
mod sign;
mod stop;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use crate::{arguments::Arguments, resume::Resume, stop::Stop};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let tones = output::Tones::for_stderr();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return stop::report(&Stop::from(error), tones),
    };
    let resume = Resume::default();
    let ended = runtime.block_on(run_or_interrupt(arguments, &resume));
    // A question that nobody answered still holds a thread on standard input: it must not keep the process alive.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop::report(&stop, tones),
    }
}

async fn run_or_interrupt(arguments: Arguments, resume: &Resume) -> Result<(), Stop> {
    tokio::select! {
        ended = commands::run(arguments, resume) => ended,
        _ = tokio::signal::ctrl_c() => Err(Stop::Interrupted { resume: resume.hint() }),
    }
}
