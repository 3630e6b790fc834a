//! Rows of a group, kept until the group is complete.

use arrow::array::{Array as _, ArrayRef, AsArray as _, StructArray, new_empty_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::encoding::{LayerParams, encode};

/// The rows of one group, in the order in which they came.
#[derive(Debug)]
pub(super) struct Rows {
    params: LayerParams,
    /// The type of a row.
    data_type: DataType,
    kept: Vec<ArrayRef>,
}

impl Rows {
    pub(super) fn new(params: LayerParams, data_type: DataType) -> Self {
        Self {
            params,
            data_type,
            kept: Vec::new(),
        }
    }

    fn all(&self) -> Result<ArrayRef> {
        if self.kept.is_empty() {
            return Ok(new_empty_array(&self.data_type));
        }
        let kept: Vec<_> = self.kept.iter().map(AsRef::as_ref).collect();
        Ok(concat(&kept)?)
    }
}

impl Accumulator for Rows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if !values[0].is_empty() {
            // A copy: a slice would keep the whole batch it is of.
            self.kept.push(concat(&[values[0].as_ref()])?);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>().iter().flatten();
        self.kept.extend(lists.filter(|rows| !rows.is_empty()));
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let rows = self.all()?;
        self.kept.clear();
        Ok(vec![
            SingleRowListArrayBuilder::new(rows).build_list_scalar(),
        ])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let rows = self.all()?;
        let rows: &StructArray = rows.as_struct();
        Ok(ScalarValue::Binary(Some(encode(&self.params, rows)?)))
    }

    fn size(&self) -> usize {
        let kept: usize = self
            .kept
            .iter()
            .map(|rows| rows.get_array_memory_size())
            .sum();
        size_of_val(self) + kept
    }
}
