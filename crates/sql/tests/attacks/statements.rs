//! Attacks 21, 22, 23 and 25: what is no query, or too much of one.
//!
//! The walls before planning are tried in this process, as a worker has them;
//! a few of each kind go through a pool to see that the walls stand there too.

use std::thread;

use safeground_sql::gate::{
    BUILT_IN_FUNCTIONS, Catalog, GateLimits, TABLE_FUNCTIONS, check_statement, check_text, parse,
};
use safeground_sql::{Limit, Refusal};

use crate::world::{LONG, World, few, rows};

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
    for sql in [
        "SELECT 1",
        "VALUES (1, 'a'), (2, 'b')",
        "SELECT * FROM scores;",
        "EXPLAIN SELECT * FROM scores",
        "WITH a AS (SELECT * FROM scores) SELECT count(*) FROM a JOIN a AS b USING (unit_id)",
        "SELECT s.unit_id, p.name, avg(rate) OVER (PARTITION BY theme ORDER BY period ROWS \
         BETWEEN 2 PRECEDING AND CURRENT ROW) FROM scores s LEFT JOIN public.places p ON \
         p.place_id = s.unit_id WHERE s.theme = $1 AND s.period BETWEEN $from AND $to",
        "SELECT theme, period, sum(count) FILTER (WHERE rate > 0.5) FROM scores GROUP BY \
         ROLLUP (theme, period) HAVING sum(count) > 10 ORDER BY 3 DESC NULLS LAST LIMIT 10 OFFSET 5",
        "SELECT DISTINCT ON (theme) theme, unit_id FROM scores ORDER BY theme, rate DESC",
        "SELECT unit_id FROM scores EXCEPT SELECT place_id FROM places UNION ALL SELECT 'a'",
        "SELECT CASE WHEN rate IS NULL THEN 'none' ELSE CAST(rate AS VARCHAR) END, \
         EXTRACT(YEAR FROM DATE '2024-01-31'), substring(unit_id FROM 1 FOR 3), \
         trim(BOTH ' ' FROM unit_id), unit_id ILIKE '%a%', rate::INT, INTERVAL '1' DAY, \
         lpad(unit_id, 12, '0'), position('a' IN unit_id), ceil(rate) FROM scores",
        "SELECT * FROM generate_series(1, 100) WHERE value IN (SELECT count FROM scores)",
        "SELECT table_name FROM information_schema.tables",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY rate) FROM scores QUALIFY true",
        "SELECT name FROM places WHERE name = 'बाल विवाह' -- a comment",
        "SELECT * EXCLUDE (geometry) FROM places",
        "SELECT make_array(1, 2)[1], unnest([1, 2]), array_agg(rate)[1:2] FROM scores",
    ] {
        assert_eq!(gate(sql), Ok(()), "{sql}");
    }
}

#[test]
fn whatever_is_no_query_is_refused() {
    for sql in [
        "CREATE TABLE a (b INT)",
        "CREATE TABLE a AS SELECT 1",
        "CREATE VIEW a AS SELECT 1",
        "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE SCHEMA a",
        "CREATE DATABASE a",
        "INSERT INTO scores VALUES (1)",
        "UPDATE scores SET count = 1",
        "DELETE FROM scores",
        "MERGE INTO scores USING places ON true WHEN MATCHED THEN DELETE",
        "TRUNCATE scores",
        "DROP TABLE scores",
        "ALTER TABLE scores ADD COLUMN a INT",
        "COPY scores TO '/tmp/a.csv'",
        "COPY (SELECT 1) TO 's3://bucket/a' STORED AS PARQUET",
        "COPY scores FROM '/etc/passwd'",
        "SET datafusion.catalog.information_schema = true",
        "RESET datafusion.execution.batch_size",
        "SHOW TABLES",
        "SHOW ALL",
        "DESCRIBE scores",
        "DESC SELECT 1",
        "EXPLAIN ANALYZE SELECT * FROM scores",
        "EXPLAIN VERBOSE SELECT 1",
        "EXPLAIN FORMAT JSON SELECT 1",
        "EXPLAIN (ANALYZE) SELECT 1",
        "EXPLAIN CREATE TABLE a AS SELECT 1",
        "EXPLAIN EXPLAIN SELECT 1",
        "EXPLAIN INSERT INTO scores VALUES (1)",
        "PREPARE a AS SELECT 1",
        "EXECUTE a",
        "DEALLOCATE a",
        "BEGIN",
        "COMMIT",
        "KILL QUERY 1",
        "CALL f()",
        "USE information_schema",
        "ATTACH 'a.db' AS a",
        "LOAD 'a.so'",
        "INSTALL httpfs",
        "PRAGMA table_info(scores)",
        "VACUUM",
        "DECLARE a CURSOR FOR SELECT 1",
        "LISTEN a",
        "GRANT ALL ON scores TO somebody",
        "TABLE scores",
        "SELECT 1 INTO a",
        "SELECT * FROM (INSERT INTO scores VALUES (1)) AS a",
        "WITH a AS (DELETE FROM scores RETURNING *) SELECT * FROM a",
        "SELECT * FROM scores FOR UPDATE",
        "FROM scores",
        "FROM scores |> SELECT *",
        "",
        ";",
    ] {
        assert!(gate(sql).is_err(), "{sql}");
    }
}

