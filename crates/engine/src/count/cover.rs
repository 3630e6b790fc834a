//! Which H3 cells cover a polygon.

use std::collections::{BTreeSet, VecDeque};

use geo::{BoundingRect, Contains, Coord, LineString, MultiPolygon, Point};
use h3o::{CellIndex, LatLng, Resolution};

/// Steps per cell edge at which a boundary is sampled.
const STEPS_PER_EDGE: f64 = 8.0;

/// Kilometres in a degree of latitude, rounded down so that steps are never
/// longer than meant.
const KM_PER_DEGREE: f64 = 110.0;

/// Adds the cells of a resolution that a polygon touches: every cell its
/// boundary passes through, sampled at an eighth of a cell edge, and every
/// cell whose centre lies inside.
///
/// Flood fill from the boundary inward, each cell tested by its centre:
/// O(cells × vertices). A cell whose corner alone is touched may be missed;
/// nothing lies there.
pub fn cover(polygons: &MultiPolygon, resolution: Resolution, cells: &mut BTreeSet<CellIndex>) {
    let step = resolution.edge_length_km() / STEPS_PER_EDGE / KM_PER_DEGREE;
    for polygon in polygons {
        let mut wall = BTreeSet::new();
        trace(polygon.exterior(), step, resolution, &mut wall);
        for hole in polygon.interiors() {
            trace(hole, step, resolution, &mut wall);
        }
        let Some(bounds) = polygon.bounding_rect() else {
            continue;
        };
        let mut seen = wall.clone();
        let mut queue: VecDeque<CellIndex> = wall.iter().copied().collect();
        while let Some(cell) = queue.pop_front() {
            for neighbour in cell.grid_disk::<Vec<_>>(1) {
                if seen.contains(&neighbour) {
                    continue;
                }
                let centre = LatLng::from(neighbour);
                let centre = Point::new(centre.lng(), centre.lat());
                if bounds.contains(&centre) && polygon.contains(&centre) {
                    seen.insert(neighbour);
                    queue.push_back(neighbour);
                }
            }
        }
        cells.extend(seen);
    }
}

/// Adds the cells that a ring passes through.
fn trace(ring: &LineString, step: f64, resolution: Resolution, wall: &mut BTreeSet<CellIndex>) {
    for line in ring.lines() {
        let delta = line.delta();
        // Longitude degrees only shrink away from the equator, so the plain
        // distance in degrees bounds the true one.
        let steps = (delta.x.hypot(delta.y) / step).ceil().max(1.0);
        for i in 0..=steps as u64 {
            let at: Coord = line.start + delta * (i as f64 / steps);
            if let Ok(point) = LatLng::new(at.y, at.x) {
                wall.insert(point.to_cell(resolution));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    #[test]
    fn a_square_is_covered_without_holes() {
        let square: MultiPolygon = polygon![
            (x: 84.0, y: 25.0), (x: 85.0, y: 25.0), (x: 85.0, y: 26.0), (x: 84.0, y: 26.0),
        ]
        .into();
        let mut cells = BTreeSet::new();
        cover(&square, Resolution::Five, &mut cells);
        let mut at_random = 0.5_f64;
        for _ in 0..2_000 {
            let mut next = || {
                at_random = (at_random * 997.0 + 0.123).fract();
                at_random
            };
            let point = LatLng::new(25.0 + next(), 84.0 + next()).unwrap();
            assert!(cells.contains(&point.to_cell(Resolution::Five)));
        }
        let area: f64 = cells.iter().map(|c| c.area_km2()).sum();
        assert!((11_100.0..16_500.0).contains(&area), "{area} km²");
    }
}
