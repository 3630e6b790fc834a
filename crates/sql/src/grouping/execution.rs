//! The operator that deals, and hands out the parts in their order.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::aggregates::{AggregateExec, PhysicalGroupBy};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, InputDistributionRequirements,
    PlanProperties, replace_children_if_necessary,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::deal::{Dealer, groups, hash};
use super::handed::{Giver, HandedExec};
use super::pool::PartsPool;
use super::settings::DealSettings;

/// An aggregation that deals its rows to parts where that is worth it.
///
/// It takes one partition and gives one. Rows come by part, and within a part
/// in the order in which its groups first appear.
pub(super) struct DealtAggregateExec {
    aggregate: Arc<AggregateExec>,
    settings: DealSettings,
}

impl DealtAggregateExec {
    /// The same aggregation, which must have one partition and no order.
    pub(super) fn new(aggregate: Arc<AggregateExec>, settings: DealSettings) -> Self {
        Self {
            aggregate,
            settings,
        }
    }
}

impl fmt::Debug for DealtAggregateExec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DealtAggregateExec: {:?}", self.aggregate)
    }
}

impl DisplayAs for DealtAggregateExec {
    fn fmt_as(&self, kind: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Dealt")?;
        self.aggregate.fmt_as(kind, formatter)
    }
}

impl ExecutionPlan for DealtAggregateExec {
    fn name(&self) -> &'static str {
        "DealtAggregateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.aggregate.properties()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.aggregate.children()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.aggregate.apply_expressions(visit)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let aggregate = Arc::clone(&self.aggregate) as Arc<dyn ExecutionPlan>;
        let aggregate = replace_children_if_necessary(aggregate, children)?;
        match aggregate.downcast_ref::<AggregateExec>() {
            Some(aggregate) => {
                let aggregate = Arc::new(aggregate.clone());
                Ok(Arc::new(Self::new(aggregate, self.settings)))
            }
            None => internal_err!("an aggregation over other rows is one"),
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!(
                "DealtAggregateExec has one partition, not {}",
                partition + 1
            );
        }
        let input = self.aggregate.input().execute(0, Arc::clone(&context))?;
        let schema = self.aggregate.schema();
        let dealing = Dealing {
            memory: MemoryConsumer::new("DealtRows").register(context.memory_pool()),
            aggregate: Arc::clone(&self.aggregate),
            settings: self.settings,
            context,
        };
        let rows = stream::once(dealing.run(input)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// One run of the operator.
struct Dealing {
    aggregate: Arc<AggregateExec>,
    settings: DealSettings,
    context: Arc<TaskContext>,
    /// For rows that are looked at, and those that wait for a full batch.
    memory: MemoryReservation,
}

/// Rows that were looked at, each batch with its groups.
type Seen = Vec<(RecordBatch, Vec<ArrayRef>)>;

/// One part.
struct Part {
    giver: Giver,
    rows: SendableRecordBatchStream,
}

impl Dealing {
    /// 1. Looks at the first rows, and at how many groups they have.
    /// 2. With few, or with few rows, it is the aggregation that it stands for.
    /// 3. With many it deals all rows, and gives each part its batches as they
    ///    get full.
    /// 4. It hands out the rows of the first part, then those of the next.
    async fn run(self, mut input: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
        let expressions = self.aggregate.group_expr().input_exprs();
        let mut seen: Seen = Vec::new();
        let mut hashes = Vec::new();
        let mut by_hash = true;
        while hashes.len() < self.settings.looked_at && by_hash {
            let Some(batch) = input.next().await.transpose()? else {
                break;
            };
            // What cannot be held back is decided without.
            let bytes = batch.get_array_memory_size();
            let held = self.memory.try_grow(bytes).is_ok();
            let groups = groups(&expressions, &batch)?;
            // A type that has no hash is left to the engine.
            by_hash = held && hash(&groups, batch.num_rows(), &mut hashes).is_ok();
            seen.push((batch, groups));
        }
        let looked_at = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        let worth_it = looked_at >= self.settings.looked_at
            && hashes.len() >= self.settings.least_groups
            && by_hash;
        drop(hashes);
        match worth_it {
            true => self.dealt(seen, input).await,
            false => self.whole(seen, input),
        }
    }

    /// The aggregation as it was planned.
    fn whole(
        self,
        seen: Seen,
        input: SendableRecordBatchStream,
    ) -> Result<SendableRecordBatchStream> {
        let schema = input.schema();
        self.memory.free();
        let seen = seen.into_iter().map(|(batch, _)| Ok(batch));
        let rows = stream::iter(seen).chain(input);
        let rows: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), rows));
        let handed: Arc<dyn ExecutionPlan> = Arc::new(HandedExec::new(schema, vec![rows]));
        replace_children_if_necessary(self.aggregate, vec![handed])?.execute(0, self.context)
    }

    async fn dealt(
        self,
        seen: Seen,
        mut input: SendableRecordBatchStream,
    ) -> Result<SendableRecordBatchStream> {
        let keyed = Keyed::new(&self.aggregate, &input.schema())?;
        let mut parts = self.parts(&keyed)?;
        let mut keyed_seen = Vec::with_capacity(seen.len());
        for (batch, groups) in seen {
            keyed_seen.push((keyed.with_groups(batch, &groups)?, groups));
        }
        let batch_rows = self.settings.batch_rows(
            keyed_seen.iter().map(|(batch, _)| batch),
            self.context.memory_pool().memory_limit(),
            self.context.session_config().batch_size(),
        );
        let mut dealer = Dealer::new(&keyed.schema, parts.len(), batch_rows);
        for (batch, groups) in keyed_seen {
            dealer.deal(&batch, &groups)?;
            self.give(&mut dealer, &mut parts).await?;
        }
        let expressions = self.aggregate.group_expr().input_exprs();
        while let Some(batch) = input.next().await.transpose()? {
            let groups = groups(&expressions, &batch)?;
            let batch = keyed.with_groups(batch, &groups)?;
            dealer.deal(&batch, &groups)?;
            self.give(&mut dealer, &mut parts).await?;
        }
        // Its memory is free before that of the answer is needed.
        drop(input);
        for (number, part) in parts.iter_mut().enumerate() {
            dealer.finish(number)?;
            part.take_all(&mut dealer, number).await?;
            part.giver.close();
        }
        drop(dealer);
        self.memory.free();
        let parts: VecDeque<_> = parts.into();
        let schema = self.aggregate.schema();
        let described = Arc::clone(&schema);
        // A part is dropped, and its memory free, before the next one's rows
        // are made.
        let rows = stream::iter(parts).flat_map(|part| part.rows);
        let rows = rows.map(move |batch| Ok(batch?.with_schema(Arc::clone(&described))?));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    /// Gives every part its full batches. Where memory is short, also those
    /// that are not full.
    async fn give(&self, dealer: &mut Dealer, parts: &mut [Part]) -> Result<()> {
        let short = self.memory.try_resize(dealer.waiting_bytes()).is_err();
        for (number, part) in parts.iter_mut().enumerate() {
            if short {
                dealer.finish(number)?;
            }
            part.take_all(dealer, number).await?;
        }
        match short {
            true => self.memory.try_resize(dealer.waiting_bytes()),
            false => Ok(()),
        }
    }

    /// The parts, each the engine's aggregation of what it is given.
    fn parts(&self, keyed: &Keyed) -> Result<Vec<Part>> {
        let count = self.settings.parts;
        let runtime = self.context.runtime_env();
        let can_spill = runtime.disk_manager.tmp_files_enabled();
        let pool = PartsPool::within(self.context.memory_pool(), count, can_spill);
        let runtime =
            RuntimeEnvBuilder::from_runtime_env(&runtime).with_memory_pool(Arc::new(pool));
        let context = TaskContext::default()
            .with_session_config(self.context.session_config().clone())
            .with_runtime(runtime.build_arc()?);
        let context = Arc::new(context);
        let givers: Vec<Giver> = (0..count).map(|_| Giver::default()).collect();
        let streams = givers.iter();
        let streams = streams.map(|giver| giver.stream(Arc::clone(&keyed.schema)));
        let handed: Arc<dyn ExecutionPlan> = Arc::new(HandedExec::new(
            Arc::clone(&keyed.schema),
            streams.collect(),
        ));
        let aggregate = AggregateExec::try_new(
            *self.aggregate.mode(),
            keyed.groups.clone(),
            self.aggregate.aggr_expr().to_vec(),
            self.aggregate.filter_expr().to_vec(),
            handed,
            self.aggregate.input_schema(),
        )?;
        let parts = givers.into_iter().enumerate().map(|(number, giver)| {
            let rows = aggregate.execute(number, Arc::clone(&context))?;
            Ok(Part { giver, rows })
        });
        parts.collect()
    }
}

