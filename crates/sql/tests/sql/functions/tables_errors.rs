//! What table functions refuse, and what a gate sees of them.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;
use safeground_sql::functions::StatisticsNode;

use super::session::{rows, session};

const TABLE: &str = "(SELECT * FROM (VALUES ('873da1140ffffff', 1, 2.5, 'x', 1),
    ('873da1141ffffff', 2, 2.5, 'y', 1)) AS t(cell, cases, rate, name, month))";

async fn fails(call: &str, with: &str) {
    let sql = format!("SELECT * FROM {}", call.replace("TABLE", TABLE));
    match rows(&session(1), &sql).await {
        Ok(batch) => panic!("{sql} gave {} rows", batch.num_rows()),
        Err(error) => assert!(error.to_string().contains(with), "{call}: {error}"),
    }
}

#[tokio::test]
async fn wrong_arguments_are_named_with_their_remedy() {
    for (call, with) in [
        (
            "getis_ord_gi()",
            "argument input of getis_ord_gi is missing: write input => (SELECT ...)",
        ),
        (
            "getis_ord_gi(input => TABLE)",
            "argument id of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, id => cell)",
            "argument value of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, cell)",
            "argument 2 of getis_ord_gi has no name",
        ),
        ("getis_ord_gi('SELECT 1')", "expected a query in brackets"),
        ("getis_ord_gi(counts)", "expected a query in brackets"),
        ("getis_ord_gi(TABLE, id => cell, id => cell)", "given twice"),
        (
            "getis_ord_gi(TABLE, ids => cell)",
            "has no argument ids: it takes input, max_rows, id",
        ),
        (
            "getis_ord_gi(TABLE, id => cel, value => cases)",
            "names column cel, which its query does not give: it gives cell, cases",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => name)",
            "column name of type Utf8",
        ),
        (
            "getis_ord_gi(TABLE, id => rate, value => cases)",
            "expected H3 cells",
        ),
        (
            "getis_ord_gi(TABLE, id => name, value => cases)",
            "2 rows of column name are not valid H3 cells",
        ),
        (
            "getis_ord_gi(TABLE, id => month, value => cases, cell => cell)",
            "1 rows repeat the id",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'near')",
            "expected 'h3', 'nearest', 'distance', 'queen', 'rook', 'own'",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, k => 0)",
            "expected a whole number from 1 to 100",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, k => -1)",
            "k of getis_ord_gi is -1",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, k => 1 + 1)",
            "1 + 1",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'distance')",
            "argument distance_m of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'distance', distance_m => -5)",
            "radius_m is -5",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'nearest', latitude => rate)",
            "argument longitude of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'queen')",
            "argument geometry of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'queen', geometry => name)",
            "expected bytes (WKB)",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'own')",
            "argument weights of getis_ord_gi is missing",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'own', weights => (SELECT 1))",
            "a query of 1 columns",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, neighbours => 'own', weights => (SELECT 'a', 'b'))",
            "1 rows of weights name a unit",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, permutations => 1000000)",
            "from 0 to 99999",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, correction => 'holm')",
            "expected 'bh', 'by', 'bonferroni', 'none'",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, star => 1)",
            "expected true or false",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, max_rows => 1)",
            "more than 1 rows from input",
        ),
        (
            "getis_ord_gi(TABLE, id => cell, value => cases, max_rows => 100000000)",
            "from 1 to 5000000",
        ),
        (
            "getis_ord_gi((SELECT cell AS z, cases FROM TABLE), id => z, value => cases)",
            "gives a column z of its own",
        ),
        (
            "getis_ord_gi((SELECT a.cell, b.cell, a.cases FROM TABLE AS a CROSS JOIN TABLE AS b), id => cell, value => cases)",
            "more than once",
        ),
        (
            "getis_ord_gi((SELECT NULL::text AS cell, 1 AS cases), id => cell, value => cases)",
            "1 rows have no id (column cell)",
        ),
        (
            "eb_rate(TABLE, id => cell, value => cases)",
            "argument exposure of eb_rate is missing",
        ),
        (
            "eb_rate(TABLE, id => cell, value => cases, exposure => rate, level => 1)",
            "between 0 and 1",
        ),
        (
            "scan_poisson(TABLE, id => cell, value => rate, exposure => cases)",
            "2 rows of column rate are not whole numbers",
        ),
        (
            "scan_poisson(TABLE, id => cell, value => cases, exposure => rate, max_share => 2)",
            "largest share of the population is 2",
        ),
        (
            "mann_kendall(TABLE, id => cell, value => cases)",
            "argument time of mann_kendall is missing",
        ),
        (
            "mann_kendall((SELECT 1 AS id, 1 AS t, 1 AS v UNION ALL SELECT 1, 1, 2), id => id, time => t, value => v)",
            "1 rows repeat id and time together",
        ),
        (
            "(SELECT 1) AS a, LATERAL getis_ord_gi(TABLE, id => cell, value => cases)",
            "cannot stand after LATERAL",
        ),
    ] {
        fails(call, with).await;
    }
}

