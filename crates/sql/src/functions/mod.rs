//! The SQL functions of Safeground.
//!
//! | module | functions |
//! |---|---|
//! | `h3` | `h3_*`, under the names of DuckDB's h3 extension |
//! | `st` | `st_*`, from `geodatafusion` |
//! | `tiles` | `st_*` for vector tiles, which it lacks |
//! | `tables` | statistical table functions over any query |
//! | `aggregates` | `weighted_quantile`, `gini`, `concentration_share`, `pai` |
//!
//! [`register()`] adds them all to a session, [`catalogue()`] lists them and
//! [`reference()`] writes the function reference.
//!
//! # What a gate has to know
//!
//! None of them reads a file, opens a socket or takes SQL as text. The query
//! of a table function is an ordinary subquery: in the statement it is an
//! expression among the arguments of a table factor, which `sqlparser`'s
//! visitors enter; in the logical plan it stands below a
//! [`StatisticsNode`], `LogicalPlan::Extension` under the name
//! [`StatisticsNode::NAME`], as an input of the node. So a gate that walks
//! the statement and the plan, subqueries included, checks it with the rest,
//! and has to allow that one extension node.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod aggregates;
mod catalogue;
mod h3;
mod reference;
mod st;
mod tables;
mod tiles;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

pub use catalogue::{CatalogueColumn, CatalogueEntry, FunctionKind, catalogue};
pub use reference::reference;
pub use tables::{StatisticsError, StatisticsExtensionPlanner, StatisticsNode};

/// Adds all functions to a session.
///
/// The session's query planner is replaced by DataFusion's own with
/// [`StatisticsExtensionPlanner`] in it; a session that needs another query
/// planner sets it afterwards and gives it that extension.
///
/// # Errors
/// If the session refuses a relation planner.
pub fn register(context: &SessionContext) -> Result<()> {
    for function in h3::functions() {
        context.register_udf(function);
    }
    st::register(context);
    for function in tiles::functions() {
        context.register_udf(function);
    }
    for function in aggregates::functions()
        .into_iter()
        .chain(tiles::aggregates())
    {
        context.register_udaf(function);
    }
    tables::register(context)
}
