//! Counts by class as a table.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringBuilder};
use safeground_schema::release::breakdowns_schema;

use super::protect::ClassBlock;
use crate::EngineError;

/// One table of all classes, sorted by layer, theme, period, breakdown, class
/// and unit.
///
/// # Errors
/// Arrow's, where columns differ in length.
pub(super) fn breakdowns_table(blocks: &[ClassBlock]) -> Result<RecordBatch, EngineError> {
    let mut sorted: Vec<([String; 5], &ClassBlock)> = blocks
        .iter()
        .map(|of| {
            let (layer, theme) = (&of.block.units().key, of.block.theme());
            let key = [
                layer.to_string(),
                theme.to_string(),
                of.block.period().to_string(),
                of.by.to_string(),
                of.class.to_owned(),
            ];
            (key, of)
        })
        .collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let text = |of: &dyn Fn(&[String; 5], &ClassBlock, usize) -> String| -> ArrayRef {
        let mut builder = StringBuilder::new();
        for (key, class) in &sorted {
            for row in 0..class.block.observations().len() {
                builder.append_value(of(key, class, row));
            }
        }
        Arc::new(builder.finish())
    };
    let counts: Int64Array = sorted
        .iter()
        .flat_map(|(_, class)| class.block.observations())
        .map(|one| one.known().and_then(|count| i64::try_from(count).ok()))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        text(&|key, _, _| key[0].clone()),
        text(&|_, class, row| class.block.units().ids[row].clone()),
        text(&|key, _, _| key[1].clone()),
        text(&|key, _, _| key[2].clone()),
        text(&|key, _, _| key[3].clone()),
        text(&|key, _, _| key[4].clone()),
        text(&|_, class, row| class.block.observations()[row].status().to_string()),
        Arc::new(counts),
    ];
    Ok(RecordBatch::try_new(breakdowns_schema(), columns)?)
}
