//! The arguments of one call, read row by row without copies.
//!
//! A constant stays one row: its readers answer every row with it. Null reads
//! as `None`, and so does text that is not hexadecimal.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, LargeStringArray, ListArray,
    StringArray, StringViewArray, UInt64Array,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use h3o::{CellIndex, DirectedEdgeIndex, Resolution, VertexIndex};

use super::function::FunctionSpec;
use super::index_text::parse_index;

/// How an index is given back: as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IndexKind {
    Unsigned,
    Signed,
    Text,
}

/// The arguments of one call.
pub(super) struct Arguments {
    name: &'static str,
    columns: Vec<Column>,
    rows: usize,
}

struct Column {
    values: ArrayRef,
    /// All ones for a column, zero for a constant: row & mask is its place.
    mask: usize,
}

impl Arguments {
    /// Arguments over `rows` rows.
    pub(super) fn new(spec: &FunctionSpec, given: &[ColumnarValue], rows: usize) -> Result<Self> {
        let columns = given
            .iter()
            .map(|value| {
                Ok(match value {
                    ColumnarValue::Array(values) => Column {
                        values: Arc::clone(values),
                        mask: usize::MAX,
                    },
                    ColumnarValue::Scalar(value) => Column {
                        values: value.to_array_of_size(1)?,
                        mask: 0,
                    },
                })
            })
            .collect::<Result<Vec<_>>>()?;
        if columns
            .iter()
            .any(|column| column.mask != 0 && column.values.len() != rows)
        {
            return exec_err!("{} got columns of different lengths", spec.name);
        }
        Ok(Self {
            name: spec.name,
            columns,
            rows,
        })
    }

    /// Name of the function, for messages.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Number of rows to give back.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of arguments given.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// How indexes come in the argument at this place.
    pub(super) fn kind(&self, place: usize) -> IndexKind {
        let given = match self.columns[place].values.data_type() {
            DataType::List(item) => item.data_type(),
            other => other,
        };
        match given {
            DataType::UInt64 => IndexKind::Unsigned,
            DataType::Int64 => IndexKind::Signed,
            _ => IndexKind::Text,
        }
    }

    /// The argument at this place as indexes.
    pub(super) fn indexes(&self, place: usize) -> Indexes<'_> {
        let column = &self.columns[place];
        Indexes {
            values: IndexValues::of(&column.values),
            mask: column.mask,
        }
    }

    /// The argument at this place as lists of indexes.
    pub(super) fn index_lists(&self, place: usize) -> IndexLists<'_> {
        let column = &self.columns[place];
        let lists = column.values.as_list::<i32>();
        IndexLists {
            lists,
            values: IndexValues::of(lists.values()),
            mask: column.mask,
        }
    }

    /// The argument at this place as whole numbers.
    pub(super) fn integers(&self, place: usize) -> Integers<'_> {
        let column = &self.columns[place];
        Integers {
            values: column.values.as_primitive::<Int64Type>(),
            mask: column.mask,
        }
    }

    /// The argument at this place as lists of whole numbers.
    pub(super) fn integer_lists(&self, place: usize) -> IntegerLists<'_> {
        let column = &self.columns[place];
        let lists = column.values.as_list::<i32>();
        IntegerLists {
            lists,
            values: lists.values().as_primitive::<Int64Type>(),
            mask: column.mask,
        }
    }

    /// The argument at this place as numbers.
    pub(super) fn numbers(&self, place: usize) -> Numbers<'_> {
        let column = &self.columns[place];
        Numbers {
            values: column.values.as_primitive::<Float64Type>(),
            mask: column.mask,
        }
    }

    /// The argument at this place as text.
    pub(super) fn texts(&self, place: usize) -> Texts<'_> {
        let column = &self.columns[place];
        Texts {
            values: column.values.as_string::<i32>(),
            mask: column.mask,
        }
    }

    /// The argument at this place as bytes.
    pub(super) fn bytes(&self, place: usize) -> Bytes<'_> {
        let column = &self.columns[place];
        Bytes {
            values: column.values.as_binary::<i32>(),
            mask: column.mask,
        }
    }
}

