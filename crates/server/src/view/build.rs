//! From the tables of a release to a [`View`].

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use geozero::ToGeo as _;
use rstar::RTree;
use safeground_schema::release::{LayerKind, Manifest, ManifestLayer};

use super::layer::Extent;
use super::{LayerView, Measures, Tables, Unit, View, narrow};
use crate::auth::Scope;
use crate::error::ServerError;
use crate::geometry::Shape;
use crate::tiles::TileIndex;
use safeground_engine::release::ReleaseData;
use safeground_privacy::{Audience, Released};

/// Indexes the part of a release that a scope opens. There is no other way to
/// make a [`View`], so nothing can be served that was not released.
///
/// # Errors
/// If it breaks a promise: a column missing or of another type, a unit that
/// has no row for some theme and period of its layer, a layer or theme that
/// the manifest does not name.
pub(crate) fn build(
    audience: Audience,
    released: Released<ReleaseData>,
    scope: &Scope,
) -> Result<View, ServerError> {
    let signed = released.get().manifest.clone();
    let part = released.map(|data| narrow(data, scope));
    let ReleaseData {
        manifest,
        places,
        scores,
        breakdowns: _,
    } = part
        .get()
        .as_ref()
        .map_err(|error| ServerError::Broken(error.to_string()))?;
    let mut described = read_places(places)?;
    let mut slices = slice_by_layer(scores)?;
    let mut layers = BTreeMap::new();
    for info in &manifest.layers {
        let slices = slices.remove(info.id.as_str()).unwrap_or_default();
        let view = build_layer(info, manifest, slices, &mut described)?;
        layers.insert(info.id.clone(), view);
    }
    if let Some(layer) = slices.keys().next() {
        return Err(ServerError::Broken(format!(
            "the scores have a layer `{layer}` that the manifest does not name"
        )));
    }
    Ok(View {
        audience,
        scope: scope.fingerprint(),
        part: scope.clone(),
        manifest: manifest.clone(),
        signed,
        layers,
        tables: (audience == Audience::Planning).then(|| Tables {
            places: places.clone(),
            scores: scores.clone(),
        }),
    })
}

/// Rows of one theme and period.
struct Slice {
    theme: String,
    period: String,
    rows: RecordBatch,
}

/// Cuts the scores where layer, theme or period change; they are sorted.
fn slice_by_layer(scores: &RecordBatch) -> Result<BTreeMap<String, Vec<Slice>>, ServerError> {
    let column = |name| text(scores, name);
    let (layer, theme, period) = (column("layer")?, column("theme")?, column("period")?);
    let key = |row: usize| (layer.value(row), theme.value(row), period.value(row));
    let mut slices: BTreeMap<String, Vec<Slice>> = BTreeMap::new();
    let mut start = 0;
    while start < scores.num_rows() {
        let here = key(start);
        let mut end = start + 1;
        while end < scores.num_rows() && key(end) == here {
            end += 1;
        }
        slices.entry(here.0.to_owned()).or_default().push(Slice {
            theme: here.1.to_owned(),
            period: here.2.to_owned(),
            rows: scores.slice(start, end - start),
        });
        start = end;
    }
    Ok(slices)
}

