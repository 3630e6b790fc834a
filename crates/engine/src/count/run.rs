//! The count of a lake, from tables to exact counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use h3o::{CellIndex, Resolution};
use safeground_schema::{Breakdown, Layer, Level, PeriodKind, Table, Theme};

use super::exposure::ExposureSources;
use super::indicators::IndicatorBlock;
use super::inside::places_of_cells;
use super::source::Source;
use super::{
    BoundedCount, Calendar, ExactCounts, Frame, Ground, LayerKey, Observed, Places, Units,
    campaigns, exposure, functions, incidents, indicators, marriage_interventions, polygons,
    welfare_enrolments,
};
use crate::EngineError;

/// Share of an earlier place that must lie in a later one for its events to
/// follow it whole. Events are not split by weight: a child is in one place.
const WHOLE: f64 = 0.99;

/// The tables of events and the themes each feeds.
pub(super) const SOURCES: [(&Source, &[Theme]); 4] = [
    (
        &incidents::SOURCE,
        &[
            Theme::Trafficking,
            Theme::ChildLabour,
            Theme::SexualAbuse,
            Theme::ChildMarriage,
            Theme::OnlineAbuse,
            Theme::Missing,
        ],
    ),
    (
        &marriage_interventions::SOURCE,
        &[Theme::MarriageIntervention],
    ),
    (&welfare_enrolments::SOURCE, &[Theme::WelfareGap]),
    (&campaigns::SOURCE, &[Theme::Outreach]),
];

/// What is to be counted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Layers to count exactly, each with a kind of period.
    pub exact: BTreeSet<(LayerKey, PeriodKind)>,
    /// Layers whose counts will carry noise, by calendar year.
    pub noisy: BTreeSet<LayerKey>,
    /// Which of the exact layers to count by class as well.
    pub divided: Vec<(LayerKey, PeriodKind, Breakdown)>,
    /// Whether the largest partner and event behind each exact count are
    /// looked for.
    pub largest: bool,
}

/// What the places of a lake amount to before anything is counted.
#[derive(Debug)]
pub struct Located {
    /// All places.
    pub places: Arc<Places>,
    /// Units of every layer asked for, and of every one with published
    /// figures.
    pub units: BTreeMap<LayerKey, Arc<Units>>,
    /// Where exposures came from.
    pub exposure: ExposureSources,
}

