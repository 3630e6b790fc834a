//! The aggregates in SQL, grouped, over several partitions.

use super::session::{numbers, rows, session, value};

#[tokio::test]
async fn aggregates_work_by_group_and_leave_nulls_out() {
    let batch = rows(
        &session(4),
        "SELECT place, gini(cases) AS gini, concentration_share(cases, 0.25) AS top,
                weighted_quantile(cases, children, 0.5) AS median,
                pai(score, cases, area, 0.25) AS pai
         FROM (VALUES ('a', 8, 1, 9, 1), ('a', 0, 1, 1, 1), ('a', 0, 5, 1, 1), ('a', 0, 1, 1, 1),
                      ('b', 2, 1, 1, 1), ('b', NULL, 9, 9, 1), ('b', 2, 3, 1, 1)) AS
              t(place, cases, children, score, area)
         GROUP BY place ORDER BY place",
    )
    .await
    .unwrap();
    assert_eq!(numbers(&batch, "gini"), [Some(0.75), Some(0.0)]);
    assert_eq!(numbers(&batch, "top"), [Some(1.0), Some(0.25)]);
    assert_eq!(numbers(&batch, "median"), [Some(0.0), Some(2.0)]);
    assert_eq!(numbers(&batch, "pai"), [Some(4.0), Some(1.0)]);
}

#[tokio::test]
async fn no_rows_have_no_result() {
    let sql = "SELECT gini(x) FROM (VALUES (1)) AS t(x) WHERE x > 1";
    assert_eq!(value(sql).await.unwrap(), None);
    let sql = "SELECT weighted_quantile(x, x, 0.5) FROM (VALUES (NULL)) AS t(x)";
    assert_eq!(value(sql).await.unwrap(), None);
}

#[tokio::test]
async fn the_result_is_the_same_to_the_bit_whatever_the_partitions() {
    let sql = "SELECT gini(x) AS g, concentration_share(x, 0.1) AS c,
                      weighted_quantile(x, y, 0.3) AS q, pai(y, x, x + 1, 0.2) AS p
               FROM (SELECT (value * 7919 % 1009) / 7.0 AS x, (value * 104729 % 997) / 3.0 AS y
                     FROM generate_series(1, 5000) AS t(value))";
    let one = rows(&session(1), sql).await.unwrap();
    let eight = rows(&session(8), sql).await.unwrap();
    assert_eq!(one, eight);
    assert!(numbers(&one, "g")[0].is_some_and(|gini| gini > 0.2));
}

#[tokio::test]
async fn wrong_calls_say_what_is_wrong() {
    for (call, with) in [
        ("gini(x, x)", "write gini(value)"),
        ("gini('a')", "give numbers"),
        ("gini(-1 * x)", "below 0"),
        ("pai(DISTINCT x, x, x, 0.5)", "DISTINCT"),
        ("concentration_share(x, 0)", "above 0 and at most 1"),
        ("concentration_share(x, 1.5)", "above 0 and at most 1"),
        ("concentration_share(x, x)", "constant"),
        ("weighted_quantile(x, x, -0.1)", "from 0 and at most 1"),
        ("weighted_quantile(x, -1 * x, 0.5)", "weight below 0"),
        ("gini(x / 0.0)", "not finite"),
    ] {
        let error = value(&format!("SELECT {call} FROM (VALUES (1), (2)) AS t(x)")).await;
        let error = error.expect_err(call).to_string();
        assert!(error.contains(with), "{call}: {error}");
    }
}
