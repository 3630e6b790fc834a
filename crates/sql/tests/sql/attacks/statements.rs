//! Attacks 21, 22, 23 and 25: what is no query, or too much of one.
//!
//! The walls before planning are tried in this process, as a worker has them;
//! a few of each kind go through a pool to see that the walls stand there too.
//! How soon they refuse is held against a bar by `cargo bench -p
//! safeground-benches --bench sql`.

use std::thread;

use safeground_sql::gate::{
    BUILT_IN_FUNCTIONS, Catalog, GateLimits, TABLE_FUNCTIONS, check_statement, check_text, parse,
};
use safeground_sql::{Limit, Refusal};

use super::world::{LONG, World, few, rows};

/// Statements that pass and that are refused. Other crates send the same ones
/// through other ways in.
#[derive(serde::Deserialize)]
struct Corpus {
    questions: Vec<String>,
    no_queries: Vec<String>,
    foreign: Vec<String>,
    tricks: Vec<String>,
    much_of_little: Vec<String>,
    enough_of_little: Vec<String>,
}

fn corpus() -> Corpus {
    serde_json::from_str(include_str!("statements.json")).unwrap()
}

fn catalog() -> Catalog {
    let tables = [
        ("public", "scores"),
        ("public", "places"),
        ("information_schema", "tables"),
    ];
    Catalog::new(
        tables.map(|(schema, table)| (schema.to_owned(), table.to_owned())),
        BUILT_IN_FUNCTIONS.iter().map(|name| (*name).to_owned()),
        TABLE_FUNCTIONS.iter().map(|name| (*name).to_owned()),
    )
}

/// What the walls before planning say, on a stack like a worker's.
fn gate(sql: &str) -> Result<(), Refusal> {
    let sql = sql.to_owned();
    let checking = thread::Builder::new().stack_size(64 << 20).spawn(move || {
        let limits = GateLimits::default();
        let statement = parse(check_text(&sql, &limits)?, &limits)?;
        check_statement(&statement, &catalog(), &limits)
    });
    checking.unwrap().join().unwrap()
}

#[test]
fn questions_of_researchers_pass() {
    for sql in &corpus().questions {
        assert_eq!(gate(sql), Ok(()), "{sql}");
    }
}

#[test]
fn whatever_is_no_query_is_refused() {
    for sql in &corpus().no_queries {
        assert!(gate(sql).is_err(), "{sql}");
    }
}

#[test]
fn files_urls_and_foreign_tables_are_refused() {
    for sql in &corpus().foreign {
        assert!(gate(sql).is_err(), "{sql}");
    }
}

#[test]
fn several_statements_and_tricks_of_writing_are_refused() {
    assert_eq!(
        gate("SELECT 1; DROP TABLE scores"),
        Err(Refusal::Statements { got: 2 })
    );
    assert_eq!(
        gate("SELECT 1;; SELECT 2;"),
        Err(Refusal::Statements { got: 2 })
    );
    assert_eq!(gate("/* nothing */ ;"), Err(Refusal::Statements { got: 0 }));
    for sql in &corpus().tricks {
        assert!(gate(sql).is_err(), "{sql}");
    }
}

