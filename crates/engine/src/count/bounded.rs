//! Counts in which each child adds no more than the policy's bound: what
//! noise can be calibrated to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array as _, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use h3o::CellIndex;
use safeground_privacy::noise::{Contribution, ContributionBound, NoiseSeed, keep};
use safeground_schema::{Period, Table, Theme};

use super::run::SOURCES;
use super::{Frame, LayerKey, Observed};
use crate::EngineError;

/// The ground of a bounded count: layers by calendar year, and which themes
/// count children one by one.
#[derive(Debug)]
pub struct BoundedCount {
    frame: Arc<Frame>,
    observed: Observed,
    themes: Vec<Theme>,
    /// Rows of children without a key, by table. They cannot be bounded, so
    /// they are in no count with noise. For the steward alone.
    pub without_key: BTreeMap<Table, u64>,
}

/// Exact counts of one theme, layer and year, contributions bounded.
#[derive(Debug)]
pub struct BoundedTable {
    /// Theme.
    pub theme: Theme,
    /// Layer.
    pub layer: LayerKey,
    /// Calendar year.
    pub year: i32,
    /// One count per unit of the layer.
    pub counts: Vec<u64>,
}

/// What a bounded count bounds.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most (theme, period) pairs a child is counted under in a year.
    pub contributions: ContributionBound,
    /// The most children of one event that a place's count holds.
    pub event_cap: u64,
}

/// One kept contribution's place in the counts: year, theme, event and finest
/// place, and its unit in each measured layer.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kept {
    year: i32,
    theme: usize,
    event: u64,
    finest: u64,
    units: Vec<Option<u32>>,
}

/// A row of one child.
struct Row {
    year: i32,
    theme: usize,
    event: String,
    finest: String,
    place: Option<u32>,
    cell: Option<CellIndex>,
}

impl BoundedCount {
    pub(super) async fn new(
        ctx: &SessionContext,
        frame: Arc<Frame>,
        counted: &[Theme],
    ) -> Result<Self, EngineError> {
        let observed = Observed::read(ctx, &frame).await?;
        let mut without_key = BTreeMap::new();
        let mut themes = Vec::new();
        for (source, of_source) in SOURCES {
            let Some(sql) = source.without_child() else {
                continue;
            };
            themes.extend(of_source.iter().filter(|t| counted.contains(t)).cloned());
            for batch in ctx.sql(&sql).await?.collect().await? {
                let rows = batch["n"].as_primitive::<Int64Type>();
                let rows = rows.iter().flatten().sum::<i64>() as u64;
                if rows > 0 {
                    *without_key.entry(source.table).or_default() += rows;
                }
            }
        }
        Ok(Self {
            frame,
            observed,
            themes,
            without_key,
        })
    }

    /// Layers by year.
    #[must_use]
    pub fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Themes that count children one by one.
    #[must_use]
    pub fn themes(&self) -> &[Theme] {
        &self.themes
    }

    /// Whether anybody looked, for each unit of a layer in a year.
    #[must_use]
    pub fn observed(&self, layer: &LayerKey, year: i32) -> Option<Vec<bool>> {
        let number = self
            .frame
            .pairs
            .iter()
            .position(|pair| pair.units.key == *layer)?;
        let pair = &self.frame.pairs[number];
        let slot = pair.periods.iter().position(|p| *p == Period::Year(year))?;
        Some(self.observed.units(number, slot, pair.units.len()))
    }

