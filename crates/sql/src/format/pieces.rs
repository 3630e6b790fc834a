//! Batches cut to a size that every reader of messages takes.

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::DataType;

/// Most bytes of a batch in an Arrow stream, unless a single row has more:
/// readers of messages refuse those of four megabytes.
const MOST_BATCH_BYTES: usize = 1 << 20;

/// A batch in pieces of few enough bytes, in order; itself where it is small.
///
/// Halves what is too large until it is not: O(rows · log pieces). Texts and
/// bytes that are views keep only what they show, since a stream carries the
/// whole of what they look at.
pub(super) fn pieces(batch: &RecordBatch) -> Vec<RecordBatch> {
    pieces_of(batch, MOST_BATCH_BYTES)
}

fn pieces_of(batch: &RecordBatch, most: usize) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    let columns = batch.columns().iter();
    let bytes: usize = columns.map(|column| bytes_of(column.as_ref())).sum();
    if bytes <= most || rows < 2 {
        return vec![compact(batch)];
    }
    let half = rows / 2;
    let mut pieces = pieces_of(&batch.slice(0, half), most);
    pieces.extend(pieces_of(&batch.slice(half, rows - half), most));
    pieces
}

/// Bytes that the values of a column take, to within its validity and padding.
pub(crate) fn bytes_of(array: &dyn Array) -> usize {
    let views = array.len() * 16;
    match array.data_type() {
        DataType::Utf8View => views + array.as_string_view().total_buffer_bytes_used(),
        DataType::BinaryView => views + array.as_binary_view().total_buffer_bytes_used(),
        _ => {
            let size = array.to_data().get_slice_memory_size();
            size.unwrap_or_else(|_| array.get_array_memory_size())
        }
    }
}

/// The batch with views over nothing that they do not show, where that saves
/// more than half.
fn compact(batch: &RecordBatch) -> RecordBatch {
    fn held(buffers: &[arrow::buffer::Buffer]) -> usize {
        buffers.iter().map(arrow::buffer::Buffer::len).sum()
    }
    let columns = batch.columns().iter().map(|column| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8View => {
                let array = column.as_string_view();
                if held(array.data_buffers()) > 2 * array.total_buffer_bytes_used() {
                    return std::sync::Arc::new(array.gc());
                }
            }
            DataType::BinaryView => {
                let array = column.as_binary_view();
                if held(array.data_buffers()) > 2 * array.total_buffer_bytes_used() {
                    return std::sync::Arc::new(array.gc());
                }
            }
            _ => {}
        }
        std::sync::Arc::clone(column)
    });
    let columns: Vec<_> = columns.collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns, &options)
        .expect("the columns have the types and rows that they had")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{StringArray, StringViewArray};

    use super::*;

    fn texts(rows: usize, bytes: usize) -> Vec<String> {
        (0..rows).map(|row| format!("{row:0>bytes$}")).collect()
    }

    #[test]
    fn a_large_batch_is_cut_and_put_together_again_is_the_same() {
        for column in [
            Arc::new(StringArray::from(texts(101, 100))) as ArrayRef,
            Arc::new(StringViewArray::from_iter_values(texts(101, 100))),
        ] {
            let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
            let pieces = pieces_of(&batch, 2_000);
            assert!(pieces.len() > 5);
            for piece in &pieces {
                assert!(bytes_of(piece.column(0).as_ref()) <= 2_000);
                assert!(piece.get_array_memory_size() < 200 * 100, "views keep all");
            }
            let whole = arrow::compute::concat_batches(&batch.schema(), &pieces).unwrap();
            assert_eq!(whole, batch);
        }
    }

    #[test]
    fn one_row_is_never_cut_and_no_rows_stay_none() {
        let column: ArrayRef = Arc::new(StringArray::from(texts(1, 5_000)));
        let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
        assert_eq!(pieces_of(&batch, 10), std::slice::from_ref(&batch));
        let none = batch.slice(0, 0);
        assert_eq!(pieces_of(&none, 10), [none]);
    }
}
