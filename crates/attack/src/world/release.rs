//! A release as its files tell it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

/// Theme of households reached, which counts no children.
pub const HOUSEHOLDS: &str = "outreach";

/// How the counts of a layer were protected, as far as the release says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Counts as they are, none withheld.
    Exact,
    /// Counts as they are where they reach the threshold.
    Suppressed,
    /// Bands.
    Banded,
    /// Counts with noise.
    Noise,
}

/// Layer, theme and period.
pub type BlockKey = (String, String, String);

/// Layer, theme, period, breakdown and class.
pub type ClassKey = (String, String, String, String, String);

/// What is released of one layer, theme and period; one entry per unit.
#[derive(Debug, Clone)]
pub struct Block {
    /// Units in the order of the release.
    pub units: Arc<Vec<String>>,
    /// Status of each unit.
    pub status: Vec<Arc<str>>,
    /// Class of each unit, empty where there is none.
    pub class: Vec<Arc<str>>,
    /// Numbers by column; NaN where empty.
    pub numbers: BTreeMap<String, Vec<f64>>,
}

/// One released cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    block: &'a Block,
    /// Position in its block.
    pub at: usize,
}

impl<'a> Cell<'a> {
    /// A number, if it is given.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<f64> {
        let value = self.block.numbers.get(column)?[self.at];
        value.is_finite().then_some(value)
    }

    /// Status.
    #[must_use]
    pub fn status(&self) -> &'a str {
        &self.block.status[self.at]
    }

    /// The count as given.
    #[must_use]
    pub fn count(&self) -> Option<f64> {
        self.number("count")
    }

    /// Whether a count or a band is given. A band from zero up tells no more
    /// than that the count is withheld.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.count().is_some() || self.number("count_low").is_some_and(|low| low > 0.0)
    }

    /// The least and greatest count that the release states; from zero up
    /// where it states nothing.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        match (
            self.number("count_low"),
            self.number("count_high"),
            self.count(),
        ) {
            (Some(low), high, _) => (low, high.unwrap_or(f64::INFINITY)),
            (None, _, Some(count)) => (count, count),
            _ => (0.0, f64::INFINITY),
        }
    }
}

impl Block {
    /// The cell of a unit.
    #[must_use]
    pub fn cell(&self, unit: &str) -> Option<Cell<'_>> {
        let at = self
            .units
            .binary_search_by(|known| known.as_str().cmp(unit));
        at.ok().map(|at| Cell { block: self, at })
    }

    /// All cells with their units.
    pub fn cells(&self) -> impl Iterator<Item = (&str, Cell<'_>)> {
        let units = self.units.iter().map(String::as_str);
        units
            .enumerate()
            .map(move |(at, unit)| (unit, Cell { block: self, at }))
    }
}

/// A place as a release describes it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Identifier.
    pub id: String,
    /// Layer.
    pub layer: String,
}

