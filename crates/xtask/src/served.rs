//! A `safeground` process that serves, watched from outside.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::command::Step;

/// Which of the two builds of the binary to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Quickly built, for tests.
    Dev,
    /// Optimised, for people.
    Release,
}

/// Builds the web app and the binary, and returns the path of the binary.
pub(crate) fn build(build: Build) -> anyhow::Result<PathBuf> {
    crate::web::build()?;
    // The development build takes the whole workspace, so that it shares one
    // feature set, and so its artifacts, with the tests.
    let (arguments, folder): (&[&str], _) = match build {
        Build::Dev => (&["build", "--locked", "--workspace", "--bins"], "debug"),
        Build::Release => (
            &[
                "build",
                "--locked",
                "--release",
                "--package",
                "safeground-cli",
            ],
            "release",
        ),
    };
    Step::new("cargo", arguments).run()?;
    Ok(crate::target_folder().join(folder).join("safeground"))
}

/// A running server; stopped when dropped.
pub(crate) struct Served {
    child: Child,
    /// Address without a slash at the end.
    pub(crate) url: String,
}

impl Served {
    /// Starts a command of the binary that ends in serving, shows what it
    /// prints, and waits until it says its address.
    pub(crate) fn start(binary: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        println!("\n── safeground {}", arguments.join(" "));
        let mut child = Command::new(binary)
            .args(arguments)
            .current_dir(crate::root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let output = child.stdout.take().context("the process has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut url = None;
        for line in lines.by_ref() {
            let line = line?;
            println!("{line}");
            if let Some(start) = line.find("http://") {
                url = line[start..].split_whitespace().next().map(str::to_owned);
                break;
            }
        }
        // What it prints later is shown as it comes.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                println!("{line}");
            }
        });
        match url {
            Some(url) => Ok(Self {
                child,
                url: url.trim_end_matches('/').to_owned(),
            }),
            None => {
                let status = child.wait()?;
                anyhow::bail!(
                    "`safeground {}` ended before serving: {status}",
                    arguments.join(" ")
                )
            }
        }
    }

    /// Waits until the server ends by itself.
    pub(crate) fn wait(mut self) -> anyhow::Result<()> {
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the server ended: {status}");
        Ok(())
    }

    /// Asks it to stop as an operator would, and fails if it does not end well.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().to_string();
        Step::new("kill", &["-TERM", &id]).output()?;
        let status = self.child.wait()?;
        anyhow::ensure!(
            status.success(),
            "the server did not stop cleanly: {status}"
        );
        Ok(())
    }

    /// Body and content type of a path that must answer 200.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<(String, Vec<u8>)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut response = agent
            .get(format!("{}{path}", self.url))
            .call()
            .with_context(|| format!("GET {path}"))?;
        anyhow::ensure!(
            response.status() == 200,
            "GET {path} answered {}",
            response.status()
        );
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()
            .with_context(|| format!("GET {path}: reading the body"))?;
        Ok((kind, body))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed; nothing to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