impl Part {
    /// Lets the part take its full batches, one by one.
    async fn take_all(&mut self, dealer: &mut Dealer, number: usize) -> Result<()> {
        while let Some(batch) = dealer.full(number) {
            self.giver.give(batch);
            poll_fn(|context| match self.rows.poll_next_unpin(context) {
                // It wants more, or it is busy and will wake this task.
                Poll::Pending if self.giver.is_empty() => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
                Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
                Poll::Ready(_) => Poll::Ready(internal_err!("a part gave rows before it had all")),
            })
            .await?;
        }
        Ok(())
    }
}

/// The input of the parts: groups that are computed become columns, so that
/// they are computed once.
struct Keyed {
    schema: SchemaRef,
    groups: PhysicalGroupBy,
    /// Places, among the groups, of those that are computed.
    computed: Vec<usize>,
}

impl Keyed {
    fn new(aggregate: &AggregateExec, input: &SchemaRef) -> Result<Self> {
        let mut fields: Vec<_> = input.fields().iter().cloned().collect();
        let mut groups = Vec::new();
        let mut computed = Vec::new();
        for (place, (expression, name)) in aggregate.group_expr().expr().iter().enumerate() {
            if expression.downcast_ref::<Column>().is_some() {
                groups.push((Arc::clone(expression), name.clone()));
                continue;
            }
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(name, fields.len()));
            let field = expression.return_field(input)?;
            fields.push(Arc::new(field.as_ref().clone().with_name(name)));
            groups.push((column, name.clone()));
            computed.push(place);
        }
        let schema = Schema::new_with_metadata(fields, input.metadata().clone());
        Ok(Self {
            schema: Arc::new(schema),
            groups: PhysicalGroupBy::new_single(groups),
            computed,
        })
    }

    fn with_groups(&self, batch: RecordBatch, groups: &[ArrayRef]) -> Result<RecordBatch> {
        if self.computed.is_empty() {
            return Ok(batch);
        }
        let (_, mut columns, _) = batch.into_parts();
        let computed = self.computed.iter();
        columns.extend(computed.map(|place| Arc::clone(&groups[*place])));
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}