/// A release.
#[derive(Debug, Clone)]
pub struct Release {
    /// Audience.
    pub audience: String,
    /// Identifier.
    pub id: String,
    /// Manifest.
    pub manifest: Value,
    /// Counts of children and what was made of them, without published
    /// figures, which are not about our children.
    pub blocks: BTreeMap<BlockKey, Block>,
    /// Counts of children by class and unit; `None` where one is withheld.
    pub classes: BTreeMap<ClassKey, BTreeMap<String, Option<u64>>>,
    /// Places.
    pub places: Vec<Place>,
    /// Bytes of all files, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Release {
    /// Reads the files of a release.
    ///
    /// # Errors
    /// Where a file is missing or has an unknown shape.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(entry.path())?);
            }
        }
        let file = |name: &str| -> anyhow::Result<&Vec<u8>> {
            files
                .get(name)
                .with_context(|| format!("the release has no {name}"))
        };
        let manifest: Value = serde_json::from_slice(file("manifest.json")?)?;
        let mut blocks = BTreeMap::new();
        for batch in batches(file("scores.parquet")?.clone())? {
            add_scores(&mut blocks, &batch)?;
        }
        let mut places = Vec::new();
        for batch in batches(file("places.parquet")?.clone())? {
            let (ids, layers) = (texts(&batch, "place_id")?, texts(&batch, "layer")?);
            places.extend(ids.into_iter().zip(layers).map(|(id, layer)| Place {
                id: id.to_string(),
                layer: layer.to_string(),
            }));
        }
        let mut classes = BTreeMap::new();
        if let Some(bytes) = files.get("breakdowns.parquet") {
            for batch in batches(bytes.clone())? {
                add_classes(&mut classes, &batch)?;
            }
        }
        Ok(Self {
            classes,
            files,
            ..Self::new(manifest, blocks, places)
        })
    }

    /// A release of these parts, without files.
    #[must_use]
    pub fn new(manifest: Value, blocks: BTreeMap<BlockKey, Block>, places: Vec<Place>) -> Self {
        let text = |name: &str| manifest[name].as_str().unwrap_or_default().to_owned();
        let mut release = Self {
            audience: text("audience"),
            id: text("release_id"),
            manifest,
            blocks,
            classes: BTreeMap::new(),
            places,
            files: BTreeMap::new(),
        };
        release.share_units();
        release
    }

    /// The units of a layer are the same in every block: keep them once.
    fn share_units(&mut self) {
        let mut kept: BTreeMap<String, Arc<Vec<String>>> = BTreeMap::new();
        for ((layer, ..), block) in &mut self.blocks {
            let first = kept
                .entry(layer.clone())
                .or_insert_with(|| Arc::clone(&block.units));
            if *first == block.units {
                block.units = Arc::clone(first);
            }
        }
    }

    /// A block.
    #[must_use]
    pub fn block(&self, layer: &str, theme: &str, period: &str) -> Option<&Block> {
        self.blocks
            .get(&(layer.to_owned(), theme.to_owned(), period.to_owned()))
    }

    /// A cell.
    #[must_use]
    pub fn cell(&self, layer: &str, unit: &str, theme: &str, period: &str) -> Option<Cell<'_>> {
        self.block(layer, theme, period)?.cell(unit)
    }

    /// Layers with counts.
    #[must_use]
    pub fn layers(&self) -> Vec<&str> {
        let mut layers: Vec<&str> = self
            .blocks
            .keys()
            .map(|(layer, ..)| layer.as_str())
            .collect();
        layers.dedup();
        layers
    }

    /// Threshold of the policy as the manifest states it.
    #[must_use]
    pub fn k(&self) -> u64 {
        self.manifest["policy"]["k"].as_u64().unwrap_or(0)
    }

    /// What a year cost a child in the draws that the manifest names, at most;
    /// 1, which is the most a year may cost, where it names none.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        let draws = self.manifest["noise"]["draws"].as_array();
        let stated = draws
            .into_iter()
            .flatten()
            .filter_map(|draw| draw["epsilon"].as_str()?.parse::<f64>().ok());
        stated
            .fold(None, |most: Option<f64>, e| {
                Some(most.map_or(e, |m| m.max(e)))
            })
            .unwrap_or(1.0)
    }

    /// Whether the counts of a layer carry noise.
    #[must_use]
    pub fn is_noisy(&self, layer: &str) -> bool {
        self.protection(layer) == Protection::Noise
    }

    /// Whether the manifest says how counts are protected.
    #[must_use]
    pub fn states_protection(&self) -> bool {
        self.available().any(|entry| !entry["protection"].is_null())
    }

    /// How the counts of a layer are protected. A manifest that does not say
    /// so is of a release by thresholds. Households reached by campaigns are
    /// no counts of children and have rules of their own.
    #[must_use]
    pub fn protection(&self, layer: &str) -> Protection {
        let mut of_layer = self
            .available()
            .filter(|entry| entry["layer"] == layer && entry["theme"] != HOUSEHOLDS)
            .filter_map(|entry| entry["protection"].as_str());
        match of_layer.next() {
            Some("exact") => Protection::Exact,
            Some("banded") => Protection::Banded,
            Some("noise") => Protection::Noise,
            _ => Protection::Suppressed,
        }
    }

    fn available(&self) -> impl Iterator<Item = &Value> {
        self.manifest["available"].as_array().into_iter().flatten()
    }
}

