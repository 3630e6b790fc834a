//! Aggregates that researchers expect: one file each.

mod collected;
mod concentration_share;
mod gini;
mod pai;
mod weighted_quantile;

use datafusion::logical_expr::AggregateUDF;

use collected::{AggregateSpec, CollectedAggregate};

static AGGREGATES: [&AggregateSpec; 4] = [
    &weighted_quantile::SPEC,
    &gini::SPEC,
    &concentration_share::SPEC,
    &pai::SPEC,
];

/// All aggregates.
pub(super) fn functions() -> Vec<AggregateUDF> {
    AGGREGATES
        .into_iter()
        .map(CollectedAggregate::udaf)
        .collect()
}
