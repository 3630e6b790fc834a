//! The `safeground` binary: arguments, progress and output, no analysis of
//! its own. Each command is one module under [`commands`]; only this file
//! turns an error into an exit code.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

/// Geospatial hotspot analytics for organisations that protect children.
///
/// Three commands make a map: `ingest` files into a lake, `release` protected
/// scores from it, `serve` the releases. `demo` runs all three on synthetic
/// input.
#[derive(Debug, Parser)]
#[command(name = "safeground", version, propagate_version = true)]
struct Cli {
    /// How log lines are written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {}

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {}
}

/// Log level from `SAFEGROUND_LOG` (default `warn,safeground=info`).
fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("SAFEGROUND_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,safeground=info,safeground_server=info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}
