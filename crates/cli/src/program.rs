//! The `safeground` program: arguments, progress and output, no analysis of
//! its own. Each command is a module of the library; only this file turns an
//! error into an exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use crate::commands;
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

/// Levels of the log unless `SAFEGROUND_LOG` gives others. The lake keeps no
/// statistics of columns on purpose, which Delta would mention at each query.
const LOG_LEVELS: &str = "warn,safeground=info,safeground_server=info,deltalake_core=error";

/// Form of the log.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ingest(commands::ingest::Args),
    Mapping(commands::mapping::Args),
    Loads(commands::loads::Args),
    Describe(commands::describe::Args),
    Undo(commands::undo::Args),
    Purge(commands::purge::Args),
    Policy(commands::policy::Args),
    Release(Box<commands::release::Args>),
    Plan(commands::plan::Args),
    Audit(commands::audit::Args),
    Budget(commands::budget::Args),
    Dp(commands::dp::Args),
    #[cfg(unix)]
    DpWorker(commands::dp_worker::Args),
    Score(commands::score::Args),
    Serve(commands::serve::Args),
    Sql(commands::sql::Args),
    Query(commands::query::Args),
    Cite(commands::cite::Args),
    Steward(commands::steward::Args),
    Token(commands::token::Args),
    Synth(commands::synth::Args),
    Demo(commands::demo::Args),
}

/// Runs the program with the arguments it was started with.
#[must_use]
pub fn main() -> ExitCode {
    // A worker confines itself, which must come before any thread.
    if commands::sql::is_worker() {
        return commands::sql::work();
    }
    if safeground_privacy::UNPROTECTED {
        eprintln!(
            "warning: a test build WITHOUT ANY PROTECTION: its releases show every count as it is; \
             for synthetic data only"
        );
    }
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
            eprintln!("error: {}", explain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Ingest(args) => commands::ingest::run(args).await,
        Command::Mapping(args) => commands::mapping::run(args),
        Command::Loads(args) => commands::loads::run(args).await,
        Command::Describe(args) => commands::describe::run(args).await,
        Command::Undo(args) => commands::undo::run(args).await,
        Command::Purge(args) => commands::purge::run(args).await,
        Command::Policy(args) => commands::policy::run(args).await,
        Command::Audit(args) => commands::audit::run(args).await,
        Command::Steward(args) => commands::steward::run(args).await,
        Command::Budget(args) => commands::budget::run(args).await,
        Command::Dp(args) => commands::dp::run(args).await,
        #[cfg(unix)]
        Command::DpWorker(args) => commands::dp_worker::run(args).await,
        Command::Release(args) => commands::release::run(*args).await,
        Command::Plan(args) => commands::plan::run(args),
        Command::Score(args) => commands::score::run(args).await,
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Sql(args) => commands::sql::run(args).await,
        Command::Cite(args) => commands::cite::run(&args),
        Command::Query(args) => commands::query::run(args).await,
        Command::Token(args) => commands::token::run(args).await,
        Command::Synth(args) => commands::synth::run(&args),
        Command::Demo(args) => commands::demo::run(args).await,
    }
}

/// An error and its causes, each said once: some errors already say what
/// caused them.
fn explain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        let cause = cause.trim_end();
        if text.contains(cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(cause);
    }
    text
}

/// Log level from `SAFEGROUND_LOG`.
fn start_log(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("SAFEGROUND_LOG").unwrap_or_else(|_| EnvFilter::new(LOG_LEVELS));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let error = anyhow::anyhow!("no such file\n").context("cannot read: no such file");
        assert_eq!(explain(&error), "cannot read: no such file");
        let error = anyhow::anyhow!("no such file").context("map.toml");
        assert_eq!(explain(&error), "map.toml: no such file");
    }

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
