//! A worker of SQL alone, for the tests of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    match safeground_sql::worker::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // It has seen no query yet, so its text holds no values.
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
