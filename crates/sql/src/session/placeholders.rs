//! Which types the placeholders of a plan want.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, TryCast};

use super::arrow_row::is_simple;

/// Placeholders of a plan by name, each with the type that a value for it is
/// to have; `None` where the query does not say.
///
/// 1. What a placeholder is compared with, or the column that it is put into,
///    says its type; the engine finds that.
/// 2. Else a cast around it does, `$1::BIGINT`, as in PostgreSQL: in every
///    place where it stands, also without one. Casts that differ say nothing,
///    and neither do those to types of which no value can be bound.
pub(super) fn types(plan: &LogicalPlan) -> EngineResult<BTreeMap<String, Option<DataType>>> {
    let mut found: BTreeMap<String, Said> = BTreeMap::new();
    plan.apply_with_subqueries(|step| {
        step.apply_expressions(|expression| {
            expression.apply(|expression| {
                match expression {
                    Expr::Placeholder(Placeholder { id, field }) => {
                        let said = found.entry(id.clone()).or_default();
                        if let Some(field) = field {
                            said.compared.get_or_insert(field.data_type().clone());
                        }
                    }
                    Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
                        if let Expr::Placeholder(Placeholder { id, .. }) = expr.as_ref() {
                            let said = found.entry(id.clone()).or_default();
                            said.cast.push(field.data_type().clone());
                        }
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found
        .into_iter()
        .map(|(name, said)| (name, said.data_type()))
        .collect())
}

/// What a plan says of one placeholder.
#[derive(Default)]
struct Said {
    compared: Option<DataType>,
    cast: Vec<DataType>,
}

impl Said {
    fn data_type(self) -> Option<DataType> {
        let mut casts = self.cast.into_iter();
        let first = casts.next();
        self.compared
            .or_else(|| first.filter(|first| is_simple(first) && casts.all(|cast| cast == *first)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::TimeUnit;
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn types_in(sql: &str) -> Vec<Option<DataType>> {
        let context = SessionContext::new();
        let plan = context.state().create_logical_plan(sql).await.unwrap();
        types(&plan).unwrap().into_values().collect()
    }

    #[tokio::test]
    async fn a_cast_says_the_type_of_a_placeholder() {
        let moment = DataType::Timestamp(TimeUnit::Nanosecond, None);
        for (sql, expected) in [
            ("SELECT $1::BIGINT", vec![Some(DataType::Int64)]),
            ("SELECT CAST($1 AS DATE)", vec![Some(DataType::Date32)]),
            ("SELECT try_cast($1 AS TIMESTAMP)", vec![Some(moment)]),
            ("SELECT $1", vec![None]),
            ("SELECT $1::INTERVAL", vec![None]),
            // In another place, a cast of something else, or another cast.
            ("SELECT $1, 1 + $1::BIGINT", vec![Some(DataType::Int64)]),
            ("SELECT ($1 || 'a')::BIGINT", vec![Some(DataType::Utf8)]),
            ("SELECT $1::BIGINT AS a, $1::DATE AS b", vec![None]),
            (
                "SELECT $1::BIGINT, $2::DOUBLE",
                vec![Some(DataType::Int64), Some(DataType::Float64)],
            ),
            // A comparison comes first.
            (
                "SELECT 1 FROM (VALUES (1.5)) AS t (a) WHERE a > $1 AND $1::BIGINT > 0",
                vec![Some(DataType::Float64)],
            ),
            (
                "SELECT (SELECT max(a) FROM (VALUES (1)) AS t (a) WHERE a < $1::BIGINT)",
                vec![Some(DataType::Int64)],
            ),
        ] {
            assert_eq!(types_in(sql).await, expected, "{sql}");
        }
    }
}
