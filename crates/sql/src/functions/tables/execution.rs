//! A call in the physical plan: rows in, statistics out.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements,
    PlanProperties,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{StreamExt, TryStreamExt, stream};

use super::call::Call;
use super::error::StatisticsError;
use super::function::{Inputs, Rows, Task, batch};
use super::node::{StatisticsNode, spec_of};

/// Rows of weights that a call may have for each row of its input.
const LINKS_PER_ROW: usize = 64;

/// Plans the execution of [`StatisticsNode`]. Sessions that have a query
/// planner of their own give this to it; [`crate::functions::register`] does
/// it for all others.
#[derive(Debug, Default)]
pub struct StatisticsExtensionPlanner;

#[async_trait]
impl ExtensionPlanner for StatisticsExtensionPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _planning_context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<StatisticsNode>() else {
            return Ok(None);
        };
        Ok(Some(Arc::new(StatisticsExec::new(
            node.call.clone(),
            node.row_limit,
            physical_inputs.to_vec(),
        )?)))
    }
}

/// The execution of one call. It reads all rows of its queries, no more than
/// its limit, computes on a thread that may block, and gives one partition in
/// order of ids.
struct StatisticsExec {
    call: Call,
    row_limit: usize,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    task: Arc<Task>,
    properties: Arc<PlanProperties>,
}

impl StatisticsExec {
    fn new(call: Call, row_limit: usize, inputs: Vec<Arc<dyn ExecutionPlan>>) -> Result<Self> {
        let Some(input) = inputs.first() else {
            return internal_err!("{} has no query", call.function);
        };
        let schemas = Inputs {
            input: input.schema(),
            weights: inputs.get(1).map(|weights| weights.schema()),
        };
        let task = (spec_of(&call)?.bind)(&call, &schemas)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&task.schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Ok(Self {
            call,
            row_limit,
            inputs,
            task: Arc::new(task),
            properties: Arc::new(properties),
        })
    }
}

impl fmt::Debug for StatisticsExec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StatisticsExec: {}", self.call)
    }
}

impl DisplayAs for StatisticsExec {
    fn fmt_as(&self, _: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "StatisticsExec: {}, row_limit={}",
            self.call, self.row_limit
        )
    }
}

impl ExecutionPlan for StatisticsExec {
    fn name(&self) -> &'static str {
        "StatisticsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; self.inputs.len()])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(
            self.call.clone(),
            self.row_limit,
            children,
        )?))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("StatisticsExec has one partition, not {}", partition + 1);
        }
        let function = self.call.function;
        let reservation = MemoryConsumer::new(function).register(context.memory_pool());
        let streams = self
            .inputs
            .iter()
            .map(|input| input.execute(0, Arc::clone(&context)))
            .collect::<Result<Vec<_>>>()?;
        let work = Work {
            function,
            row_limit: self.row_limit,
            most_rows: spec_of(&self.call)?.rows.most,
            task: Arc::clone(&self.task),
            batch_size: context.session_config().batch_size(),
        };
        let batches = stream::once(work.run(streams, reservation))
            .map_ok(|batches| stream::iter(batches.into_iter().map(Ok)))
            .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.task.schema),
            batches,
        )))
    }
}

struct Work {
    function: &'static str,
    row_limit: usize,
    most_rows: usize,
    task: Arc<Task>,
    batch_size: usize,
}

impl Work {
    async fn run(
        self,
        streams: Vec<SendableRecordBatchStream>,
        mut reservation: MemoryReservation,
    ) -> Result<Vec<RecordBatch>> {
        let mut inputs = Vec::with_capacity(streams.len());
        for (place, stream) in streams.into_iter().enumerate() {
            let (name, limit) = match place {
                0 => ("input", self.row_limit),
                _ => ("weights", self.row_limit.saturating_mul(LINKS_PER_ROW)),
            };
            inputs.push(self.collect(name, limit, stream, &mut reservation).await?);
        }
        let mut inputs = inputs.into_iter();
        let Some(input) = inputs.next() else {
            return internal_err!("{} has no query", self.function);
        };
        let rows = Rows {
            input,
            weights: inputs.next(),
        };
        let Self {
            function,
            task,
            batch_size,
            ..
        } = self;
        // Dropped with the query, the task is waited for no longer; what runs
        // already runs to its end, which the row limit bounds.
        let computed = SpawnedTask::spawn_blocking(move || {
            let columns = (task.run)(&rows)?;
            batch(function, &task.schema, columns)
        })
        .join_unwind()
        .await
        .map_err(|error| datafusion::common::DataFusionError::ExecutionJoin(Box::new(error)))??;
        drop(reservation);
        Ok((0..computed.num_rows())
            .step_by(batch_size.max(1))
            .map(|start| computed.slice(start, batch_size.min(computed.num_rows() - start)))
            .collect())
    }

    async fn collect(
        &self,
        name: &'static str,
        limit: usize,
        mut stream: SendableRecordBatchStream,
        reservation: &mut MemoryReservation,
    ) -> Result<RecordBatch> {
        let schema = stream.schema();
        let mut batches = Vec::new();
        let mut rows = 0_usize;
        while let Some(next) = stream.next().await {
            let next = next?;
            rows += next.num_rows();
            if rows > limit {
                return Err(StatisticsError::TooManyRows {
                    function: self.function,
                    input: name,
                    limit,
                    most: self.most_rows,
                }
                .into());
            }
            // Twice: the batches, and the one they are put together in.
            reservation.try_grow(2 * next.get_array_memory_size())?;
            batches.push(next);
        }
        Ok(concat_batches(&schema, &batches)?)
    }
}