#[test]
fn files_urls_and_foreign_tables_are_refused() {
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '/data/scores.parquet'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM `file.csv`",
        "SELECT * FROM 's3://bucket/key.parquet'",
        "SELECT * FROM \"https://example.org/a.csv\"",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('a')",
        "SELECT * FROM parquet_scan('a')",
        "SELECT * FROM TABLE(read_csv('a'))",
        "SELECT * FROM parquet_metadata('scores.parquet')",
        "SELECT * FROM metadata_cache()",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT load_extension('a')",
        "SELECT getenv('HOME'), version()",
        "SELECT input_file_name(), file_row_index() FROM scores",
        "SELECT * FROM information_schema.df_settings",
        "SELECT * FROM information_schema.routines",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM other.public.scores",
        "SELECT * FROM incidents",
        "SELECT * FROM public.incidents",
        "SELECT * FROM released.tables",
        "SELECT * FROM scores.parquet",
        "SELECT @@version",
        "SELECT * FROM scores TABLESAMPLE BERNOULLI (10)",
        "SELECT * FROM scores VERSION AS OF 1",
        "SELECT * FROM scores FOR SYSTEM_TIME AS OF '2024-01-01'",
        "SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a INT PATH '$'))",
        "SELECT * FROM scores PIVOT (sum(count) FOR theme IN ('a'))",
        "SELECT * FROM places MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS true)",
        "SELECT * FROM scores, LATERAL (SELECT scores.count)",
        "SELECT * FROM UNNEST([1, 2])",
    ] {
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
    for sql in [
        "ＳＥＬＥＣＴ 1",
        "ſelect 1",
        "SELECT\u{a0}1",
        "SELECT\u{200b} 1",
        "SELECT 1 \u{37e} DROP TABLE scores",
        "SELECT * FROM ѕcores",
        "SELECT '\u{202e}' ",
        "SELECT \u{2018}a\u{2019}",
        "SELECT 1\0; DROP TABLE scores",
        "SELECT U&'\\0041'",
        "SELECT E'\\x41'",
        "SELECT $$a$$",
        "SELECT N'a'",
        "SELECT r'a'",
        "SELECT ? FROM scores",
        "SELECT :name",
        "SELECT {fn abs(1)}",
        "SELECT {d '2024-01-01'}",
        "SELECT (((1)",
        "SELECT 'a",
        "SELECT /* a",
        "SELECT OPERATOR(pg_catalog.+) 1",
        "SELECT 1 OPERATOR(pg_catalog.+) 1",
        "SELECT a -> 'b' FROM scores",
        "SELECT abs(VARIADIC 1)",
        "SELECT public.abs(1)",
        "SELECT \"ABS\"(1)",
        "SELECT CAST(1 AS REGCLASS)",
        "SELECT CAST(unit_id AS UTF8VIEW) FROM scores",
        "SELECT random(), now(), uuid(), current_timestamp",
        "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) SELECT * FROM a",
        "WITH a AS (SELECT * FROM a) SELECT * FROM a",
    ] {
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
    for sql in [
        "SELECT repeat('a', 2000000000)",
        "EXPLAIN SELECT repeat('a', 2000000000)",
        "SELECT lpad('a', 2000000000)",
        "SELECT rpad('a', 1001)",
        "SELECT lpad('a', 10 * 1000000000)",
        "SELECT lpad('a', count) FROM scores",
        "SELECT lpad('a')",
        "SELECT * FROM generate_series(1, 500000000)",
        "SELECT * FROM generate_series(-9000000000, 9000000000)",
        "SELECT * FROM range(0, 10000000, 2)",
        "SELECT * FROM range(0, 10, 0)",
        "SELECT * FROM generate_series(1, (SELECT max(count) FROM scores))",
        "SELECT * FROM generate_series(1, $1)",
        "SELECT * FROM generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '3000-01-01', INTERVAL '1' SECOND)",
        "SELECT generate_series(1, 10)",
        "SELECT array_repeat(1, 1000000000)",
        "SELECT unnest(range(1, 1000000000))",
    ] {
        assert!(gate(sql).is_err(), "{sql}");
    }
    for sql in [
        "SELECT lpad('a', 1000)",
        "SELECT * FROM range(1000000)",
        "SELECT * FROM generate_series(10, -10, -2)",
    ] {
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
    let manifest = include_str!("../../Cargo.toml");
    for decoder in ["datafusion-substrait", "datafusion-proto"] {
        assert!(!manifest.contains(decoder), "{decoder}");
    }
}