/// The exact counts of a lake and what surrounds them.
#[derive(Debug)]
pub struct Count {
    /// Places and units.
    pub located: Located,
    /// Exact counts; absent where no table of events has a row.
    pub exact: Option<ExactCounts>,
    /// What counts with bounded contributions are made from; absent likewise.
    pub bounded: Option<BoundedCount>,
    /// Published figures.
    pub indicators: Vec<IndicatorBlock>,
    /// Rows that could not be counted, by table and reason. For the steward's
    /// eyes: these numbers are exact.
    pub left_out: BTreeMap<(Table, &'static str), u64>,
}

/// Counts a lake.
///
/// # Errors
/// A failed query, or content that contradicts the schema.
pub async fn count(
    ctx: &SessionContext,
    wanted: impl FnOnce(&Places) -> Wanted,
) -> Result<Count, EngineError> {
    let places = Arc::new(Places::read(ctx).await?);
    let wanted = wanted(&places);
    let indicators = indicators::read(ctx, &places).await?;
    // Figures are published for vintages that nothing is counted in, too.
    let published: BTreeSet<LayerKey> = indicators
        .iter()
        .map(|block| LayerKey::Place(block.layer.clone()))
        .collect();
    let counted = wanted.exact.iter().map(|(key, _)| key).chain(&wanted.noisy);
    let located = locate(ctx, places, counted.chain(&published)).await?;
    let mut left_out = BTreeMap::new();
    let Some(calendar) = calendar(ctx).await? else {
        return Ok(Count {
            located,
            exact: None,
            bounded: None,
            indicators,
            left_out,
        });
    };
    let layers = wanted
        .exact
        .iter()
        .filter_map(|(key, kind)| Some((Arc::clone(located.units.get(key)?), *kind)))
        .collect();
    let cells = places_of_cells(ctx, &located.places, &SOURCES.map(|(source, _)| source)).await?;
    let yearly = wanted
        .noisy
        .iter()
        .filter_map(|key| Some((Arc::clone(located.units.get(key)?), PeriodKind::Year)))
        .collect();
    let frame = |layers| {
        let places = Arc::clone(&located.places);
        Frame::new(places, cells.clone(), calendar, layers)
    };
    let noisy = Arc::new(frame(yearly));
    let frame = Arc::new(frame(layers).divided(&wanted.divided));
    let own = functions::session_with(ctx, &frame);
    let observed = Observed::read(ctx, &frame).await?;
    let mut exact = ExactCounts::new(Arc::clone(&frame), observed);
    if wanted.largest {
        exact = exact.with_largest();
    }
    for (source, themes) in SOURCES {
        if rows_left_out(&own, source, &frame, &mut left_out).await? > 0 {
            exact.add(&own, source, themes).await?;
        }
    }
    let bounded = BoundedCount::new(ctx, noisy, exact.themes()).await?;
    Ok(Count {
        located,
        bounded: Some(bounded),
        exact: (!exact.themes().is_empty()).then_some(exact),
        indicators,
        left_out,
    })
}

/// Makes the units of the layers wanted; layers without units are left out.
pub(crate) async fn locate(
    ctx: &SessionContext,
    places: Arc<Places>,
    keys: impl Iterator<Item = &LayerKey>,
) -> Result<Located, EngineError> {
    let keys: BTreeSet<LayerKey> = keys.cloned().collect();
    let (children, sources) = exposure::children(&places);
    let households = exposure::households(&places);
    let population = exposure::population(&places);
    let successors = successors(ctx, &places).await?;
    let territory = if keys.iter().any(|key| matches!(key, LayerKey::H3(_))) {
        polygons::read_wkb(ctx, &places, &territory_layers(&places)).await?
    } else {
        BTreeMap::new()
    };
    let ground = Ground {
        places: &places,
        children: &children,
        households: &households,
        population: &population,
        successors: &successors,
        territory: &territory,
    };
    let mut units = BTreeMap::new();
    for key in keys {
        let made = match &key {
            LayerKey::Place(layer) => Units::of_places(layer, &ground),
            LayerKey::H3(resolution) => match Resolution::try_from(*resolution) {
                Ok(resolution) => Units::of_cells(resolution, &ground),
                Err(_) => continue,
            },
        };
        if !made.is_empty() {
            units.insert(key, Arc::new(made));
        }
    }
    Ok(Located {
        places,
        units,
        exposure: sources,
    })
}

/// Layers whose polygons make up the territory: states and districts or,
/// where neither has polygons, blocks.
fn territory_layers(places: &Places) -> Vec<Layer> {
    let with_polygons = |wanted: &[Level]| -> Vec<Layer> {
        let layers: BTreeSet<Layer> = (0..places.len() as u32)
            .filter(|p| places.has_geometry[*p as usize] && wanted.contains(&places.level_of(*p)))
            .map(|p| places.layer_of(p).clone())
            .collect();
        layers.into_iter().collect()
    };
    let wide = with_polygons(&[Level::State, Level::District]);
    if wide.is_empty() {
        with_polygons(&[Level::Subdistrict, Level::Block])
    } else {
        wide
    }
}

/// Places that became another place whole.
async fn successors(
    ctx: &SessionContext,
    places: &Places,
) -> Result<HashMap<u32, Vec<u32>>, EngineError> {
    let batches = ctx
        .sql("SELECT DISTINCT from_place, to_place, weight FROM place_changes ORDER BY 1, 2, 3")
        .await?
        .collect()
        .await?;
    let mut successors: HashMap<u32, Vec<u32>> = HashMap::new();
    for batch in batches {
        let from = cast(&batch["from_place"], &DataType::Utf8)?;
        let to = cast(&batch["to_place"], &DataType::Utf8)?;
        let weight = batch["weight"].as_primitive::<Float64Type>();
        for ((from, to), weight) in from
            .as_string::<i32>()
            .iter()
            .zip(to.as_string::<i32>())
            .zip(weight)
        {
            let find = |id: Option<&str>| id.and_then(|id| places.find(id));
            if let (Some(from), Some(to), Some(weight)) = (find(from), find(to), weight)
                && weight >= WHOLE
            {
                successors.entry(from).or_default().push(to);
            }
        }
    }
    Ok(successors)
}

/// First to last day of all tables with dates that are counted.
async fn calendar(ctx: &SessionContext) -> Result<Option<Calendar>, EngineError> {
    let tables = [
        Table::Incidents,
        Table::MarriageInterventions,
        Table::WelfareEnrolments,
        Table::Campaigns,
        Table::Effort,
    ];
    let parts = tables.map(|table| format!("SELECT date FROM {table}"));
    let sql = format!(
        "SELECT MIN(date) AS first, MAX(date) AS last FROM ({})",
        parts.join(" UNION ALL ")
    );
    for batch in ctx.sql(&sql).await?.collect().await? {
        let day = |name: &str| {
            batch[name]
                .as_primitive::<Date32Type>()
                .iter()
                .next()
                .flatten()
        };
        if let (Some(first), Some(last)) = (day("first"), day("last")) {
            return Ok(Some(Calendar::new(first, last)));
        }
    }
    Ok(None)
}

/// Notes the rows that no layer can hold; returns the rows of the table.
async fn rows_left_out(
    ctx: &SessionContext,
    source: &Source,
    frame: &Frame,
    left_out: &mut BTreeMap<(Table, &'static str), u64>,
) -> Result<u64, EngineError> {
    let mut total = 0;
    for batch in ctx.sql(&source.rows_by_place()).await?.collect().await? {
        let places = cast(&batch["place"], &DataType::Utf8)?;
        let cells = batch["cell"].as_primitive::<Int64Type>();
        let rows = batch["n"].as_primitive::<Int64Type>();
        for ((place, cell), n) in places.as_string::<i32>().iter().zip(cells).zip(rows) {
            let n = n.unwrap_or_default() as u64;
            total += n;
            let known = |cell: i64| {
                let cell = CellIndex::try_from(cell as u64).ok();
                cell.is_some_and(|cell| frame.place_of_cell.contains_key(&cell))
            };
            let reason = match (place, cell) {
                (Some(id), _) if frame.places.find(id).is_none() => {
                    "place not in the lake: counted in cells alone, if it has one"
                }
                (None, Some(cell)) if !known(cell) => {
                    "H3 cell in no polygon: counted in cells alone"
                }
                (None, None) => "neither place nor H3 cell",
                _ => continue,
            };
            *left_out.entry((source.table, reason)).or_default() += n;
        }
    }
    Ok(total)
}
