//! This program as a worker: one query of the parent process, answered.

use std::process::ExitCode;

/// The hidden argument that makes this program a worker.
pub const WORKER: &str = "sql-worker";

/// Whether this process was started to be a worker.
#[must_use]
pub fn is_worker() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == WORKER) && arguments.next().is_none()
}

/// Answers one query of the parent process.
#[must_use]
pub fn work() -> ExitCode {
    match safeground_sql::worker::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // It has seen no query yet, so that causes hold no values.
            let cause = std::error::Error::source(&error);
            let cause = cause.map(|cause| format!(": {cause}"));
            eprintln!("error: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}
