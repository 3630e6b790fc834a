//! Many hostile queries at once, and small ones beside them.

use std::time::Duration;

use safeground_sql::pool::{Pool, Turns};
use safeground_sql::{Limit, Refusal};
use tokio::task::JoinHandle;

use super::world::{LONG, PERIODS, PLACES, World, rows, workers};

const HOSTILE: &[&str] = &[
    "SELECT count(*) FROM scores a, scores b, scores c WHERE a.rate < b.rate + c.rate",
    "SELECT array_agg(a.unit_id || b.unit_id) FROM scores a, scores b",
    "SELECT * FROM scores a, scores b",
    "SELECT CAST(name AS INT) FROM places",
    "COPY scores TO '/tmp/a.csv'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT 1; DROP TABLE scores",
    "EXPLAIN ANALYZE SELECT * FROM scores",
    "SELECT repeat('a', 2000000000)",
    "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT * FROM a",
];

fn turns(queries_of_one: usize) -> Turns {
    Turns {
        running: 3,
        running_of_one: 2,
        queries_of_one,
        waiting: 1_000,
        wait: Duration::from_secs(600),
        fresh: 4,
        // What small queries need in a build that is not optimised.
        fresh_for: Duration::from_secs(2),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_hostile_queries_crash_nothing() {
    let world = World::new();
    let pool = world.pool(Duration::from_secs(1), turns(400)).await;
    let asked = (0..200).map(|at| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let identity = format!("hostile-{}", at % 7);
            let query = safeground_sql::pool::Query::new(HOSTILE[at % HOSTILE.len()]);
            pool.query(&identity, query).await?.collect().await
        })
    });
    for asked in asked.collect::<Vec<_>>() {
        let refused = asked.await.unwrap().unwrap_err();
        assert_ne!(refused, Refusal::Ended, "a worker died of something else");
        assert_ne!(refused, Refusal::Unavailable);
    }
    // With the deadline of a busy machine.
    let calm = world.pool(LONG, turns(4)).await;
    assert!(rows(&calm, "SELECT count(*) FROM scores").await.is_ok());
    drop(pool);
    drop(calm);
}

/// Users who each ask what never ends, and ask again.
fn hostile_users(pool: &Pool, users: usize) -> Vec<JoinHandle<()>> {
    let hostile = (0..users).map(|user| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let user = format!("hostile-{user}");
            loop {
                // It ends at its deadline, by which time another waits.
                let _ = rows_of(&user, &pool, HOSTILE[0]).await;
            }
        })
    });
    hostile.collect()
}

