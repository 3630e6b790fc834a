//! Statistical table functions over any query.
//!
//! ```sql
//! SELECT cell, z, p_adjusted, class
//! FROM getis_ord_gi(
//!     input => (SELECT cell, cases FROM counts WHERE theme = 'child_labour'),
//!     id => cell, value => cases, neighbours => 'h3', k => 1,
//!     permutations => 999, seed => 7, correction => 'bh')
//! WHERE status = 'computed' ORDER BY z DESC
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `planner` | SQL to a call: named arguments, the query planned where it stands |
//! | `node`, `execution` | the call in the logical and the physical plan |
//! | `call`, `function`, `inputs`, `significance`, `panel` | arguments and results that functions share |
//! | `units` | rows as units in order of ids |
//! | `neighbours`, `positions`, `own_weights` | who is whose neighbour |
//! | one file each | the functions |
//!
//! No formula is here: each function reads its columns, calls
//! `safeground-stats` and writes its columns. Null is not zero: results that
//! are undefined are null, with the reason in `status`.

mod call;
mod eb_rate;
mod emerging_hotspots;
mod error;
mod execution;
mod function;
mod getis_ord_gi;
mod global_moran;
mod inputs;
mod local_moran;
mod mann_kendall;
mod neighbours;
mod node;
mod own_weights;
mod panel;
mod planner;
mod positions;
mod scan_poisson;
mod significance;
mod spatial_weights;
mod status;
mod units;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::{Documentation, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionContext;

pub use error::StatisticsError;
pub use execution::StatisticsExtensionPlanner;
pub use node::StatisticsNode;

use function::TableFunctionSpec;

static FUNCTIONS: [&TableFunctionSpec; 8] = [
    &getis_ord_gi::SPEC,
    &local_moran::SPEC,
    &global_moran::SPEC,
    &eb_rate::SPEC,
    &scan_poisson::SPEC,
    &emerging_hotspots::SPEC,
    &mann_kendall::SPEC,
    &spatial_weights::SPEC,
];

fn spec(name: &str) -> Option<&'static TableFunctionSpec> {
    FUNCTIONS.into_iter().find(|spec| spec.name == name)
}

/// A table function as the catalogue shows it.
pub(super) struct TableFunction {
    pub(super) name: &'static str,
    pub(super) documentation: Documentation,
    /// Name, type and meaning of each column of results.
    pub(super) columns: Vec<(&'static str, &'static str, &'static str)>,
    /// Rows taken if nothing else is said, and at most.
    pub(super) rows: (usize, usize),
}

/// All table functions.
pub(super) fn functions() -> impl Iterator<Item = TableFunction> {
    FUNCTIONS.into_iter().map(|spec| TableFunction {
        name: spec.name,
        documentation: spec.documentation(),
        columns: spec.column_documentation().collect(),
        rows: (spec.rows.default, spec.rows.most),
    })
}

/// Makes a session plan and execute the table functions.
pub(super) fn register(context: &SessionContext) -> Result<()> {
    context.register_relation_planner(Arc::new(planner::StatisticsPlanner))?;
    let state = SessionStateBuilder::new_from_existing(context.state())
        .with_query_planner(Arc::new(StatisticsQueryPlanner))
        .build();
    *context.state_ref().write() = state;
    Ok(())
}

/// DataFusion's own planner, which knows [`StatisticsNode`] as well.
#[derive(Debug)]
struct StatisticsQueryPlanner;

#[async_trait]
impl QueryPlanner for StatisticsQueryPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(StatisticsExtensionPlanner)])
            .create_physical_plan(plan, session)
            .await
    }
}
