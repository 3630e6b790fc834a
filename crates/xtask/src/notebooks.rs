//! The notebooks, run from first cell to last against a served demo.

use std::process::{Command, Stdio};

use anyhow::Context as _;

/// What `notebooks/run.py` ends with where its packages cannot be had.
const SKIPPED: i32 = 77;

/// Runs them; says so where Python or its packages are missing.
///
/// # Errors
/// The first notebook that fails, or that keeps output.
pub(crate) fn run(url: &str, research_token: &str) -> anyhow::Result<()> {
    let venv = crate::target_folder().join("notebooks").join("venv");
    println!("\n── python3 notebooks/run.py");
    let status = Command::new("python3")
        .args(["notebooks/run.py", "--venv"])
        .arg(venv)
        .current_dir(crate::root())
        .env("SAFEGROUND_URL", url)
        .env("SAFEGROUND_TOKEN", research_token)
        .stdin(Stdio::null())
        .status();
    match status {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: notebooks need python3 with its module venv");
            Ok(())
        }
        Err(error) => Err(error).context("cannot start python3"),
        Ok(status) if status.code() == Some(SKIPPED) => {
            println!("skipped: the packages of the notebooks cannot be had");
            Ok(())
        }
        Ok(status) => {
            anyhow::ensure!(status.success(), "the notebooks failed: {status}");
            Ok(())
        }
    }
}
