//! The fourth wall: the plan that came out of an allowed statement.

use datafusion::common::TableReference;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::limits::at_most;
use super::{Catalog, GateLimits};
use crate::refusal::{Forbidden, Limit, Refusal, shortened};

/// Checks every step and expression of a plan, before it is optimised.
///
/// Steps that write, copy, describe, measure or recurse are not listed, nor
/// are tables and functions beyond the catalog. `EXPLAIN` may stand at the top
/// alone.
///
/// Time is in proportion to the plan and ends at [`GateLimits::plan_nodes`].
///
/// # Errors
/// [`Refusal::NotAllowed`], [`Refusal::UnknownTable`],
/// [`Refusal::UnknownFunction`], [`Refusal::Limit`].
pub fn check_plan(
    plan: &LogicalPlan,
    catalog: &Catalog,
    limits: &GateLimits,
) -> Result<(), Refusal> {
    let plan = match plan {
        LogicalPlan::Explain(explain) => explain.plan.as_ref(),
        other => other,
    };
    let mut refused = None;
    let mut nodes = 0;
    let mut count = || {
        nodes += 1;
        at_most(nodes, limits.plan_nodes, Limit::PlanNodes)
    };
    // The walk itself fails on nothing; what stops it is kept aside.
    let walked = plan.apply_with_subqueries(|step| {
        stop_at(
            &mut refused,
            count().and_then(|()| listed_step(step, catalog)),
        )?;
        step.apply_expressions(|expression| {
            expression.apply(|expression| {
                let checked = count().and_then(|()| listed_expression(expression, catalog));
                stop_at(&mut refused, checked)
            })
        })
    });
    match (refused, walked) {
        (Some(refusal), _) => Err(refusal),
        (None, Ok(_)) => Ok(()),
        (None, Err(_)) => Err(Refusal::Plan),
    }
}

/// Ends a walk at the first refusal.
fn stop_at(
    refused: &mut Option<Refusal>,
    checked: Result<(), Refusal>,
) -> EngineResult<TreeNodeRecursion> {
    match checked {
        Ok(()) => Ok(TreeNodeRecursion::Continue),
        Err(refusal) => {
            *refused = Some(refusal);
            Err(DataFusionError::Plan(String::new()))
        }
    }
}

fn listed_step(step: &LogicalPlan, catalog: &Catalog) -> Result<(), Refusal> {
    match step {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::EmptyRelation(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Values(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::Distinct(_) => Ok(()),
        LogicalPlan::TableScan(scan) => listed_table(&scan.table_name, catalog),
        other => Err(Refusal::NotAllowed {
            what: Forbidden::PlanStep,
            name: Some(shortened(&step_name(other))),
            at: None,
        }),
    }
}

/// The first word of how a step prints.
fn step_name(step: &LogicalPlan) -> String {
    let text = step.display().to_string();
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
    word.unwrap_or_default().to_owned()
}

fn listed_table(name: &TableReference, catalog: &Catalog) -> Result<(), Refusal> {
    let table = name.table();
    let function = table.strip_suffix("()").unwrap_or(table);
    let made = name.schema().is_none() && catalog.has_table_function(function);
    let parts: Vec<String> = [name.catalog(), name.schema(), Some(table)]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    if made || catalog.has_table(&parts) {
        return Ok(());
    }
    Err(Refusal::UnknownTable {
        name: shortened(table),
        at: None,
    })
}

fn listed_expression(expression: &Expr, catalog: &Catalog) -> Result<(), Refusal> {
    let function = match expression {
        Expr::Alias(_)
        | Expr::Column(_)
        | Expr::Literal(_, _)
        | Expr::BinaryExpr(_)
        | Expr::Like(_)
        | Expr::SimilarTo(_)
        | Expr::Not(_)
        | Expr::IsNotNull(_)
        | Expr::IsNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Negative(_)
        | Expr::Between(_)
        | Expr::Case(_)
        | Expr::Cast(_)
        | Expr::TryCast(_)
        | Expr::InList(_)
        | Expr::Exists(_)
        | Expr::InSubquery(_)
        | Expr::ScalarSubquery(_)
        | Expr::GroupingSet(_)
        | Expr::Placeholder(_)
        | Expr::Unnest(_)
        | Expr::OuterReferenceColumn(_, _) => return Ok(()),
        Expr::ScalarFunction(function) => function.func.name(),
        Expr::AggregateFunction(function) => function.func.name(),
        Expr::WindowFunction(function) => function.fun.name(),
        _ => {
            return Err(Refusal::NotAllowed {
                what: Forbidden::Expression,
                name: None,
                at: None,
            });
        }
    };
    if catalog.has_function(function) {
        return Ok(());
    }
    Err(Refusal::UnknownFunction {
        name: shortened(function),
        at: None,
    })
}