/// Waits until a worker computes for a long query, and returns its id.
async fn long_worker() -> u32 {
    loop {
        let long = workers().into_iter().find(|(id, _)| {
            let niceness = niceness(*id);
            !niceness.is_empty() && niceness.iter().all(|nice| *nice == 19)
        });
        if let Some((id, _)) = long {
            return id;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How far each thread of a process gives way.
fn niceness(id: u32) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else {
        return Vec::new();
    };
    let read = threads.flatten().filter_map(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        rest.split(' ').nth(16)?.parse().ok()
    });
    read.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_queries_are_answered_beside_sixteen_hostile_users() {
    let world = World::new();
    let pool = world.pool(LONG, turns(64)).await;
    let hostile = hostile_users(&pool, 16);
    long_worker().await;
    // A user of their own, and one whose long query runs or waits.
    for user in ["small", "hostile-0"] {
        for at in 1..=3 {
            let sql = format!("SELECT {at} AS number, count(*) AS n FROM places");
            assert_eq!(rows_of(user, &pool, &sql).await, Ok(1));
        }
    }
    hostile.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_queries_are_answered_beside_sixteen_hostile_ones_of_one_user() {
    let world = World::new();
    let pool = world.pool(LONG, turns(64)).await;
    let hostile: Vec<_> = (0..16)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { rows_of("hostile", &pool, HOSTILE[0]).await })
        })
        .collect();
    for at in 1..=5 {
        let sql = format!("SELECT {at} AS number, count(*) AS n FROM places");
        assert_eq!(rows_of("small", &pool, &sql).await, Ok(1));
    }
    // The small ones were not answered because the hostile ones had ended.
    assert!(hostile.iter().all(|asked| !asked.is_finished()));
    hostile.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_query_gives_way_with_all_of_its_threads() {
    let world = World::new();
    let pool = world.pool(LONG, turns(4)).await;
    for (id, _) in workers() {
        assert!(niceness(id).iter().all(|nice| *nice < 19));
    }
    let hostile = hostile_users(&pool, 1);
    let id = long_worker().await;
    // The one that reads the socket and the one that plans among them.
    assert!(niceness(id).len() > 1);
    hostile.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_lost_its_first_worker_is_answered_from_its_beginning() {
    let world = World::new();
    let turns = Turns {
        running: 1,
        running_of_one: 1,
        fresh: 1,
        // Nothing is answered in it.
        fresh_for: Duration::from_millis(1),
        ..turns(4)
    };
    let pool = world.pool(LONG, turns).await;
    let hostile = hostile_users(&pool, 1);
    long_worker().await;
    let asked = tokio::spawn({
        let pool = pool.clone();
        async move { rows(&pool, "SELECT count(*) AS n FROM scores").await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The only long turn is the hostile user's.
    assert!(!asked.is_finished());
    hostile.iter().for_each(JoinHandle::abort);
    let expected = serde_json::json!([{"n": PLACES * PERIODS}]);
    assert_eq!(asked.await.unwrap(), Ok(expected));
}

async fn rows_of(identity: &str, pool: &Pool, sql: &str) -> Result<u64, Refusal> {
    let answer = pool
        .query(identity, safeground_sql::pool::Query::new(sql))
        .await?;
    Ok(answer.collect().await?.1.rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_too_many_queries_is_told_the_limit() {
    let world = World::new();
    let pool = world.pool(Duration::from_secs(30), turns(2)).await;
    let running: Vec<_> = (0..2)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { rows_of("hostile", &pool, HOSTILE[0]).await })
        })
        .collect();
    // Both wait or run from their first poll on.
    while workers().len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let refused = rows_of("hostile", &pool, "SELECT 1").await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::Limit {
            limit: Limit::QueriesOfOne,
            most: 2
        }
    );
    for asked in running {
        asked.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_beside_each_other_count_their_queries_together() {
    let world = World::new();
    let other = World::beside("fedcba9876543210");
    let pool = world.pool(LONG, turns(1)).await;
    let beside = pool
        .beside(std::sync::Arc::clone(&other.released))
        .await
        .unwrap();
    assert_eq!(beside.release_id(), "fedcba9876543210");
    let hostile = hostile_users(&pool, 1);
    long_worker().await;
    let limit = Refusal::Limit {
        limit: Limit::QueriesOfOne,
        most: 1,
    };
    assert_eq!(rows_of("hostile-0", &beside, "SELECT 1").await, Err(limit));
    assert_eq!(rows_of("somebody", &beside, "SELECT 1").await, Ok(1));
    hostile.iter().for_each(JoinHandle::abort);
    // It keeps no worker ready, and starts one when it is asked.
    assert_eq!(rows_of("another", &beside, "SELECT 1").await, Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_reads_leaves_its_turn_to_others() {
    use futures::StreamExt as _;

    let world = World::new();
    let turns = Turns {
        running: 1,
        running_of_one: 1,
        ..turns(8)
    };
    let pool = world.pool(LONG, turns).await;
    // Some seven mebibytes, of which five wait for a reader.
    let large = "SELECT lpad(a.unit_id, 1000, 'x') AS text FROM scores a LIMIT 7000";
    let ask = async |user: &str| {
        let query = safeground_sql::pool::Query::new(large);
        pool.query(user, query).await.unwrap()
    };
    let mut slow = ask("slow").await;
    assert!(slow.next().await.unwrap().is_ok());
    // The only long turn is theirs by now, or was; another takes it and ends.
    let other = ask("other").await.collect().await.unwrap();
    assert_eq!(other.1.rows, 7_000);
    // And the first goes on where it was.
    let mut bytes = 0;
    while let Some(part) = slow.next().await {
        bytes += part.unwrap().len();
    }
    assert!(bytes > 5 << 20);
    assert_eq!(slow.summary().unwrap().rows, 7_000);
}
