//! Attack 26: queries that take all memory or all time.
//!
//! How soon they are ended, and what others notice of them, is held against
//! bars by `cargo bench -p safeground-benches --bench sql`.

use std::time::Duration;

use safeground_sql::{Limit, Refusal};

use super::world::{LONG, MEMORY_BYTES, World, bytes, few, field, rows, workers};

/// Deadline of queries that never end by themselves.
const DEADLINE: Duration = Duration::from_secs(3);

/// What a process may need beyond the memory of its query: the stack of its
/// planner and the reserve are address space that could be filled, and what it
/// had when it was idle.
const BEYOND_BYTES: u64 = 192 << 20;

/// Asks while watching the memory of all workers. Returns the refusal and the
/// largest anonymous memory seen.
async fn watched(pool: &safeground_sql::pool::Pool, sql: &str) -> (Result<(), Refusal>, u64) {
    let mut most = 0;
    let mut asked = std::pin::pin!(rows(pool, sql));
    loop {
        tokio::select! {
            answered = &mut asked => return (answered.map(|_| ()), most),
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                for (_, status) in workers() {
                    most = most.max(bytes(&status, "RssAnon"));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_all_memory_dies_below_the_cap_and_is_told_so() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    for sql in [
        // An aggregate of one group that holds every row it sees.
        "SELECT string_agg(a.unit_id || b.unit_id || c.unit_id, ',') FROM scores a, scores b, scores c",
        "SELECT array_agg(a.unit_id || b.unit_id) FROM scores a, scores b",
        // Doubling a constant: it is computed while planning.
        &format!(
            "EXPLAIN SELECT {}'aaaaaaaaaa'{}",
            "replace(".repeat(12),
            ", 'a', 'aaaaaaaaaa')".repeat(12)
        ),
    ] {
        let (answered, most) = watched(&pool, sql).await;
        let refused = answered.unwrap_err();
        assert!(
            matches!(
                refused,
                Refusal::Limit {
                    limit: Limit::MemoryBytes | Limit::TemporaryBytes,
                    ..
                }
            ),
            "{sql}: {refused}"
        );
        assert!(most <= MEMORY_BYTES + BEYOND_BYTES, "{sql}: {most} bytes");
    }
    assert!(rows(&pool, "SELECT 1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_ends_is_ended_at_the_deadline() {
    let world = World::new();
    let pool = world.pool(DEADLINE, few()).await;
    for sql in [
        "SELECT count(*) FROM scores a, scores b, scores c WHERE a.rate < b.rate + c.rate",
        "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "SELECT max(levenshtein(a.unit_id || b.name, c.name)) FROM scores a, places b, places c",
        "SELECT count(*) FROM scores a, scores b WHERE a.unit_id ~ ('(' || b.unit_id || ')*$')",
    ] {
        let (answered, most) = watched(&pool, sql).await;
        assert_eq!(
            answered.unwrap_err(),
            Refusal::Limit {
                limit: Limit::Seconds,
                most: DEADLINE.as_secs()
            },
            "{sql}"
        );
        assert!(most <= MEMORY_BYTES + BEYOND_BYTES, "{sql}: {most} bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_no_longer_listens_is_killed_at_the_deadline() {
    let world = World::new();
    let pool = world.pool(DEADLINE, few()).await;
    let mut asked = std::pin::pin!(rows(
        &pool,
        "SELECT count(*) FROM scores a, scores b, scores c WHERE a.rate < b.rate + c.rate",
    ));
    let mut stopped = None;
    let answered = loop {
        tokio::select! {
            answered = &mut asked => break answered,
            () = tokio::time::sleep(Duration::from_millis(50)) => {
                // The one that computes: an idle one has used little time.
                let busy = workers().into_iter().max_by_key(|(id, _)| used_ticks(*id));
                if stopped.is_none()
                    && let Some((id, _)) = busy
                    && used_ticks(id) > 20
                {
                    signal(id, rustix::process::Signal::STOP);
                    stopped = Some(id);
                }
            }
        }
    };
    assert!(matches!(
        answered.unwrap_err(),
        Refusal::Limit {
            limit: Limit::Seconds,
            ..
        }
    ));
    let stopped = stopped.unwrap();
    assert!(workers().iter().all(|(id, _)| *id != stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_processes_are_the_ones_that_were_asked_for() {
    let world = World::new();
    let _pool = world.pool(LONG, few()).await;
    let (id, status) = workers().pop().unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max file size"), (64_u64 << 20).to_string());
    assert_eq!(limit("Max cpu time"), "60");
    let space: u64 = limit("Max address space").parse().unwrap();
    let idle = bytes(&status, "VmSize");
    assert!(
        space <= idle + MEMORY_BYTES + BEYOND_BYTES,
        "{space} of {idle}"
    );
    assert_eq!(field(&status, "Seccomp"), "2");
    assert_eq!(field(&status, "NoNewPrivs"), "1");
}

/// Ticks of processor time that a process has used.
fn used_ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let Some((_, rest)) = stat.rsplit_once(") ") else {
        return 0;
    };
    let mut fields = rest
        .split(' ')
        .skip(11)
        .map(|ticks| ticks.parse().unwrap_or(0));
    fields.next().unwrap_or(0) + fields.next().unwrap_or(0)
}

fn signal(id: u32, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_raw(id as i32).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}
