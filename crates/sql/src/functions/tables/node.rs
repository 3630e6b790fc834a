//! A call in the logical plan, its queries under it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::call::Call;
use super::error::StatisticsError;
use super::function::{Inputs, TableFunctionSpec};
use super::spec;

/// A call of a statistical table function. Its inputs are the query it works
/// on and, if there is one, that of its weights: a gate that walks the plan
/// meets the tables they read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatisticsNode {
    pub(super) call: Call,
    pub(super) row_limit: usize,
    inputs: Vec<LogicalPlan>,
    schema: DFSchemaRef,
}

impl StatisticsNode {
    /// The name that the node has in every plan.
    pub const NAME: &'static str = "Statistics";

    /// A call whose settings have been checked against its inputs.
    pub(super) fn new(
        spec: &'static TableFunctionSpec,
        call: Call,
        input: LogicalPlan,
        weights: Option<LogicalPlan>,
    ) -> Result<Self> {
        let rows = spec.rows;
        let row_limit = call.integer("max_rows", rows.default as u64, 1..=rows.most as u64)?;
        let schemas = Inputs {
            input: Arc::clone(input.schema().inner()),
            weights: weights
                .as_ref()
                .map(|weights| Arc::clone(weights.schema().inner())),
        };
        let task = (spec.bind)(&call, &schemas)?;
        let schema = DFSchema::try_from_qualified_schema(spec.name, &task.schema)?;
        Ok(Self {
            call,
            row_limit: row_limit as usize,
            inputs: std::iter::once(input).chain(weights).collect(),
            schema: Arc::new(schema),
        })
    }

    /// The function called.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.call.function
    }
}

impl PartialOrd for StatisticsNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let ours = (&self.call, self.row_limit, &self.inputs);
        ours.partial_cmp(&(&other.call, other.row_limit, &other.inputs))
            .filter(|order| *order != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for StatisticsNode {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", Self::NAME, self.call)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        if inputs.len() != self.inputs.len() {
            return plan_err!(
                "{} has {} queries, not {}",
                self.call.function,
                self.inputs.len(),
                inputs.len()
            );
        }
        Ok(Self {
            inputs,
            ..self.clone()
        })
    }
}

/// The function a call names.
pub(super) fn spec_of(call: &Call) -> Result<&'static TableFunctionSpec, StatisticsError> {
    spec(call.function).ok_or(StatisticsError::MissingArgument {
        function: call.function,
        name: "function",
        remedy: "call a function that exists",
    })
}
