//! Many hostile queries at once, and small ones beside them.

use std::time::Duration;

use safeground_sql::pool::Turns;
use safeground_sql::{Limit, Refusal};

use super::world::{LONG, World, rows, workers};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_queries_are_answered_beside_sixteen_hostile_ones() {
    let world = World::new();
    let pool = world.pool(Duration::from_secs(30), turns(64)).await;
    let hostile: Vec<_> = (0..16)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { rows_of("hostile", &pool, HOSTILE[0]).await })
        })
        .collect();
    for at in 1..=5 {
        let sql = format!("SELECT {at} AS number, count(*) AS n FROM places");
        let answered = rows_of("small", &pool, &sql).await.unwrap();
        assert!(answered > 0);
    }
    // The small ones were not answered because the hostile ones had ended.
    assert!(hostile.iter().any(|asked| !asked.is_finished()));
    for asked in &hostile {
        asked.abort();
    }
}

async fn rows_of(
    identity: &str,
    pool: &safeground_sql::pool::Pool,
    sql: &str,
) -> Result<u64, Refusal> {
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
