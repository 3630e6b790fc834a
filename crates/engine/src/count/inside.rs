//! In which place a cell lies: for events known only by their H3 cell.

use std::collections::HashMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use geo::{BoundingRect, Contains, MultiPolygon, Point};
use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use safeground_schema::{Layer, Level};

use super::source::Source;
use super::{Places, polygons};
use crate::EngineError;

/// Cells coarser than this are too wide to say in which place they lie.
const COARSEST: Resolution = Resolution::Seven;

/// Finds the places of all cells of events that have no place.
///
/// A cell lies in the place whose polygon holds its centre, the finest such
/// place of each vintage's tree first found in order of level, block before
/// district before state. Villages are points and are not guessed at.
///
/// # Errors
/// The queries' failure.
pub(crate) async fn places_of_cells(
    ctx: &SessionContext,
    places: &Places,
    sources: &[&Source],
) -> Result<HashMap<CellIndex, u32>, EngineError> {
    let mut cells = Vec::new();
    for source in sources {
        for batch in ctx
            .sql(&source.cells_without_place())
            .await?
            .collect()
            .await?
        {
            let column = batch["cell"].as_primitive::<Int64Type>();
            cells.extend(
                column
                    .iter()
                    .flatten()
                    .filter_map(|cell| CellIndex::try_from(cell as u64).ok())
                    .filter(|cell| cell.resolution() >= COARSEST),
            );
        }
    }
    cells.sort_unstable();
    cells.dedup();
    if cells.is_empty() {
        return Ok(HashMap::new());
    }
    let layers: Vec<Layer> = places
        .layers
        .iter()
        .filter(|layer| layer.level <= Level::Block)
        .cloned()
        .collect();
    let shapes: Vec<(u32, MultiPolygon)> = polygons::read_wkb(ctx, places, &layers)
        .await?
        .into_iter()
        .filter_map(|(place, wkb)| Some((place, polygons::parse(&wkb)?)))
        .collect();
    let tree = RTree::bulk_load(
        shapes
            .iter()
            .enumerate()
            .filter_map(|(index, (_, shape))| {
                let rect = shape.bounding_rect()?;
                let corners = Rectangle::from_corners(
                    [rect.min().x, rect.min().y],
                    [rect.max().x, rect.max().y],
                );
                Some(GeomWithData::new(corners, index))
            })
            .collect(),
    );
    Ok(cells
        .into_par_iter()
        .filter_map(|cell| {
            let centre = LatLng::from(cell);
            let (x, y) = (centre.lng(), centre.lat());
            tree.locate_in_envelope_intersecting(&AABB::from_point([x, y]))
                .map(|found| &shapes[found.data])
                .filter(|(_, shape)| shape.contains(&Point::new(x, y)))
                .map(|(place, _)| *place)
                .max_by_key(|place| (places.level_of(*place), std::cmp::Reverse(*place)))
                .map(|place| (cell, place))
        })
        .collect())
}
