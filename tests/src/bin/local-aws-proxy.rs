//! The proxy as a program; see `scenarios::proxy`.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use scenarios::machine::AnyError;
use scenarios::proxy::{Config, Proxy};

/// A proxy between AWS clients and the local AWS: records every call, behaves as AWS where the emulator
/// does not, and injects faults.
#[derive(Debug, Parser)]
#[command(name = "local-aws-proxy", version)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The emulator, `http://host:port`; overrides the one in the configuration.
    #[arg(long)]
    upstream: Option<String>,
    /// File to write the port to, once it is open.
    #[arg(long)]
    port_file: Option<PathBuf>,
    /// File to record the calls in, one JSON object per line.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Configuration in JSON; omitted fields have their defaults.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-aws-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), AnyError> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let mut config = arguments
        .config
        .as_deref()
        .map_or_else(|| Ok(Config::default()), Config::read)?;
    if let Some(upstream) = arguments.upstream {
        config.upstream = upstream;
    }
    let proxy = Proxy::start_on(arguments.listen, config).await?;
    if let Some(file) = &arguments.record {
        proxy.record_to(file)?;
    }
    if let Some(file) = &arguments.port_file {
        write_port(file, proxy.address().port())?;
    }
    println!("{}", proxy.url());
    stop_signal().await?;
    Ok(())
}

/// Writes to a temporary file and renames it, so that no reader sees a partial file.
fn write_port(file: &std::path::Path, port: u16) -> std::io::Result<()> {
    let temporary = file.with_extension("tmp");
    std::fs::write(&temporary, format!("{port}\n"))?;
    std::fs::rename(temporary, file)
}

/// Waits for SIGTERM or Ctrl-C.
async fn stop_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
