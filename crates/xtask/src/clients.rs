//! Flight SQL and the PostgreSQL protocol, asked from Python by the clients that
//! people use.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::command::exists;

/// What a script ends with where its packages cannot be had.
const SKIPPED: i32 = 77;

/// Ways in, named as the crate that holds the script is.
const WAYS: [(&str, &str); 2] = [("flight", "Flight SQL"), ("postgres", "PostgreSQL")];

/// Tries the releases of a demo with drivers, pandas, polars, DuckDB and psql;
/// says so where Python or the packages are missing.
///
/// # Errors
/// If anything that must work does not.
pub(crate) fn run(binary: &Path, releases: &str) -> anyhow::Result<()> {
    if !exists("psql") && !crate::debian::install("postgresql-client")? {
        println!("skipped: PostgreSQL is not tried with psql, which is not here");
    }
    for (name, way) in WAYS {
        let script = format!("crates/{name}/tests/clients.py");
        println!("\n── python3 {script}");
        let status = Command::new("python3")
            .arg(&script)
            .arg("--binary")
            .arg(binary)
            .args(["--releases", releases, "--venv"])
            .arg(crate::target_folder().join(name).join("venv"))
            .current_dir(crate::root())
            .stdin(Stdio::null())
            .status();
        match status {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("skipped: {way} needs python3 with its module venv");
            }
            Err(error) => return Err(error).context("cannot start python3"),
            Ok(status) if status.code() == Some(SKIPPED) => {
                println!("skipped: the packages for {way} cannot be had");
            }
            Ok(status) => {
                anyhow::ensure!(status.success(), "{way} failed with its clients: {status}");
            }
        }
    }
    Ok(())
}
