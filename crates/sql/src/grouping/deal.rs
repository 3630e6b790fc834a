//! Dealing the rows of a batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{BatchCoalescer, take_record_batch};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::physical_expr::PhysicalExpr;

/// Not the seed of the hash tables that the parts fill: within one part all
/// hashes by the same seed would share their bits.
const SEED: u64 = 0x5afe_9207_4d0d_ea17;

/// Spreads what the hash leaves in its lower bits; the upper ones choose.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Values of the groups of some rows.
pub(super) fn groups(
    expressions: &[Arc<dyn PhysicalExpr>],
    batch: &RecordBatch,
) -> Result<Vec<ArrayRef>> {
    let values = expressions.iter().map(|expression| {
        let value = expression.evaluate(batch)?;
        value.into_array(batch.num_rows())
    });
    values.collect()
}

/// Appends a hash for each row of these groups: the same for the same group.
pub(super) fn hash(groups: &[ArrayRef], rows: usize, hashes: &mut Vec<u64>) -> Result<()> {
    let from = hashes.len();
    hashes.resize(from + rows, 0);
    create_hashes(groups, &RandomState::with_seed(SEED), &mut hashes[from..])?;
    Ok(())
}

/// Deals rows to parts by their groups, and puts each part's rows together to
/// batches.
pub(super) struct Dealer {
    parts: Vec<BatchCoalescer>,
    hashes: Vec<u64>,
    part_of: Vec<u16>,
    order: Vec<u32>,
}

impl Dealer {
    /// A dealer to so many parts, in batches of so many rows.
    pub(super) fn new(schema: &SchemaRef, parts: usize, batch_rows: usize) -> Self {
        Self {
            parts: (0..parts)
                .map(|_| BatchCoalescer::new(Arc::clone(schema), batch_rows))
                .collect(),
            hashes: Vec::new(),
            part_of: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Deals the rows of a batch, each part's in the order in which they came.
    ///
    /// 1. The part of each row is chosen by the hash of its group.
    /// 2. Rows are ordered by part, by counting; within a part they stay as
    ///    they are.
    /// 3. Columns are brought into that order once, and each part gets its
    ///    stretch.
    ///
    /// Time linear in rows and parts.
    pub(super) fn deal(&mut self, batch: &RecordBatch, groups: &[ArrayRef]) -> Result<()> {
        let rows = batch.num_rows();
        self.hashes.clear();
        hash(groups, rows, &mut self.hashes)?;
        let parts = self.parts.len() as u64;
        self.part_of.clear();
        self.part_of.extend(self.hashes.iter().map(|hash| {
            // Where the upper half of the hash falls, of so many equal parts.
            (((hash.wrapping_mul(SPREAD) >> 32) * parts) >> 32) as u16
        }));
        let mut next = vec![0_u32; self.parts.len() + 1];
        for part in &self.part_of {
            next[usize::from(*part) + 1] += 1;
        }
        for part in 1..next.len() {
            next[part] += next[part - 1];
        }
        let bounds = next.clone();
        self.order.resize(rows, 0);
        for (row, part) in (0_u32..).zip(&self.part_of) {
            let place = &mut next[usize::from(*part)];
            self.order[*place as usize] = row;
            *place += 1;
        }
        let order = UInt32Array::from(std::mem::take(&mut self.order));
        let dealt = take_record_batch(batch, &order)?;
        for (part, bounds) in self.parts.iter_mut().zip(bounds.windows(2)) {
            let (from, until) = (bounds[0] as usize, bounds[1] as usize);
            if until > from {
                part.push_batch(dealt.slice(from, until - from))?;
            }
        }
        // The memory of the order serves the next batch.
        if let Ok(order) = order.into_parts().1.into_inner().into_vec() {
            self.order = order;
        }
        Ok(())
    }

    /// The next full batch of a part.
    pub(super) fn full(&mut self, part: usize) -> Option<RecordBatch> {
        self.parts[part].next_completed_batch()
    }

    /// Makes the rest of a part its last batch, however small.
    pub(super) fn finish(&mut self, part: usize) -> Result<()> {
        Ok(self.parts[part].finish_buffered_batch()?)
    }

    /// Bytes of rows that wait for a full batch.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.parts.iter().map(BatchCoalescer::size).sum()
    }
}
