//! The `safeground` program, run as a user runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// What a command printed.
#[derive(Debug, Clone)]
pub struct Printed {
    /// The command's words, without paths.
    pub command: String,
    /// Standard output.
    pub output: String,
    /// Standard error: the log, at debug level.
    pub log: String,
}

/// Runs a command of the program to its end, with the log at debug.
pub(super) fn run(program: &Path, arguments: &[&str]) -> anyhow::Result<Printed> {
    let output = Command::new(program)
        .args(arguments)
        .env("SAFEGROUND_LOG", "debug,deltalake_core=error")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let printed = Printed {
        command: arguments.first().copied().unwrap_or_default().to_owned(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    let last: Vec<&str> = printed.log.lines().rev().take(3).collect();
    anyhow::ensure!(
        output.status.success(),
        "`safeground {}` failed: {}: {}",
        arguments.join(" "),
        output.status,
        last.join(" | ")
    );
    Ok(printed)
}

/// A served folder of releases; stopped when dropped.
pub struct Served {
    child: Child,
    /// Address without a slash at the end.
    pub url: String,
    log: std::path::PathBuf,
}

impl Served {
    /// Starts serving on a free port. The log, at debug, goes to a file.
    pub(super) fn start(program: &Path, releases: &Path, log: &Path) -> anyhow::Result<Self> {
        let written = std::fs::File::create(log).context("cannot write the server's log")?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--releases"])
            .arg(releases)
            .env("SAFEGROUND_LOG", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(written)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = child.stdout.take().context("the process has no output")?;
        let mut url = None;
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref() {
            let line = line?;
            if let Some(start) = line.find("http://") {
                url = line[start..].split_whitespace().next().map(str::to_owned);
                break;
            }
        }
        // What it prints later must be taken, or it would wait for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let Some(url) = url else {
            let status = child.wait()?;
            anyhow::bail!("`safeground serve` ended before serving: {status}");
        };
        Ok(Self {
            child,
            url: url.trim_end_matches('/').to_owned(),
            log: log.to_owned(),
        })
    }

    /// The log so far.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed; nothing to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
