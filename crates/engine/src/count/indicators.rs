//! Published indicators: context, not our children, so they need no
//! protection and keep their own periods.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use safeground_schema::{ADDITIVE_UNITS, Layer, Period};

use super::Places;
use crate::EngineError;

/// Table of a session that tells the order of loading: `load_id`, `position`.
pub const LOADS: &str = "loads";

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

/// Key of a block: indicator, layer, period as text.
type BlockKey = (String, Layer, String);

/// Reads the `indicators` table, sorted by code, layer and period.
///
/// Within a load, rows of one place, indicator and period are added where
/// their unit is a number of something; a part that the publisher withheld
/// makes the sum unknown. Where several loads give the same figure, the one
/// loaded last counts.
///
/// # Errors
/// The query's failure, or a period or place the table should not hold.
pub async fn read(
    ctx: &SessionContext,
    places: &Places,
) -> Result<Vec<IndicatorBlock>, EngineError> {
    let order = load_order(ctx).await?;
    let batches = ctx
        .sql(
            "SELECT place_id, indicator, period, unit, value, sample_size, standard_error, source, \
             load_id FROM indicators ORDER BY load_id, place_id, value",
        )
        .await?
        .collect()
        .await?;
    let mut blocks: BTreeMap<BlockKey, IndicatorBlock> = BTreeMap::new();
    let mut given: HashMap<(BlockKey, u32), (i64, String)> = HashMap::new();
    for batch in &batches {
        for row in rows(batch)? {
            let Some(place) = places.find(&row.place_id) else {
                continue;
            };
            let layer = places.layer_of(place);
            let key = (row.indicator.clone(), layer.clone(), row.period.clone());
            if !blocks.contains_key(&key) {
                blocks.insert(key.clone(), row.block(layer)?);
            }
            let block = blocks.get_mut(&key).expect("the block was inserted above");
            let load = (
                order.get(&row.load_id).copied().unwrap_or_default(),
                row.load_id,
            );
            let figure = row.value.map(|value| Figure {
                value,
                sample_size: row.sample_size,
                standard_error: row.standard_error,
            });
            match given.get(&(key.clone(), place)) {
                Some(earlier) if *earlier > load => continue,
                Some(earlier)
                    if *earlier == load && ADDITIVE_UNITS.contains(&block.unit.as_str()) =>
                {
                    let sum = block.figures.get(&place).zip(figure).map(|(a, b)| Figure {
                        value: a.value + b.value,
                        sample_size: None,
                        standard_error: None,
                    });
                    put(block, place, sum);
                }
                _ => put(block, place, figure),
            }
            given.insert((key, place), load);
        }
    }
    Ok(blocks.into_values().collect())
}

/// Sets a figure, or takes it out where the publisher gives none.
fn put(block: &mut IndicatorBlock, place: u32, figure: Option<Figure>) {
    match figure {
        Some(figure) => block.figures.insert(place, figure),
        None => block.figures.remove(&place),
    };
}

/// Position of each load in the order of loading; empty where the session
/// does not tell.
async fn load_order(ctx: &SessionContext) -> Result<HashMap<String, i64>, EngineError> {
    if !ctx.table_exist(LOADS)? {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT load_id, position FROM {LOADS}");
    let mut order = HashMap::new();
    for batch in ctx.sql(&sql).await?.collect().await? {
        let ids = cast(&batch["load_id"], &DataType::Utf8)?;
        let positions = batch["position"].as_primitive::<Int64Type>();
        for (id, position) in ids.as_string::<i32>().iter().zip(positions) {
            if let (Some(id), Some(position)) = (id, position) {
                order.insert(id.to_owned(), position);
            }
        }
    }
    Ok(order)
}

/// A row of the table.
struct Row {
    place_id: String,
    indicator: String,
    period: String,
    unit: String,
    value: Option<f64>,
    sample_size: Option<i64>,
    standard_error: Option<f64>,
    source: Option<String>,
    load_id: String,
}

impl Row {
    /// The block that the row opens.
    fn block(&self, layer: &Layer) -> Result<IndicatorBlock, EngineError> {
        Ok(IndicatorBlock {
            code: self.indicator.clone(),
            layer: layer.clone(),
            period: self.period.parse().map_err(|e| EngineError::Content {
                table: "indicators",
                reason: format!("indicator `{}`: {e}", self.indicator),
            })?,
            unit: self.unit.clone(),
            source: self.source.clone(),
            figures: BTreeMap::new(),
        })
    }
}

fn rows(batch: &RecordBatch) -> Result<impl Iterator<Item = Row>, EngineError> {
    let text = |name: &str| -> Result<Vec<Option<String>>, EngineError> {
        let column = cast(&batch[name], &DataType::Utf8)?;
        let texts = column.as_string::<i32>();
        Ok(texts.iter().map(|t| t.map(str::to_owned)).collect())
    };
    let (ids, codes, periods) = (text("place_id")?, text("indicator")?, text("period")?);
    let (units, sources, loads) = (text("unit")?, text("source")?, text("load_id")?);
    let values = batch["value"].as_primitive::<Float64Type>().clone();
    let samples = batch["sample_size"].as_primitive::<Int64Type>().clone();
    let errors = batch["standard_error"]
        .as_primitive::<Float64Type>()
        .clone();
    let at = |column: &[Option<String>], row: usize| column[row].clone().unwrap_or_default();
    Ok((0..batch.num_rows()).map(move |row| Row {
        place_id: at(&ids, row),
        indicator: at(&codes, row),
        period: at(&periods, row),
        unit: at(&units, row),
        value: values
            .is_valid(row)
            .then(|| values.value(row))
            .filter(|v| v.is_finite()),
        sample_size: samples
            .is_valid(row)
            .then(|| samples.value(row))
            .filter(|n| *n > 0),
        standard_error: errors
            .is_valid(row)
            .then(|| errors.value(row))
            .filter(|e| e.is_finite() && *e >= 0.0),
        source: sources[row].clone(),
        load_id: at(&loads, row),
    }))
}
