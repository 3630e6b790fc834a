//! The `safeground` program, run as a user runs it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// What a command printed.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Printed {
    /// The command's words, without paths.
    pub command: String,
    /// Standard output.
    pub output: String,
    /// Standard error: the log, at debug level.
    pub log: String,
}

/// Runs a command of the program to its end, with the log at debug.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> anyhow::Result<Printed> {
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

/// A process of the program that stays; killed when dropped.
pub(crate) struct Standing {
    child: Child,
}

impl Standing {
    /// Starts a command and waits for the line that says it is ready: what
    /// stands after `mark`, up to the next space.
    fn start(command: &mut Command, mark: &str) -> anyhow::Result<(Self, String)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let output = child.stdout.take().context("the process has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut ready = None;
        for line in lines.by_ref() {
            if let Some((_, rest)) = line?.split_once(mark) {
                ready = Some(rest.split_whitespace().next().unwrap_or("").to_owned());
                break;
            }
        }
        // What it prints later must be taken, or it would wait for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let Some(ready) = ready else {
            let status = child.wait()?;
            anyhow::bail!("a process ended before it was ready: {status}");
        };
        Ok((Self { child }, ready))
    }

    /// A worker that answers questions about a lake on a socket.
    pub(crate) fn worker(program: &Path, lake: &Path, socket: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(["dp-worker", "--lake"]).arg(lake);
        at_socket(&mut command, "--socket", socket)?;
        command.env("SAFEGROUND_LOG", "error").stderr(Stdio::null());
        Ok(Self::start(&mut command, "Answering questions on ")?.0)
    }

    /// Ends it as a power cut does: no signal that it could catch.
    pub(crate) fn kill(&mut self) {
        // One that has ended already cannot be killed; nothing to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Names a socket by its file alone, in its own folder: a path to a socket may
/// have a hundred bytes, less than a folder for temporary files may have.
fn at_socket(command: &mut Command, option: &str, socket: &Path) -> anyhow::Result<()> {
    let folder = socket.parent().context("a socket lies in a folder")?;
    let name = socket.file_name().context("a socket has a name")?;
    command.arg(option).arg(name).current_dir(folder);
    Ok(())
}

/// How a folder is served.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    /// Socket of a worker, for questions.
    pub(crate) socket: Option<PathBuf>,
    /// Whether a header says who asks.
    pub(crate) behind_proxy: bool,
}

/// A served folder of releases; stopped when dropped.
pub struct Served {
    _process: Standing,
    /// Address without a slash at the end.
    pub url: String,
    log: PathBuf,
}

impl Served {
    /// Starts serving on a free port. The log, at debug, goes to a file.
    pub(crate) fn start(
        program: &Path,
        releases: &Path,
        log: &Path,
        serving: &Serving,
    ) -> anyhow::Result<Self> {
        let written = std::fs::File::create(log).context("cannot write the server's log")?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--releases"])
            .arg(releases)
            .env("SAFEGROUND_LOG", "debug")
            .stderr(written);
        if let Some(socket) = &serving.socket {
            at_socket(&mut command, "--dp-socket", socket)?;
        }
        if serving.behind_proxy {
            command.arg("--behind-proxy");
        }
        let (process, address) = Standing::start(&mut command, "http://")?;
        Ok(Self {
            _process: process,
            url: format!("http://{}", address.trim_end_matches('/')),
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
