//! `st_*`: geometry under PostGIS names, from `geodatafusion`.
//!
//! Geometry goes in and out as GeoArrow, or as WKB and WKT through
//! `st_geomfromwkb`, `st_asbinary` and the like. Nothing here is our own.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

/// Registers all of them.
pub(super) fn register(context: &SessionContext) {
    geodatafusion::register(context);
}

/// The functions `geodatafusion` adds to a session that has none of them, each
/// once: a function is registered under its aliases too.
pub(super) fn functions() -> (Vec<Arc<ScalarUDF>>, Vec<Arc<AggregateUDF>>) {
    let context = SessionContext::new();
    let before = context.state();
    register(&context);
    let after = context.state();
    let scalars: BTreeMap<_, _> = after
        .scalar_functions()
        .iter()
        .filter(|(name, function)| {
            *name == function.name() && !before.scalar_functions().contains_key(*name)
        })
        .collect();
    let aggregates: BTreeMap<_, _> = after
        .aggregate_functions()
        .iter()
        .filter(|(name, function)| {
            *name == function.name() && !before.aggregate_functions().contains_key(*name)
        })
        .collect();
    (
        scalars.into_values().cloned().collect(),
        aggregates.into_values().cloned().collect(),
    )
}
