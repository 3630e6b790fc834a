//! What a lake holds, in numbers that a steward can check against the
//! publishers' totals.

use arrow::array::{Array as _, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use safeground_schema::Table;
use serde::Serialize;

use super::Lake;
use crate::EngineError;

/// What a lake holds. Exact, so for the steward alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Rows by table, in documented order; of `places` the stored rows, of
    /// which several may describe one place.
    pub tables: Vec<TableRows>,
    /// Layers of places.
    pub layers: Vec<LayerSums>,
    /// Published indicators.
    pub indicators: Vec<IndicatorSums>,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// Table.
    pub table: String,
    /// Rows.
    pub rows: u64,
    /// Loads.
    pub loads: u64,
}

/// Places of one layer, each counted once. Sums pass over places without the
/// figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerSums {
    /// Layer, such as `district@2011`.
    pub layer: String,
    /// Places.
    pub places: i64,
    /// Places with a polygon.
    pub with_geometry: i64,
    /// Places with a representative point.
    pub with_point: i64,
    /// Places whose parent is named.
    pub with_parent: i64,
    /// Sum of households.
    pub households: i64,
    /// Sum of the population.
    pub population: i64,
    /// Sum of children aged 0 to 6.
    pub children_0_6: i64,
    /// Sum of children below 18.
    pub children_under_18: i64,
}

/// Rows of one indicator, layer and period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndicatorSums {
    /// Code of the indicator.
    pub indicator: String,
    /// Layer of its places.
    pub layer: String,
    /// Period.
    pub period: String,
    /// Rows.
    pub rows: i64,
    /// Rows with a value.
    pub with_value: i64,
    /// Sum of the values.
    pub sum: f64,
}

const LAYERS: &str = "\
SELECT level || CASE WHEN vintage IS NULL THEN '' ELSE '@' || vintage END AS layer, \
  COUNT(*) AS places, COUNT(geometry) AS with_geometry, COUNT(latitude) AS with_point, \
  COUNT(parent_id) AS with_parent, COALESCE(SUM(households), 0) AS households, \
  COALESCE(SUM(population), 0) AS population, COALESCE(SUM(children_0_6), 0) AS children_0_6, \
  COALESCE(SUM(children_under_18), 0) AS children_under_18 \
FROM places GROUP BY 1 ORDER BY 1";

const INDICATORS: &str = "\
SELECT indicator, split_part(place_id, ':', 1) AS layer, period, COUNT(*) AS rows, \
  COUNT(value) AS with_value, COALESCE(SUM(value), 0.0) AS sum \
FROM indicators GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

impl Lake {
    /// Counts and sums what the lake holds now.
    ///
    /// # Errors
    /// What keeps the tables from being read.
    pub async fn describe(&self) -> Result<Description, EngineError> {
        let loads = self.loads().await?;
        let tables = Table::ALL
            .iter()
            .map(|table| {
                let of_table = loads.iter().filter(|load| load.table == *table);
                TableRows {
                    table: table.to_string(),
                    rows: of_table.clone().map(|load| load.rows).sum(),
                    loads: of_table.count() as u64,
                }
            })
            .collect();
        let session = self.input().await?.session;
        let collect = async |sql: &str| session.sql(sql).await?.collect().await;
        let mut layers = Vec::new();
        for batch in collect(LAYERS).await? {
            layers.extend(layers_of(&batch)?);
        }
        let mut indicators = Vec::new();
        for batch in collect(INDICATORS).await? {
            indicators.extend(indicators_of(&batch)?);
        }
        Ok(Description {
            tables,
            layers,
            indicators,
        })
    }
}

fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>, EngineError> {
    let column = cast(&batch[name], &DataType::Utf8)?;
    let column = column.as_string::<i32>();
    Ok((0..column.len())
        .map(|row| column.value(row).to_owned())
        .collect())
}

fn layers_of(batch: &RecordBatch) -> Result<Vec<LayerSums>, EngineError> {
    let number = |name: &str, row: usize| batch[name].as_primitive::<Int64Type>().value(row);
    Ok(texts(batch, "layer")?
        .into_iter()
        .enumerate()
        .map(|(row, layer)| LayerSums {
            layer,
            places: number("places", row),
            with_geometry: number("with_geometry", row),
            with_point: number("with_point", row),
            with_parent: number("with_parent", row),
            households: number("households", row),
            population: number("population", row),
            children_0_6: number("children_0_6", row),
            children_under_18: number("children_under_18", row),
        })
        .collect())
}

fn indicators_of(batch: &RecordBatch) -> Result<Vec<IndicatorSums>, EngineError> {
    let (codes, layers, periods) = (
        texts(batch, "indicator")?,
        texts(batch, "layer")?,
        texts(batch, "period")?,
    );
    let number = |name: &str, row: usize| batch[name].as_primitive::<Int64Type>().value(row);
    let sums = batch["sum"].as_primitive::<Float64Type>();
    Ok((0..batch.num_rows())
        .map(|row| IndicatorSums {
            indicator: codes[row].clone(),
            layer: layers[row].clone(),
            period: periods[row].clone(),
            rows: number("rows", row),
            with_value: number("with_value", row),
            sum: sums.value(row),
        })
        .collect())
}