enum IndexValues<'a> {
    Unsigned(&'a UInt64Array),
    Signed(&'a Int64Array),
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    TextView(&'a StringViewArray),
}

impl<'a> IndexValues<'a> {
    fn of(values: &'a ArrayRef) -> Self {
        match values.data_type() {
            DataType::UInt64 => Self::Unsigned(values.as_primitive::<UInt64Type>()),
            DataType::Int64 => Self::Signed(values.as_primitive::<Int64Type>()),
            DataType::LargeUtf8 => Self::LargeText(values.as_string::<i64>()),
            DataType::Utf8View => Self::TextView(values.as_string_view()),
            _ => Self::Text(values.as_string::<i32>()),
        }
    }

    #[inline]
    fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Unsigned(values) => values.is_valid(at).then(|| values.value(at)),
            // The bits count: an index with its top bit set is negative here.
            Self::Signed(values) => values.is_valid(at).then(|| values.value(at) as u64),
            Self::Text(values) => parse_index(values.is_valid(at).then(|| values.value(at))?),
            Self::LargeText(values) => parse_index(values.is_valid(at).then(|| values.value(at))?),
            Self::TextView(values) => parse_index(values.is_valid(at).then(|| values.value(at))?),
        }
    }

    fn is_null(&self, at: usize) -> bool {
        match self {
            Self::Unsigned(values) => values.is_null(at),
            Self::Signed(values) => values.is_null(at),
            Self::Text(values) => values.is_null(at),
            Self::LargeText(values) => values.is_null(at),
            Self::TextView(values) => values.is_null(at),
        }
    }
}

/// A column of indexes.
pub(super) struct Indexes<'a> {
    values: IndexValues<'a>,
    mask: usize,
}

impl Indexes<'_> {
    /// The bits in a row.
    #[inline]
    pub(super) fn bits(&self, row: usize) -> Option<u64> {
        self.values.get(row & self.mask)
    }

    /// Whether nothing was given in a row, as against something unreadable.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.values.is_null(row & self.mask)
    }

    /// The valid cell in a row.
    #[inline]
    pub(super) fn cell(&self, row: usize) -> Option<CellIndex> {
        CellIndex::try_from(self.bits(row)?).ok()
    }

    /// The valid directed edge in a row.
    #[inline]
    pub(super) fn edge(&self, row: usize) -> Option<DirectedEdgeIndex> {
        DirectedEdgeIndex::try_from(self.bits(row)?).ok()
    }

    /// The valid vertex in a row.
    #[inline]
    pub(super) fn vertex(&self, row: usize) -> Option<VertexIndex> {
        VertexIndex::try_from(self.bits(row)?).ok()
    }
}

/// A column of lists of indexes.
pub(super) struct IndexLists<'a> {
    lists: &'a ListArray,
    values: IndexValues<'a>,
    mask: usize,
}

impl IndexLists<'_> {
    /// The cells in a row, into `cells`; `None` for a null list and for one
    /// that holds a null or an index that is not a cell.
    pub(super) fn cells(&self, row: usize, cells: &mut Vec<CellIndex>) -> Option<()> {
        let at = row & self.mask;
        cells.clear();
        if self.lists.is_null(at) {
            return None;
        }
        let offsets = self.lists.value_offsets();
        for item in offsets[at] as usize..offsets[at + 1] as usize {
            cells.push(CellIndex::try_from(self.values.get(item)?).ok()?);
        }
        Some(())
    }
}

/// A column of whole numbers.
pub(super) struct Integers<'a> {
    values: &'a Int64Array,
    mask: usize,
}

impl Integers<'_> {
    /// The number in a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        let at = row & self.mask;
        self.values.is_valid(at).then(|| self.values.value(at))
    }

    /// The resolution in a row, 0 to 15.
    #[inline]
    pub(super) fn resolution(&self, row: usize) -> Option<Resolution> {
        Resolution::try_from(u8::try_from(self.get(row)?).ok()?).ok()
    }

    /// The number in a row, if it is a number of steps.
    #[inline]
    pub(super) fn steps(&self, row: usize) -> Option<u32> {
        u32::try_from(self.get(row)?).ok()
    }
}

/// A column of lists of whole numbers.
pub(super) struct IntegerLists<'a> {
    lists: &'a ListArray,
    values: &'a Int64Array,
    mask: usize,
}

impl IntegerLists<'_> {
    /// The numbers in a row; `None` for a null list or one that holds a null.
    pub(super) fn get(&self, row: usize) -> Option<&[i64]> {
        let at = row & self.mask;
        if self.lists.is_null(at) {
            return None;
        }
        let offsets = self.lists.value_offsets();
        let range = offsets[at] as usize..offsets[at + 1] as usize;
        if range.clone().any(|item| self.values.is_null(item)) {
            return None;
        }
        Some(&self.values.values()[range])
    }
}

/// A column of numbers.
pub(super) struct Numbers<'a> {
    values: &'a Float64Array,
    mask: usize,
}

impl Numbers<'_> {
    /// The number in a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        let at = row & self.mask;
        self.values.is_valid(at).then(|| self.values.value(at))
    }
}

/// A column of text.
pub(super) struct Texts<'a> {
    values: &'a StringArray,
    mask: usize,
}

impl Texts<'_> {
    /// The text in a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        let at = row & self.mask;
        self.values.is_valid(at).then(|| self.values.value(at))
    }
}

/// A column of bytes.
pub(super) struct Bytes<'a> {
    values: &'a BinaryArray,
    mask: usize,
}

impl Bytes<'_> {
    /// The bytes in a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        let at = row & self.mask;
        self.values.is_valid(at).then(|| self.values.value(at))
    }
}
