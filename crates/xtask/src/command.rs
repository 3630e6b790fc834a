//! Running other programs, saying what and how long.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;

/// A program with arguments, to be run in a folder.
pub(crate) struct Step {
    command: Command,
    shown: String,
}

impl Step {
    pub(crate) fn new(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(crate::root());
        for (name, _) in std::env::vars_os() {
            if is_of_this_package(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        Self {
            command,
            shown: format!("{program} {}", arguments.join(" ")),
        }
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it with its output shown.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        println!("\n── {}", self.shown);
        let start = Instant::now();
        let status = self
            .command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        anyhow::ensure!(status.success(), "`{}` failed: {status}", self.shown);
        println!("── done in {:.1} s", start.elapsed().as_secs_f64());
        Ok(())
    }

    /// Runs it and returns what it printed.
    pub(crate) fn output(mut self) -> anyhow::Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start `{}`", self.shown))?;
        anyhow::ensure!(
            output.status.success(),
            "`{}` failed: {}",
            self.shown,
            output.status
        );
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` printed bytes that are not text", self.shown))
    }
}

/// Whether a variable is one that `cargo run` sets to tell this very package.
/// Some build scripts watch these; handed on, they would rebuild half of the
/// dependencies whenever a developer changes between `cargo` and
/// `cargo xtask`.
fn is_of_this_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(name, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME")
}

/// Whether a program can be started.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
