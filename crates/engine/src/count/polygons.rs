//! Polygons of places, read on demand: most places have none and those that
//! have are large.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::prelude::{SessionContext, col, lit};
use geo::{Geometry, MultiPolygon};
use geozero::ToGeo;
use safeground_schema::Layer;

use super::Places;
use crate::EngineError;

/// Well-known binary of the places of these layers that have a geometry, by
/// place index.
///
/// # Errors
/// The query's failure.
pub async fn read_wkb(
    ctx: &SessionContext,
    places: &Places,
    layers: &[Layer],
) -> Result<BTreeMap<u32, Vec<u8>>, EngineError> {
    let levels: Vec<_> = layers.iter().map(|l| lit(l.level.as_str())).collect();
    let mut found = BTreeMap::new();
    if levels.is_empty() {
        return Ok(found);
    }
    let batches = ctx
        .table("places")
        .await?
        .filter(
            col("level")
                .in_list(levels, false)
                .and(col("geometry").is_not_null()),
        )?
        .select_columns(&["place_id", "geometry"])?
        .collect()
        .await?;
    for batch in batches {
        let ids = cast(&batch["place_id"], &DataType::Utf8)?;
        let shapes = cast(&batch["geometry"], &DataType::Binary)?;
        for (id, shape) in ids.as_string::<i32>().iter().zip(shapes.as_binary::<i32>()) {
            let (Some(place), Some(shape)) = (id.and_then(|id| places.find(id)), shape) else {
                continue;
            };
            if layers.contains(places.layer_of(place)) {
                found.insert(place, shape.to_vec());
            }
        }
    }
    Ok(found)
}

/// The polygons of a geometry; `None` where it has no area or cannot be read.
#[must_use]
pub fn parse(wkb: &[u8]) -> Option<MultiPolygon> {
    match geozero::wkb::Wkb(wkb).to_geo().ok()? {
        Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon])),
        Geometry::MultiPolygon(polygons) => Some(polygons),
        Geometry::GeometryCollection(parts) => {
            let polygons: Vec<_> = parts
                .into_iter()
                .flat_map(|part| match part {
                    Geometry::Polygon(polygon) => vec![polygon],
                    Geometry::MultiPolygon(polygons) => polygons.0,
                    _ => Vec::new(),
                })
                .collect();
            (!polygons.is_empty()).then(|| MultiPolygon::new(polygons))
        }
        _ => None,
    }
}
