//! When rows are dealt, to how many parts, and how many of them wait.

use arrow::array::{Array as _, RecordBatch};
use datafusion::execution::memory_pool::MemoryLimit;

/// A batch of this many rows meets each line of a part's table several times.
const MOST_BATCH_ROWS: usize = 1 << 17;

/// Fewer rows at a time than this cost more to hand over than to group.
const LEAST_BATCH_ROWS: usize = 1 << 10;

/// The part of a query's memory, one in so many, that waiting rows may have.
const WAITING_SHARE: usize = 8;

/// When rows are dealt to parts by their groups, and to how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealSettings {
    pub(super) parts: usize,
    pub(super) looked_at: usize,
    pub(super) least_groups: usize,
    pub(super) waiting_bytes: usize,
}

/// Why these are no settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DealSettingsError {
    /// One part deals nothing; too many lose more by dealing than they gain.
    #[error("rows are dealt to between 2 and {most} parts (got {got})")]
    Parts {
        /// Parts asked for.
        got: usize,
        /// Most parts.
        most: usize,
    },
    /// More groups than rows are looked at.
    #[error(
        "among {looked_at} rows there are between 1 and {looked_at} groups (got {got}): ask for \
         fewer groups, or look at more rows"
    )]
    Groups {
        /// Groups asked for.
        got: usize,
        /// Rows looked at.
        looked_at: usize,
    },
}

impl DealSettings {
    /// Most parts.
    pub const MOST_PARTS: usize = 256;

    /// Rows are dealt to `parts` parts where the first `looked_at` rows have at
    /// least `least_groups` groups.
    ///
    /// # Errors
    /// [`DealSettingsError`].
    pub fn new(
        parts: usize,
        looked_at: usize,
        least_groups: usize,
    ) -> Result<Self, DealSettingsError> {
        if !(2..=Self::MOST_PARTS).contains(&parts) {
            return Err(DealSettingsError::Parts {
                got: parts,
                most: Self::MOST_PARTS,
            });
        }
        if !(1..=looked_at).contains(&least_groups) {
            return Err(DealSettingsError::Groups {
                got: least_groups,
                looked_at,
            });
        }
        Ok(Self {
            parts,
            looked_at,
            least_groups,
            waiting_bytes: Self::default().waiting_bytes,
        })
    }

    /// The same, with about so many bytes of rows that wait in all parts
    /// together until a part's batch is full.
    ///
    /// A part's table is out of the cache whenever its turn comes. The more
    /// rows it is given at once, the more of them find it there again.
    #[must_use]
    pub fn with_waiting_bytes(self, waiting_bytes: usize) -> Self {
        Self {
            waiting_bytes,
            ..self
        }
    }

    /// Rows of a part's full batch, for rows as wide as these, where a query
    /// has so much memory: between 1,024 (or what the session calls a batch, if
    /// that is less) and 131,072.
    pub(super) fn batch_rows<'a>(
        &self,
        seen: impl Iterator<Item = &'a RecordBatch>,
        memory: MemoryLimit,
        session_rows: usize,
    ) -> usize {
        let (rows, bytes) = seen.fold((0, 0), |(rows, bytes), batch| {
            (rows + batch.num_rows(), bytes + bytes_of(batch))
        });
        let row_bytes = bytes.div_ceil(rows.max(1)).max(1);
        let waiting = match memory {
            MemoryLimit::Finite(bytes) => self.waiting_bytes.min(bytes / WAITING_SHARE),
            MemoryLimit::Infinite | MemoryLimit::Unknown => self.waiting_bytes,
        };
        let least = LEAST_BATCH_ROWS.min(session_rows);
        (waiting / self.parts / row_bytes).clamp(least, MOST_BATCH_ROWS)
    }
}

/// Bytes of the rows of a batch, without those that a slice leaves out.
fn bytes_of(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    let bytes = columns.map(|column| {
        let slice = column.to_data().get_slice_memory_size();
        slice.unwrap_or_else(|_| column.get_array_memory_size())
    });
    bytes.sum()
}

impl Default for DealSettings {
    /// 64 parts, where half of the first 65,536 rows begin a group, and 64 MiB
    /// of rows that wait.
    fn default() -> Self {
        Self {
            parts: 64,
            looked_at: 1 << 16,
            least_groups: 1 << 15,
            waiting_bytes: 64 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    #[test]
    fn what_deals_nothing_or_never_is_refused() {
        assert!(DealSettings::new(2, 1, 1).is_ok());
        for (parts, looked_at, groups) in [(0, 8, 4), (1, 8, 4), (257, 8, 4), (2, 8, 9), (2, 8, 0)]
        {
            assert!(DealSettings::new(parts, looked_at, groups).is_err());
        }
    }

    #[test]
    fn wide_rows_wait_in_smaller_batches() {
        let rows_of = |width: usize, waiting: usize, memory: Option<usize>| {
            let texts = vec!["x".repeat(width); 1_000];
            let column: ArrayRef = Arc::new(StringArray::from(texts));
            let batch = RecordBatch::try_from_iter([("text", column)]).unwrap();
            let settings = DealSettings::default().with_waiting_bytes(waiting);
            // A slice is no wider than its rows.
            let slice = batch.slice(10, 20);
            let memory = memory.map_or(MemoryLimit::Infinite, MemoryLimit::Finite);
            settings.batch_rows([&slice].into_iter(), memory, 8_192)
        };
        assert_eq!(rows_of(1, usize::MAX, None), MOST_BATCH_ROWS);
        assert_eq!(rows_of(1, 0, None), LEAST_BATCH_ROWS);
        let (narrow, wide) = (rows_of(100, 64 << 20, None), rows_of(400, 64 << 20, None));
        assert!(
            wide < narrow && narrow < MOST_BATCH_ROWS,
            "{wide}, {narrow}"
        );
        assert!(wide * 64 * 400 <= 64 << 20, "{wide}");
        let little = rows_of(100, 64 << 20, Some(256 << 20));
        assert!((narrow / 2).abs_diff(little) <= 1, "{little} of {narrow}");
    }
}
