//! Where rows may be dealt by their groups.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, InputOrderMode};

use super::execution::DealtAggregateExec;
use super::settings::DealSettings;

/// Functions whose memory grows with the number of groups and not with that of
/// rows: one group, which is in one part, never needs much.
const FIXED_STATE: &[&str] = &[
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "max",
    "min",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];

/// Deals the rows of large aggregations to parts; see the module.
///
/// It stands after all other rules. It leaves alone what has more than one
/// input partition, grouping sets, groups that come in order already, limits
/// that end an aggregation early, and functions that keep rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct DealGroups(pub DealSettings);

impl PhysicalOptimizerRule for DealGroups {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let aggregate = plan.downcast_ref::<AggregateExec>();
            let Some(aggregate) = aggregate.filter(|aggregate| may_be_dealt(aggregate)) else {
                return Ok(Transformed::no(plan));
            };
            let dealt = DealtAggregateExec::new(Arc::new(aggregate.clone()), self.0);
            Ok(Transformed::yes(Arc::new(dealt) as _))
        })
        .data()
    }

    fn name(&self) -> &str {
        "deal_groups"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn may_be_dealt(aggregate: &AggregateExec) -> bool {
    let fixed = |name: &str| FIXED_STATE.contains(&name);
    matches!(
        aggregate.mode(),
        AggregateMode::Single | AggregateMode::SinglePartitioned
    ) && aggregate.input().output_partitioning().partition_count() == 1
        && aggregate.group_expr().is_single()
        && !aggregate.group_expr().is_true_no_grouping()
        && *aggregate.input_order_mode() == InputOrderMode::Linear
        && aggregate.limit_options().is_none()
        && aggregate.dynamic_expressions_produced().is_empty()
        && aggregate.properties().output_ordering().is_none()
        && aggregate.aggr_expr().iter().all(|function| {
            !function.is_distinct()
                && function.order_bys().is_empty()
                && fixed(function.fun().name())
        })
}