/// Adds the rows of a table of scores to blocks, published figures left out.
pub(super) fn add_scores(
    blocks: &mut BTreeMap<BlockKey, Block>,
    batch: &RecordBatch,
) -> anyhow::Result<()> {
    let keys = ["layer", "theme", "period", "unit_id", "status"].map(|name| texts(batch, name));
    let [layers, themes, periods, units, status] = keys;
    let (layers, themes, periods, units, status) = (layers?, themes?, periods?, units?, status?);
    let classes = texts(batch, "gi_class")?;
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let values: Vec<f64> = match column.data_type() {
            DataType::Float64 => numbers(column.as_primitive::<Float64Type>().iter()),
            DataType::Int64 => numbers(
                column
                    .as_primitive::<Int64Type>()
                    .iter()
                    .map(|v| v.map(|v| v as f64)),
            ),
            DataType::Int32 => numbers(
                column
                    .as_primitive::<Int32Type>()
                    .iter()
                    .map(|v| v.map(f64::from)),
            ),
            _ => continue,
        };
        columns.push((field.name().clone(), values));
    }
    let mut row = 0;
    while row < units.len() {
        let key = (
            layers[row].to_string(),
            themes[row].to_string(),
            periods[row].to_string(),
        );
        let same =
            |at: usize| *layers[at] == *key.0 && *themes[at] == *key.1 && *periods[at] == *key.2;
        let end = (row..units.len())
            .find(|at| !same(*at))
            .unwrap_or(units.len());
        if !key.1.starts_with("indicator:") {
            let block = blocks.entry(key).or_insert_with(|| Block {
                units: Arc::default(),
                status: Vec::new(),
                class: Vec::new(),
                numbers: columns
                    .iter()
                    .map(|(name, _)| (name.clone(), Vec::new()))
                    .collect(),
            });
            Arc::make_mut(&mut block.units).extend(units[row..end].iter().map(ToString::to_string));
            block.status.extend_from_slice(&status[row..end]);
            block.class.extend_from_slice(&classes[row..end]);
            for (name, values) in &columns {
                if let Some(column) = block.numbers.get_mut(name) {
                    column.extend_from_slice(&values[row..end]);
                }
            }
        }
        row = end;
    }
    Ok(())
}

/// Adds the rows of a table of counts by class.
fn add_classes(
    classes: &mut BTreeMap<ClassKey, BTreeMap<String, Option<u64>>>,
    batch: &RecordBatch,
) -> anyhow::Result<()> {
    let names = ["layer", "theme", "period", "breakdown", "class"];
    let keys: Vec<Vec<Arc<str>>> = names
        .iter()
        .map(|name| texts(batch, name))
        .collect::<anyhow::Result<_>>()?;
    let units = texts(batch, "unit_id")?;
    let counts = batch
        .column_by_name("count")
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .context("the table has no whole numbers `count`")?;
    for (row, unit) in units.iter().enumerate() {
        let [layer, theme, period, by, class] = [0, 1, 2, 3, 4].map(|k| keys[k][row].to_string());
        let count = counts.is_valid(row).then(|| counts.value(row) as u64);
        classes
            .entry((layer, theme, period, by, class))
            .or_default()
            .insert(unit.to_string(), count);
    }
    Ok(())
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    values.map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// A column of text; equal neighbours share one allocation.
fn texts(batch: &RecordBatch, name: &str) -> anyhow::Result<Vec<Arc<str>>> {
    let column = batch
        .column_by_name(name)
        .and_then(|column| column.as_string_opt::<i32>())
        .with_context(|| format!("the table has no text column `{name}`"))?;
    let mut last: Arc<str> = "".into();
    Ok(column
        .iter()
        .map(|value| {
            let value = value.unwrap_or_default();
            if *last != *value {
                last = value.into();
            }
            Arc::clone(&last)
        })
        .collect())
}

/// The batches of a Parquet file.
pub(super) fn batches(bytes: Vec<u8>) -> anyhow::Result<Vec<RecordBatch>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))?
        .with_batch_size(1 << 16)
        .build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}