fn build_layer(
    info: &ManifestLayer,
    manifest: &Manifest,
    slices: Vec<Slice>,
    described: &mut HashMap<String, Unit>,
) -> Result<LayerView, ServerError> {
    let ids: Vec<String> = match slices.first() {
        Some(slice) => text(&slice.rows, "unit_id")?
            .iter()
            .map(|id| id.unwrap_or_default().to_owned())
            .collect(),
        None => Vec::new(),
    };
    if ids.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(ServerError::Broken(format!(
            "the units of layer {} are not sorted or not unique",
            info.id
        )));
    }
    let mut measures: BTreeMap<String, BTreeMap<String, Measures>> = BTreeMap::new();
    for slice in &slices {
        let units = text(&slice.rows, "unit_id")?;
        let same =
            units.len() == ids.len() && units.iter().zip(&ids).all(|(a, b)| a == Some(b.as_str()));
        // Presence would tell something if a unit could be absent.
        let new = measures
            .entry(slice.theme.clone())
            .or_default()
            .insert(slice.period.clone(), Measures::of(&slice.rows)?)
            .is_none();
        if !same || !new {
            return Err(ServerError::Broken(format!(
                "layer {}, theme {}, period {}: not exactly one row for each unit of the layer",
                info.id, slice.theme, slice.period
            )));
        }
    }
    let themes: Vec<String> = manifest
        .themes
        .iter()
        .map(|theme| theme.code.clone())
        .filter(|code| measures.contains_key(code))
        .collect();
    if themes.len() != measures.len() {
        return Err(ServerError::Broken(format!(
            "layer {} has a theme that the manifest does not name",
            info.id
        )));
    }
    let units = ids
        .iter()
        .map(|id| unit(info, id, described))
        .collect::<Result<Vec<_>, _>>()?;
    let extents = units.iter().enumerate().filter_map(|(unit, described)| {
        let bounds = described.shape.bounds()?;
        Some(Extent { unit, bounds })
    });
    Ok(LayerView {
        info: info.clone(),
        extents: RTree::bulk_load(extents.collect()),
        tiles: TileIndex::new(units.iter().map(|unit| unit.shape.to_world()).collect()),
        units,
        measures,
        themes,
    })
}

fn unit(
    info: &ManifestLayer,
    id: &str,
    described: &mut HashMap<String, Unit>,
) -> Result<Unit, ServerError> {
    match info.kind {
        LayerKind::Place => Ok(described
            .remove(id)
            .unwrap_or_else(|| Unit::bare(id, Shape::None))),
        LayerKind::H3 => {
            let cell: h3o::CellIndex = id.parse().map_err(|_| {
                ServerError::Broken(format!("layer {} has a unit that is no H3 cell", info.id))
            })?;
            Ok(Unit::bare(id, Shape::Cell(cell)))
        }
    }
}

/// Places by identifier, with the names of their parents.
fn read_places(places: &RecordBatch) -> Result<HashMap<String, Unit>, ServerError> {
    let ids = text(places, "place_id")?;
    let texts = |name| text(places, name);
    let (name, parent) = (texts("name")?, texts("parent_id")?);
    let (lgd, census) = (texts("lgd_code")?, texts("census2011_code")?);
    let get = |array: &StringArray, row| array.is_valid(row).then(|| array.value(row).to_owned());
    let whole = |column: &str, row: usize| {
        let array = places.column_by_name(column)?;
        let array = array.as_primitive_opt::<Int64Type>()?;
        array.is_valid(row).then(|| array.value(row))
    };
    let number = |column: &str, row: usize| {
        let array = places.column_by_name(column)?;
        let array = array.as_primitive_opt::<Float64Type>()?;
        (array.is_valid(row) && array.value(row).is_finite()).then(|| array.value(row))
    };
    let geometry = places
        .column_by_name("geometry")
        .and_then(|array| array.as_binary_opt::<i32>());
    let row_of: HashMap<&str, usize> = ids.iter().flatten().zip(0..).collect();
    let mut described = HashMap::with_capacity(places.num_rows());
    for row in 0..places.num_rows() {
        let shape = geometry.filter(|wkb| wkb.is_valid(row)).map(|wkb| {
            geozero::wkb::Wkb(wkb.value(row)).to_geo().map_err(|_| {
                ServerError::Broken(format!(
                    "the geometry in row {row} of the places is not well-known binary"
                ))
            })
        });
        let point = number("longitude", row).zip(number("latitude", row));
        let parent_row = get(parent, row).and_then(|id| row_of.get(id.as_str()).copied());
        let unit = Unit {
            id: ids.value(row).to_owned(),
            name: get(name, row),
            parent_id: get(parent, row),
            parent_name: parent_row.and_then(|row| get(name, row)),
            lgd_code: get(lgd, row),
            census2011_code: get(census, row),
            population: whole("population", row),
            children: whole("children", row),
            households: whole("households", row),
            area_km2: number("area_km2", row),
            shape: Shape::of_place(shape.transpose()?, point.map(|(x, y)| [x, y])),
        };
        described.insert(unit.id.clone(), unit);
    }
    Ok(described)
}

pub(super) fn text<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, ServerError> {
    batch
        .column_by_name(name)
        .and_then(|array| array.as_string_opt::<i32>())
        .ok_or_else(|| ServerError::Broken(format!("there is no text column `{name}`")))
}
