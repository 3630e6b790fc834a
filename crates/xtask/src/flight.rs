//! Flight SQL, asked by the ADBC driver from Python.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// What the script ends with where its packages cannot be had.
const SKIPPED: i32 = 77;

/// Tries the releases of a demo with the driver, pandas, polars and DuckDB;
/// says so where Python or the packages are missing.
///
/// # Errors
/// If anything that must work does not.
pub(crate) fn run(binary: &Path, releases: &str) -> anyhow::Result<()> {
    let script = "crates/flight/tests/clients.py";
    println!("\n── python3 {script}");
    let status = Command::new("python3")
        .arg(script)
        .arg("--binary")
        .arg(binary)
        .args(["--releases", releases, "--venv"])
        .arg(crate::target_folder().join("flight").join("venv"))
        .current_dir(crate::root())
        .stdin(Stdio::null())
        .status();
    match status {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: Flight SQL with ADBC needs python3 with its module venv");
            Ok(())
        }
        Err(error) => Err(error).context("cannot start python3"),
        Ok(status) if status.code() == Some(SKIPPED) => {
            println!("skipped: the packages of ADBC cannot be had");
            Ok(())
        }
        Ok(status) => {
            anyhow::ensure!(status.success(), "Flight SQL failed with ADBC: {status}");
            Ok(())
        }
    }
}
