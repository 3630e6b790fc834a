//! Attack 22 from within: what a worker could do if the engine were the
//! attacker's.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::world::{LONG, World, alone, few, workers};

/// What came of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Possible,
}

/// Lets a process try something: confined as workers are (`probe`), or not
/// (`control`).
fn outcome(mode: &str, attempt: &str, target: &str, folder: Option<&Path>) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_safeground-sql-worker"));
    command.args([mode, attempt, target]).args(folder);
    let output = command.output().unwrap();
    match (output.status.code(), output.status.signal()) {
        (Some(0), _) => Outcome::Refused,
        (Some(3), _) => Outcome::Possible,
        // The filter of system calls ends the process, and so does the standard
        // library where memory is refused.
        (_, Some(libc::SIGSYS | libc::SIGABRT)) => Outcome::Refused,
        // Another code would be a panic of the probe itself, and no refusal.
        _ => panic!("{mode} {attempt}: {output:?}"),
    }
}

/// Things of this machine that an unconfined process can open and reach.
struct Targets {
    folder: TempDir,
    network: TcpListener,
    _local: UnixListener,
}

impl Targets {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "a secret").unwrap();
        Self {
            network: TcpListener::bind("127.0.0.1:0").unwrap(),
            _local: UnixListener::bind(folder.path().join("socket")).unwrap(),
            folder,
        }
    }

    /// Each attempt with its target.
    fn attempts(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let port = self.network.local_addr().unwrap().port().to_string();
        vec![
            ("read", path("file")),
            ("list", path("")),
            ("write", path("new")),
            ("connect", port.clone()),
            ("connect a socket it has", port),
            ("connect a path", path("socket")),
            ("make a network socket", String::new()),
            ("make a local socket", String::new()),
            ("make a pair of sockets", String::new()),
            ("execute", "/bin/true".to_owned()),
            ("lift", String::new()),
            ("memory", String::new()),
        ]
    }
}

#[test]
fn a_confined_process_opens_starts_and_connects_to_nothing() {
    let _alone = alone();
    let targets = Targets::new();
    assert_eq!(outcome("probe", "nothing", "", None), Outcome::Refused);
    for (attempt, target) in targets.attempts() {
        let control = outcome("control", attempt, &target, None);
        assert_eq!(control, Outcome::Possible, "{attempt} without confinement");
        let probe = outcome("probe", attempt, &target, None);
        assert_eq!(probe, Outcome::Refused, "{attempt}");
    }
}

#[test]
fn temporary_files_stay_in_their_folder() {
    let _alone = alone();
    let (targets, own) = (Targets::new(), tempfile::tempdir().unwrap());
    let file = own.path().join("file");
    let file = file.to_str().unwrap();
    let written = outcome("probe", "temporary", file, Some(own.path()));
    assert_eq!(written, Outcome::Refused, "other than the confinement says");
    for (attempt, target) in targets.attempts() {
        let probe = outcome("probe", attempt, &target, Some(own.path()));
        assert_eq!(probe, Outcome::Refused, "{attempt}");
    }
}

#[test]
fn a_worker_started_by_hand_says_so() {
    let _alone = alone();
    let output = Command::new(env!("CARGO_BIN_EXE_safeground-sql-worker"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("started by its parent"), "{said}");
}

#[tokio::test]
async fn a_worker_holds_its_tables_its_socket_and_nothing_else() {
    let world = World::new();
    let _pool = world.pool(LONG, few()).await;
    let (id, _) = workers().pop().unwrap();
    let Ok(handles) = fs::read_dir(format!("/proc/{id}/fd")) else {
        eprintln!("skipped: only root can look into a worker, which shows that it is closed");
        return;
    };
    for handle in handles {
        let held = fs::read_link(handle.unwrap().path()).unwrap();
        let held = held.to_str().unwrap();
        let expected = held.starts_with("socket:")
            || held.starts_with("pipe:")
            || held == "/dev/null"
            || (held.starts_with(world.folder.path().to_str().unwrap())
                && held.ends_with(".parquet"));
        assert!(expected, "{held}");
    }
    let environment = fs::read_to_string(format!("/proc/{id}/environ")).unwrap();
    assert_eq!(environment.trim_end_matches('\0'), "MALLOC_ARENA_MAX=1");
}