#[test]
fn planner_bombs_are_refused_by_the_limit_they_meet() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let chain = |from: &str| {
        let mut sql = format!("WITH a0 AS (SELECT count FROM {from})");
        for step in 1..40 {
            let before = step - 1;
            sql += &format!(", a{step} AS (SELECT x.count FROM a{before} AS x, a{before} AS y)");
        }
        sql + " SELECT * FROM a39"
    };
    let bombs = [
        (format!("SELECT {}1", "1+".repeat(20_000)), Limit::Tokens),
        (format!("SELECT {}1", "1+".repeat(3_000)), Limit::Depth),
        (
            format!("SELECT {}true", "true AND ".repeat(6_000)),
            Limit::Tokens,
        ),
        (
            format!("SELECT {}true", "true AND ".repeat(2_000)),
            Limit::Depth,
        ),
        (format!("SELECT {}1", "- ".repeat(3_000)), Limit::Depth),
        (
            format!("SELECT 1{}", " IS NULL".repeat(2_000)),
            Limit::Depth,
        ),
        (format!("SELECT 1{}", "::INT".repeat(2_000)), Limit::Depth),
        (
            format!("{}SELECT 1", "SELECT 1 UNION ALL ".repeat(3_000)),
            Limit::Tokens,
        ),
        (
            format!("{}SELECT 1", "SELECT 1 UNION ".repeat(100)),
            Limit::SetOperations,
        ),
        (nested("SELECT ((", "1", "))", 20_000), Limit::TextBytes),
        (
            format!("SELECT {}", nested("(", "1", ")", 20_000)),
            Limit::Nesting,
        ),
        (
            format!("SELECT {}", nested("(", "1", ")", 33)),
            Limit::Nesting,
        ),
        (
            format!("SELECT {}", nested("abs(", "1", ")", 40)),
            Limit::Nesting,
        ),
        (
            format!(
                "SELECT {}",
                nested("CASE WHEN true THEN ", "1", " END", 1_000)
            ),
            Limit::Depth,
        ),
        (
            format!("SELECT * FROM scores{}", ", scores".repeat(60)),
            Limit::Tables,
        ),
        (chain("scores"), Limit::Tables),
        (chain("(VALUES (1)) AS v (count)"), Limit::Nodes),
        (
            "SELECT count(*) FROM scores GROUP BY CUBE (layer, theme, period, unit_id, status, \
             count, rate, eb_rate, gi_z, gi_p, score, rank)"
                .into(),
            Limit::GroupingSets,
        ),
        (
            "SELECT count(*) FROM scores GROUP BY CUBE (layer, theme, period, unit_id, status), \
             CUBE (count, rate, eb_rate, gi_z, gi_p)"
                .into(),
            Limit::GroupingSets,
        ),
        (format!("SELECT '{}'", "a".repeat(70_000)), Limit::TextBytes),
    ];
    for (sql, met) in bombs {
        let start: String = sql.chars().take(60).collect();
        match gate(&sql) {
            Err(Refusal::Limit { limit, most }) => {
                assert_eq!(limit, met, "{start}");
                assert!(most > 0, "{start}");
            }
            other => panic!("{start}: {other:?}"),
        }
    }
}

#[test]
fn functions_that_make_much_of_little_need_small_constants() {
    for sql in &corpus().much_of_little {
        assert!(gate(sql).is_err(), "{sql}");
    }
    for sql in &corpus().enough_of_little {
        assert_eq!(gate(sql), Ok(()), "{sql}");
    }
}

#[tokio::test]
async fn the_walls_stand_in_the_workers_too() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    for (sql, code) in [
        ("EXPLAIN ANALYZE SELECT * FROM scores", "not_allowed"),
        ("COPY scores TO '/tmp/a.csv'", "not_allowed"),
        ("SELECT * FROM '/etc/passwd'", "not_allowed"),
        ("SELECT * FROM incidents", "unknown_table"),
        ("SELECT 1; SELECT 2", "statements"),
        ("SELECT version()", "unknown_function"),
        ("SELEKT 1", "syntax"),
        ("ſelect 1", "character"),
        ("SELECT $1", "parameters"),
        ("SELECT count FROM scores GROUP BY theme", "plan"),
    ] {
        let refused = rows(&pool, sql).await.unwrap_err();
        assert_eq!(refused.code(), code, "{sql}: {refused}");
    }
    let bomb = format!("SELECT {}1", "1+".repeat(3_000));
    let refused = rows(&pool, &bomb).await.unwrap_err();
    assert_eq!(refused.code(), "limit", "{refused}");
}

#[tokio::test]
async fn a_plan_and_the_catalog_tell_nothing_of_the_machine() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let plan = rows(&pool, "EXPLAIN SELECT * FROM scores WHERE rate > 1").await;
    let plan = plan.unwrap().to_string();
    assert!(plan.contains("scores"), "{plan}");
    assert!(
        !plan.contains(world.folder.path().to_str().unwrap()),
        "{plan}"
    );
    let tables = rows(
        &pool,
        "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2",
    );
    let tables = tables.await.unwrap();
    let names: Vec<_> = tables
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["table_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["coverage", "layers", "places", "scores", "themes"]);
}

#[test]
fn plans_in_other_encodings_have_no_way_in() {
    // A plan sent as Substrait or as the engine's own protocol buffers would
    // pass by the statement; the crate must not even have the decoder.
    let manifest = include_str!("../../../Cargo.toml");
    for decoder in ["datafusion-substrait", "datafusion-proto"] {
        assert!(!manifest.contains(decoder), "{decoder}");
    }
}
