//! Arrays of results.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, NullBufferBuilder,
    StringBuilder, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err};
use rayon::prelude::*;

use super::arguments::IndexKind;
use super::index_text::write_index;

/// Most entries that the lists of one batch may hold together: 128 MiB of
/// indexes. A disk of 2,300 steps, or all children seven levels down, fit.
const MOST_ENTRIES: u64 = 1 << 24;

/// Fewer rows than this are not worth another thread: half a millisecond for
/// what takes half a microsecond a row.
const LEAST_ROWS_OF_A_PIECE: usize = 1 << 10;

/// One value a row, of what takes long and depends on nothing but its row: all
/// processors work on it, and values come in the order of rows however many
/// there are.
pub(super) fn worked_out<T: Send>(
    rows: usize,
    value: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    if rows < 2 * LEAST_ROWS_OF_A_PIECE {
        return (0..rows).map(value).collect();
    }
    let rows = (0..rows).into_par_iter();
    rows.with_min_len(LEAST_ROWS_OF_A_PIECE)
        .map(&value)
        .collect()
}

/// Indexes in the type they are asked for.
pub(super) fn index_array(
    kind: IndexKind,
    rows: usize,
    index: impl Fn(usize) -> Option<u64>,
) -> ArrayRef {
    match kind {
        IndexKind::Unsigned => Arc::new((0..rows).map(index).collect::<UInt64Array>()),
        IndexKind::Signed => Arc::new(
            (0..rows)
                .map(|row| index(row).map(|bits| bits as i64))
                .collect::<Int64Array>(),
        ),
        IndexKind::Text => {
            let mut texts = StringBuilder::with_capacity(rows, rows * 16);
            let mut buffer = [0; 16];
            for row in 0..rows {
                match index(row) {
                    Some(bits) => texts.append_value(write_index(bits, &mut buffer)),
                    None => texts.append_null(),
                }
            }
            Arc::new(texts.finish())
        }
    }
}

/// Items that lists are made of.
pub(super) trait Item: Sized {
    /// An array of items, none of them null.
    fn array(items: Vec<Self>) -> ArrayRef;
}

impl Item for f64 {
    fn array(items: Vec<Self>) -> ArrayRef {
        Arc::new(Float64Array::from(items))
    }
}

impl Item for i32 {
    fn array(items: Vec<Self>) -> ArrayRef {
        Arc::new(Int32Array::from(items))
    }
}

fn indexes(kind: IndexKind, items: Vec<u64>) -> ArrayRef {
    match kind {
        IndexKind::Unsigned => Arc::new(UInt64Array::from(items)),
        IndexKind::Signed => Arc::new(
            items
                .into_iter()
                .map(|bits| bits as i64)
                .collect::<Int64Array>(),
        ),
        IndexKind::Text => index_array(kind, items.len(), |item| Some(items[item])),
    }
}

/// Lists, one a row, in one buffer.
pub(super) struct Lists<T> {
    name: &'static str,
    items: Vec<T>,
    offsets: Vec<i32>,
    valid: NullBufferBuilder,
}

impl<T> Lists<T> {
    /// Lists that a function gives back, for `rows` rows.
    pub(super) fn new(name: &'static str, rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            name,
            items: Vec::new(),
            offsets,
            valid: NullBufferBuilder::new(rows),
        }
    }

    /// Makes sure of room for so many more items before they are worked out.
    pub(super) fn reserve(&mut self, more: u64) -> Result<()> {
        if self.items.len() as u64 + more > MOST_ENTRIES {
            return exec_err!(
                "{}: the lists of one batch would hold more than {MOST_ENTRIES} entries: ask for \
                 fewer steps, a coarser resolution or a smaller area",
                self.name
            );
        }
        self.items.reserve(more as usize);
        Ok(())
    }

    /// The items so far; what is pushed belongs to the open row.
    pub(super) fn items(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    /// Throws away what was pushed into the open row.
    pub(super) fn reopen(&mut self) {
        self.items
            .truncate(*self.offsets.last().expect("offsets start with 0") as usize);
    }

    /// Ends the open row as a list.
    pub(super) fn close(&mut self) -> Result<()> {
        self.reserve(0)?;
        // At most 2²⁴ entries, so that it fits.
        self.offsets.push(self.items.len() as i32);
        self.valid.append_non_null();
        Ok(())
    }

    /// Ends the open row as null.
    pub(super) fn null(&mut self) {
        self.reopen();
        self.offsets.push(self.items.len() as i32);
        self.valid.append_null();
    }

    /// Ends the open row: a list if it was filled, null if not.
    pub(super) fn end(&mut self, filled: Option<()>) -> Result<()> {
        match filled {
            Some(()) => self.close(),
            None => {
                self.null();
                Ok(())
            }
        }
    }
}

impl<T: Item> Lists<T> {
    /// The lists.
    pub(super) fn finish(self) -> ArrayRef {
        list(self.offsets, T::array(self.items), self.valid)
    }
}

impl Lists<u64> {
    /// The lists as indexes of a type.
    pub(super) fn finish_indexes(self, kind: IndexKind) -> ArrayRef {
        list(self.offsets, indexes(kind, self.items), self.valid)
    }
}

/// Lists of lists of indexes, one a row.
pub(super) struct IndexGroups {
    /// The inner lists.
    pub(super) inner: Lists<u64>,
    offsets: Vec<i32>,
    valid: NullBufferBuilder,
}

impl IndexGroups {
    /// Lists of lists that a function gives back, for `rows` rows.
    pub(super) fn new(name: &'static str, rows: usize) -> Self {
        Self {
            inner: Lists::new(name, rows),
            offsets: vec![0],
            valid: NullBufferBuilder::new(rows),
        }
    }

    /// Ends the open row: the inner lists closed since the last row.
    pub(super) fn close(&mut self) {
        self.offsets.push(self.inner.offsets.len() as i32 - 1);
        self.valid.append_non_null();
    }

    /// Ends the open row as null.
    pub(super) fn null(&mut self) {
        self.offsets.push(self.inner.offsets.len() as i32 - 1);
        self.valid.append_null();
    }

    /// The lists of lists.
    pub(super) fn finish(self, kind: IndexKind) -> ArrayRef {
        list(self.offsets, self.inner.finish_indexes(kind), self.valid)
    }
}

fn list(offsets: Vec<i32>, items: ArrayRef, mut valid: NullBufferBuilder) -> ArrayRef {
    let item: DataType = items.data_type().clone();
    Arc::new(ListArray::new(
        Arc::new(Field::new_list_field(item, true)),
        OffsetBuffer::new(offsets.into()),
        items,
        valid.finish(),
    ))
}
