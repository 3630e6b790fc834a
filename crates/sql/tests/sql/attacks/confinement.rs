//! Attack 22 from within: what a worker could do if the engine were the
//! attacker's.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use super::world::{LONG, World, alone, few, workers};

/// Whether an attempt was refused by a process confined as workers are.
fn refused(attempt: &str, folder: Option<&Path>) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_safeground-sql-worker"));
    command.arg("probe").arg(attempt).args(folder);
    let output = command.output().unwrap();
    // Code 101 would be a panic of the probe itself, and no refusal.
    output.status.code() == Some(0) || output.status.signal().is_some()
}

#[test]
fn a_confined_process_opens_starts_and_connects_to_nothing() {
    let _alone = alone();
    let output = Command::new(env!("CARGO_BIN_EXE_safeground-sql-worker"))
        .args(["probe", "nothing"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    for attempt in [
        "read", "list", "write", "connect", "socket", "execute", "lift", "memory",
    ] {
        assert!(refused(attempt, None), "{attempt}");
    }
    assert!(!refused("no such attempt", None));
}

#[test]
fn temporary_files_stay_in_their_folder() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    assert!(refused("temporary", Some(folder.path())));
    for attempt in ["read", "list", "write", "connect", "execute"] {
        assert!(refused(attempt, Some(folder.path())), "{attempt}");
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
