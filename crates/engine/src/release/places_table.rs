//! The public description of the places of a release.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::Centroid;
use safeground_schema::release::places_schema;

use crate::EngineError;
use crate::count::{LayerKey, Places, Units, polygons};

/// A unit and its place.
struct Row<'a> {
    units: &'a Units,
    unit: usize,
    place: usize,
}

/// One row for every unit of the layers of places, sorted by layer and
/// identifier. A place without a point gets the centroid of its polygon.
pub(super) fn places_table(
    places: &Places,
    layers: &[Arc<Units>],
    shapes: &BTreeMap<u32, Vec<u8>>,
) -> Result<RecordBatch, EngineError> {
    let mut units: Vec<&Arc<Units>> = layers
        .iter()
        .filter(|units| matches!(units.key, LayerKey::Place(_)))
        .collect();
    units.sort_by_key(|units| units.key.to_string());
    let rows: Vec<Row> = units
        .iter()
        .flat_map(|units| {
            let rows = units.places.iter().enumerate();
            rows.map(move |(unit, place)| Row {
                units,
                unit,
                place: *place as usize,
            })
        })
        .collect();
    let text = |of: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(rows.iter().map(|r| of(r.place))))
    };
    let whole = |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.iter().map(of)))
    };
    let points: Vec<Option<(f64, f64)>> = rows
        .iter()
        .map(|row| {
            let point = places.latitude[row.place].zip(places.longitude[row.place]);
            point.or_else(|| {
                let shape = polygons::parse(shapes.get(&(row.place as u32))?)?;
                let centroid = shape.centroid()?;
                Some((centroid.y(), centroid.x()))
            })
        })
        .collect();
    let mut geometry = BinaryBuilder::new();
    for row in &rows {
        geometry.append_option(shapes.get(&(row.place as u32)));
    }
    let columns: Vec<ArrayRef> = vec![
        text(&|place| Some(places.ids[place].clone())),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| row.units.key.to_string()),
        )),
        text(&|place| places.name[place].clone()),
        text(&|place| places.parent[place].map(|p| places.ids[p as usize].clone())),
        text(&|place| places.lgd_code[place].clone()),
        text(&|place| places.census2011_code[place].clone()),
        whole(&|row| places.population[row.place]),
        whole(&|row| row.units.children[row.unit].map(|n| n.round() as i64)),
        whole(&|row| row.units.households[row.unit].map(|n| n.round() as i64)),
        Arc::new(Float64Array::from_iter(
            rows.iter().map(|row| places.area_km2[row.place]),
        )),
        Arc::new(Float64Array::from_iter(
            points.iter().map(|p| p.map(|(lat, _)| lat)),
        )),
        Arc::new(Float64Array::from_iter(
            points.iter().map(|p| p.map(|(_, lng)| lng)),
        )),
        Arc::new(geometry.finish()),
    ];
    Ok(RecordBatch::try_new(places_schema(), columns)?)
}