#[tokio::test]
async fn a_table_that_does_not_exist_is_missed_inside_too() {
    fails(
        "getis_ord_gi((SELECT * FROM secrets), id => cell, value => cases)",
        "secrets",
    )
    .await;
}

#[tokio::test]
async fn links_without_end_are_refused_before_they_are_made() {
    let call = "getis_ord_gi((SELECT value AS id, value % 7 AS cases, value % 170 / 2.0 AS y, value % 350 / 2.0 AS x
        FROM generate_series(1, 40000) AS t(value)), id => id, value => cases,
        neighbours => 'distance', distance_m => 20000000, latitude => y, longitude => x)";
    fails(call, "choose fewer neighbours").await;
}

#[tokio::test]
async fn a_walk_over_the_plan_meets_the_tables_inside() {
    let context = session(1);
    for table in ["counts", "links"] {
        context
            .sql(&format!(
                "CREATE TABLE {table} AS SELECT 1::bigint AS a, 2::bigint AS b"
            ))
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
    }
    let sql = "SELECT z FROM getis_ord_gi((SELECT a, b FROM counts), id => a, value => b,
               neighbours => 'own', weights => (SELECT a, b FROM links))";
    let plan = context.sql(sql).await.unwrap();
    for plan in [
        plan.logical_plan().clone(),
        plan.into_optimized_plan().unwrap(),
    ] {
        let (mut tables, mut nodes) = (BTreeSet::new(), Vec::new());
        plan.apply_with_subqueries(|node| {
            match node {
                LogicalPlan::TableScan(scan) => {
                    tables.insert(scan.table_name.table().to_owned());
                }
                LogicalPlan::Extension(extension) => nodes.push(extension.node.name().to_owned()),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .unwrap();
        assert_eq!(
            tables,
            BTreeSet::from(["counts".to_owned(), "links".to_owned()])
        );
        assert_eq!(nodes, [StatisticsNode::NAME]);
        // The same tree by TreeNode's own walk, which does not enter expressions.
        let mut count = 0;
        plan.apply(|_| {
            count += 1;
            Ok(TreeNodeRecursion::Continue)
        })
        .unwrap();
        assert!(count >= 4);
    }
}

#[test]
fn a_walk_over_the_statement_meets_the_tables_inside() {
    use datafusion::sql::sqlparser::ast::visit_relations;
    use datafusion::sql::sqlparser::dialect::{GenericDialect, PostgreSqlDialect};
    use datafusion::sql::sqlparser::parser::Parser;

    let sql = "SELECT z FROM getis_ord_gi(input => (SELECT a, b FROM counts), id => a, value => b,
               neighbours => 'own', weights => (SELECT a, b FROM links))";
    for parsed in [
        Parser::parse_sql(&GenericDialect {}, sql).unwrap(),
        Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap(),
    ] {
        let mut relations = Vec::new();
        let _ = visit_relations(&parsed, |relation| {
            relations.push(relation.to_string());
            std::ops::ControlFlow::<()>::Continue(())
        });
        relations.sort();
        assert_eq!(relations, ["counts", "getis_ord_gi", "links"]);
    }
}

#[tokio::test]
async fn the_postgres_dialect_plans_the_same_call() {
    let context = session(1);
    context
        .sql("SET datafusion.sql_parser.dialect = 'postgresql'")
        .await
        .unwrap();
    let sql =
        format!("SELECT count(*) FROM getis_ord_gi(input => {TABLE}, id => cell, value => cases)");
    assert_eq!(rows(&context, &sql).await.unwrap().num_rows(), 1);
}

#[tokio::test]
async fn the_plan_shows_the_call_and_its_query() {
    let sql =
        format!("EXPLAIN SELECT z FROM getis_ord_gi({TABLE}, id => cell, value => cases, k => 2)");
    let batch = rows(&session(1), &sql).await.unwrap();
    let plans = super::session::texts(&batch, "plan");
    let text: String = plans.into_iter().flatten().collect();
    assert!(
        text.contains("Statistics: getis_ord_gi(id => \"cell\", k => 2, value => \"cases\")"),
        "{text}"
    );
    assert!(text.contains("StatisticsExec"), "{text}");
}
