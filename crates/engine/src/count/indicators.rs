//! Published indicators: context, not our children, so they need no
//! protection and keep their own periods.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use safeground_schema::{Layer, Period};

use super::Places;
use crate::EngineError;

/// One published figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The value.
    pub value: f64,
    /// Respondents behind a survey figure.
    pub sample_size: Option<i64>,
    /// Standard error of a survey figure, in the unit of the value.
    pub standard_error: Option<f64>,
}

/// All figures of one indicator in one layer and period.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorBlock {
    /// Code of the indicator.
    pub code: String,
    /// Layer it is published for.
    pub layer: Layer,
    /// Period.
    pub period: Period,
    /// Unit as the table names it: `percent`, `cases`, ….
    pub unit: String,
    /// Publisher.
    pub source: Option<String>,
    /// Figures by place; a place the publisher left out is absent.
    pub figures: BTreeMap<u32, Figure>,
}

/// Reads the `indicators` table, sorted by code, layer and period. Where
/// several loads give the same figure, the one loaded last counts.
///
/// # Errors
/// The query's failure, or a period or place the table should not hold.
pub async fn read(
    ctx: &SessionContext,
    places: &Places,
) -> Result<Vec<IndicatorBlock>, EngineError> {
    let batches = ctx
        .sql(
            "SELECT place_id, indicator, period, unit, value, sample_size, standard_error, source \
             FROM indicators ORDER BY load_id, place_id, value",
        )
        .await?
        .collect()
        .await?;
    let mut blocks: BTreeMap<(String, Layer, String), IndicatorBlock> = BTreeMap::new();
    for batch in &batches {
        let text = |name: &str| cast(&batch[name], &DataType::Utf8);
        let (ids, codes) = (text("place_id")?, text("indicator")?);
        let (periods, units, sources) = (text("period")?, text("unit")?, text("source")?);
        let values = batch["value"].as_primitive::<Float64Type>();
        let samples = batch["sample_size"].as_primitive::<Int64Type>();
        let errors = batch["standard_error"].as_primitive::<Float64Type>();
        let (samples, errors): (Vec<_>, Vec<_>) =
            (samples.iter().collect(), errors.iter().collect());
        for (row, value) in values.iter().enumerate() {
            let Some(place) = places.find(ids.as_string::<i32>().value(row)) else {
                continue;
            };
            let period = periods.as_string::<i32>().value(row);
            let code = codes.as_string::<i32>().value(row);
            let layer = places.layer_of(place);
            let key = (code.to_owned(), layer.clone(), period.to_owned());
            let block = match blocks.entry(key) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => entry.insert(IndicatorBlock {
                    code: code.to_owned(),
                    layer: layer.clone(),
                    period: period.parse().map_err(|e| EngineError::Content {
                        table: "indicators",
                        reason: format!("indicator `{code}`: {e}"),
                    })?,
                    unit: units.as_string::<i32>().value(row).to_owned(),
                    source: sources
                        .as_string::<i32>()
                        .iter()
                        .nth(row)
                        .flatten()
                        .map(str::to_owned),
                    figures: BTreeMap::new(),
                }),
            };
            match value.filter(|v| v.is_finite()) {
                Some(value) => {
                    block.figures.insert(
                        place,
                        Figure {
                            value,
                            sample_size: samples[row].filter(|n| *n > 0),
                            standard_error: errors[row].filter(|e| e.is_finite() && *e >= 0.0),
                        },
                    );
                }
                // The publisher withdrew or suppressed the figure.
                None => {
                    block.figures.remove(&place);
                }
            }
        }
    }
    Ok(blocks.into_values().collect())
}
