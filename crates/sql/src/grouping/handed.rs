//! Rows that are handed to an operator, in the place of its input.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::Stream;

/// An input whose partitions are streams that are there already. Each can be
/// taken once.
pub(super) struct HandedExec {
    streams: Vec<Mutex<Option<SendableRecordBatchStream>>>,
    properties: Arc<PlanProperties>,
}

impl HandedExec {
    /// An input of these streams, all of one schema.
    pub(super) fn new(schema: SchemaRef, streams: Vec<SendableRecordBatchStream>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(streams.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            streams: streams
                .into_iter()
                .map(|stream| Mutex::new(Some(stream)))
                .collect(),
            properties: Arc::new(properties),
        }
    }
}

impl fmt::Debug for HandedExec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HandedExec")
    }
}

impl DisplayAs for HandedExec {
    fn fmt_as(&self, _: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HandedExec")
    }
}

impl ExecutionPlan for HandedExec {
    fn name(&self) -> &'static str {
        "HandedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
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
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("HandedExec has no children"),
        }
    }

    fn execute(
        &self,
        partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let stream = self.streams.get(partition);
        let stream = stream.and_then(|stream| {
            let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
            stream.take()
        });
        stream.ok_or_else(|| internal_datafusion_err!("partition {partition} was handed out"))
    }
}

/// The giving end of a stream of batches.
#[derive(Debug, Clone, Default)]
pub(super) struct Giver(Arc<Mutex<Given>>);

#[derive(Debug, Default)]
struct Given {
    batches: VecDeque<RecordBatch>,
    closed: bool,
}

impl Giver {
    fn lock(&self) -> MutexGuard<'_, Given> {
        // What it holds is whole at every moment the lock is free.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a batch.
    pub(super) fn give(&self, batch: RecordBatch) {
        self.lock().batches.push_back(batch);
    }

    /// Whether all that was given has been taken.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().batches.is_empty()
    }

    /// Gives no more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    /// The taking end.
    pub(super) fn stream(&self, schema: SchemaRef) -> SendableRecordBatchStream {
        Box::pin(Taken {
            giver: self.clone(),
            schema,
        })
    }
}

/// The taking end of [`Giver`]. Where nothing is given yet it is pending and
/// wakes nobody: whoever gives also polls whoever takes.
struct Taken {
    giver: Giver,
    schema: SchemaRef,
}

impl Stream for Taken {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut given = self.giver.lock();
        match given.batches.pop_front() {
            Some(batch) => Poll::Ready(Some(Ok(batch))),
            None if given.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl RecordBatchStream for Taken {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
