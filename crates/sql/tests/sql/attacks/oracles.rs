//! Attacks 20 and 24: values through the text of an error.

use safeground_sql::Refusal;

use super::world::{CANARY, CANARY_ID, LONG, World, few, rows};

/// Queries that fail on the canary's row, each with one that fails on another.
const ORACLES: &[(&str, &str)] = &[
    (
        "SELECT CAST(name AS INT) FROM places WHERE population = 0",
        "SELECT CAST(name AS INT) FROM places WHERE population = 5000",
    ),
    (
        "SELECT name::DATE FROM places WHERE population = 0",
        "SELECT name::DATE FROM places WHERE population = 7000",
    ),
    (
        "SELECT 1 / (population - 0) FROM places WHERE population = 0",
        "SELECT 1 / (population - 3000) FROM places WHERE population = 3000",
    ),
    (
        "SELECT to_timestamp(name) FROM places WHERE population = 0",
        "SELECT to_timestamp(name) FROM places WHERE population = 9000",
    ),
    (
        "SELECT CASE WHEN name LIKE 'Canary%' THEN CAST(name AS BIGINT) ELSE 1 END FROM places",
        "SELECT CASE WHEN name LIKE 'Place 5%' THEN CAST(name AS BIGINT) ELSE 1 END FROM places",
    ),
    (
        "SELECT (SELECT name FROM places WHERE population < 2000) FROM scores",
        "SELECT (SELECT name FROM places WHERE population > 2000) FROM scores",
    ),
    (
        "SELECT name ~ ('(' || name) FROM places WHERE population = 0",
        "SELECT name ~ ('(' || name) FROM places WHERE population = 6000",
    ),
];

#[tokio::test]
async fn an_operation_that_fails_tells_no_value_and_no_difference() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    for (canary, other) in ORACLES {
        let refused = rows(&pool, canary).await.unwrap_err();
        assert_eq!(refused, rows(&pool, other).await.unwrap_err(), "{canary}");
        assert!(
            matches!(refused, Refusal::Value | Refusal::Plan),
            "{canary}: {refused}"
        );
        let told = format!("{refused} {}", serde_json::to_string(&refused).unwrap());
        let path = world.folder.path().to_str().unwrap();
        for secret in [CANARY, CANARY_ID, "4711", path, "parquet"] {
            assert!(!told.contains(secret), "{canary}: {told}");
        }
    }
}

#[tokio::test]
async fn a_column_is_named_as_the_query_spells_it_and_others_are_not() {
    let world = World::new();
    let pool = world.pool(LONG, few()).await;
    let refused = rows(&pool, "SELECT nmae FROM places").await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::UnknownColumn {
            name: "nmae".into()
        }
    );
    let refused = rows(&pool, "SELECT layer FROM places, scores").await;
    assert_eq!(
        refused.unwrap_err(),
        Refusal::AmbiguousColumn {
            name: "layer".into()
        }
    );
}