    /// Counts the children of the years, each within its bounds.
    ///
    /// 1. All rows of a child, over all tables, come together (a sort that
    ///    spills to disk where memory is short);
    /// 2. [`keep`] chooses which of a year's rows count;
    /// 3. of one event at one finest place no more than the cap count;
    /// 4. what is left is added to the unit of each measured layer.
    ///
    /// Every theme, layer and year has a table, empty or not. Memory grows
    /// with the events kept, some eighty bytes each.
    ///
    /// # Errors
    /// A failed query.
    pub async fn tables(
        &self,
        ctx: &SessionContext,
        years: &BTreeSet<i32>,
        layers: &[LayerKey],
        bounds: Bounds,
        seed: &NoiseSeed,
    ) -> Result<Vec<BoundedTable>, EngineError> {
        let pairs: Vec<_> = layers
            .iter()
            .filter_map(|key| self.frame.pairs.iter().find(|pair| pair.units.key == *key))
            .collect();
        let mut kept: HashMap<Kept, u64> = HashMap::new();
        let parts: Vec<String> = SOURCES.iter().filter_map(|(s, _)| s.by_child()).collect();
        let sql = format!("{} ORDER BY child", parts.join(" UNION ALL "));
        let mut stream = ctx.sql(&sql).await?.execute_stream().await?;
        let mut child: (String, Vec<Row>) = (String::new(), Vec::new());
        let mut settle = |child: &mut (String, Vec<Row>)| {
            let key = seed.child(&child.0);
            for row in self.bounded(&key, std::mem::take(&mut child.1), bounds) {
                let units = pairs
                    .iter()
                    .map(|pair| pair.units.unit(row.place, row.cell))
                    .collect();
                let kept = kept.entry(Kept {
                    year: row.year,
                    theme: row.theme,
                    event: hash(&row.event),
                    finest: hash(&row.finest),
                    units,
                });
                *kept.or_default() += 1;
            }
        };
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let text = |name: &str| cast(&batch[name], &DataType::Utf8);
            let (children, themes) = (text("child")?, text("theme")?);
            let (places, events) = (text("place")?, text("event")?);
            let (children, themes) = (children.as_string::<i32>(), themes.as_string::<i32>());
            let (places, events) = (places.as_string::<i32>(), events.as_string::<i32>());
            let cells = batch["cell"].as_primitive::<Int64Type>();
            let days = batch["date"].as_primitive::<Date32Type>();
            for row in 0..batch.num_rows() {
                let name = children.value(row);
                if name != child.0 {
                    settle(&mut child);
                    name.clone_into(&mut child.0);
                }
                let theme = self
                    .themes
                    .iter()
                    .position(|theme| theme.to_string() == themes.value(row));
                let year = days
                    .is_valid(row)
                    .then(|| super::calendar::month_of(days.value(row)).div_euclid(12));
                let (Some(theme), Some(year)) = (theme, year.filter(|y| years.contains(y))) else {
                    continue;
                };
                let id = places.is_valid(row).then(|| places.value(row));
                let number = cells.is_valid(row).then(|| cells.value(row));
                let cell = number.and_then(|cell| CellIndex::try_from(cell as u64).ok());
                child.1.push(Row {
                    year,
                    theme,
                    event: if events.is_valid(row) {
                        events.value(row).to_owned()
                    } else {
                        String::new()
                    },
                    finest: format!("{}|{}", id.unwrap_or(""), number.unwrap_or(0)),
                    place: self.frame.place(id, cell),
                    cell,
                });
            }
        }
        settle(&mut child);
        Ok(self.fill(years, &pairs, kept, bounds.event_cap))
    }

    fn fill(
        &self,
        years: &BTreeSet<i32>,
        pairs: &[&super::Pair],
        kept: HashMap<Kept, u64>,
        cap: u64,
    ) -> Vec<BoundedTable> {
        let mut tables = Vec::new();
        let mut at = HashMap::new();
        for year in years {
            for (number, theme) in self.themes.iter().enumerate() {
                for (layer, pair) in pairs.iter().enumerate() {
                    at.insert((*year, number, layer), tables.len());
                    tables.push(BoundedTable {
                        theme: theme.clone(),
                        layer: pair.units.key.clone(),
                        year: *year,
                        counts: vec![0; pair.units.len()],
                    });
                }
            }
        }
        // Sums of whole numbers: the order of the map does not matter.
        for (place, children) in kept {
            for (layer, unit) in place.units.iter().enumerate() {
                if let Some(unit) = unit {
                    let table = at[&(place.year, place.theme, layer)];
                    tables[table].counts[*unit as usize] += children.min(cap);
                }
            }
        }
        tables
    }

    /// The rows of one child that count, year by year.
    fn bounded(&self, key: &[u8; 32], rows: Vec<Row>, bounds: Bounds) -> Vec<Row> {
        let mut by_year: BTreeMap<i32, Vec<Row>> = BTreeMap::new();
        for row in rows {
            by_year.entry(row.year).or_default().push(row);
        }
        let mut kept = Vec::new();
        for (year, rows) in by_year {
            let period = Period::Year(year).to_string();
            let themes: Vec<String> = rows
                .iter()
                .map(|row| self.themes[row.theme].to_string())
                .collect();
            let contributions: Vec<Contribution<'_>> = rows
                .iter()
                .zip(&themes)
                .map(|(row, theme)| Contribution {
                    theme,
                    period: &period,
                    place: &row.finest,
                    event: &row.event,
                })
                .collect();
            let chosen: BTreeSet<usize> = keep(key, &contributions, bounds.contributions)
                .into_iter()
                .collect();
            let mut rows = rows.into_iter().enumerate();
            kept.extend(
                rows.by_ref()
                    .filter(|(at, _)| chosen.contains(at))
                    .map(|(_, row)| row),
            );
        }
        kept
    }
}

/// 64 bits of a text; two of one bucket collide with a probability that does
/// not matter beside the noise.
fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hasher as _};
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}
