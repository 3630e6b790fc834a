//! The shapes of a layer, ready to be cut into tiles.

use std::collections::HashMap;
use std::sync::OnceLock;

use rstar::{AABB, RTree, RTreeObject};

use super::{Address, BUFFER, EXTENT, MAX_ZOOM};
use crate::geometry::{Rect, WorldShape, clip_ring, signed_area, snap_ring};

/// Zooms up to this one keep their snapped shapes in memory. Deeper tiles
/// hold few shapes, which are snapped when asked for.
const MAX_KEPT_ZOOM: u8 = 8;
/// Most units in one tile; a layer with more begins at a deeper zoom.
const MAX_UNITS_PER_TILE: usize = 20_000;

/// Shapes of the units of a layer in world coordinates.
#[derive(Debug)]
pub(crate) struct TileIndex {
    shapes: Vec<WorldShape>,
    boxes: RTree<Placed>,
    kept: Vec<OnceLock<Vec<Snapped>>>,
    min_zoom: u8,
}

/// A unit where it lies, or one world further west if it reaches beyond the
/// eastern edge.
#[derive(Debug)]
struct Placed {
    unit: usize,
    shift: i64,
    bounds: AABB<[f64; 2]>,
}

impl RTreeObject for Placed {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

/// A shape on the grid of a zoom, in tile units from the corner of the world.
#[derive(Debug, Clone)]
enum Snapped {
    None,
    Point([i64; 2]),
    Polygons(Vec<Vec<Vec<[i64; 2]>>>),
}

/// The part of a unit in a tile, in the units of the tile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// A point.
    Point([i32; 2]),
    /// Rings in drawing order: each outer ring runs clockwise on the screen
    /// and is followed by its holes, which run the other way.
    Rings(Vec<Vec<[i32; 2]>>),
}

impl TileIndex {
    /// Indexes the shapes of the units, in the order of the units.
    pub(crate) fn new(shapes: Vec<WorldShape>) -> Self {
        let mut boxes = Vec::with_capacity(shapes.len());
        for (unit, shape) in shapes.iter().enumerate() {
            let Some((min, max)) = shape.bounds() else {
                continue;
            };
            for shift in [0, 1] {
                let dx = shift as f64;
                if shift == 0 || max[0] > 1.0 {
                    boxes.push(Placed {
                        unit,
                        shift,
                        bounds: AABB::from_corners([min[0] - dx, min[1]], [max[0] - dx, max[1]]),
                    });
                }
            }
        }
        Self {
            min_zoom: min_zoom(&boxes),
            boxes: RTree::bulk_load(boxes),
            shapes,
            kept: (0..=MAX_KEPT_ZOOM).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The first zoom at which no tile holds too many units. It follows from
    /// the geometry alone.
    pub(crate) fn min_zoom(&self) -> u8 {
        self.min_zoom
    }

    /// The units in a tile, in order, each with its part.
    pub(crate) fn pieces(&self, tile: Address) -> Vec<(usize, Piece)> {
        let corner = [i64::from(tile.x) * EXTENT, i64::from(tile.y) * EXTENT];
        let rect = Rect {
            min: corner.map(|c| c - BUFFER),
            max: corner.map(|c| c + EXTENT + BUFFER),
        };
        let world = world_units(tile.z) as f64;
        // One more unit than the buffer, for what moves when snapped.
        let reach = |value: i64, by: i64| (value + by) as f64 / world;
        let search = AABB::from_corners(
            rect.min.map(|value| reach(value, -grid(tile.z))),
            rect.max.map(|value| reach(value, grid(tile.z))),
        );
        let mut found: Vec<(usize, i64)> = self
            .boxes
            .locate_in_envelope_intersecting(&search)
            .map(|placed| (placed.unit, placed.shift))
            .collect();
        found.sort_unstable();
        let kept = self.kept.get(usize::from(tile.z)).map(|level| {
            level.get_or_init(|| self.shapes.iter().map(|s| snap(s, tile.z)).collect())
        });
        found
            .into_iter()
            .filter_map(|(unit, shift)| {
                let offset = [corner[0] + shift * world_units(tile.z), corner[1]];
                let rect = Rect {
                    min: offset.map(|c| c - BUFFER),
                    max: offset.map(|c| c + EXTENT + BUFFER),
                };
                let piece = match kept {
                    Some(level) => cut(&level[unit], rect, offset),
                    None => cut(&snap(&self.shapes[unit], tile.z), rect, offset),
                };
                Some((unit, piece?))
            })
            .collect()
    }
}

fn world_units(zoom: u8) -> i64 {
    EXTENT << zoom
}

/// Grid of a zoom in tile units: half a pixel of a tile 512 pixels wide, and
/// the finest where the map overzooms.
fn grid(zoom: u8) -> i64 {
    if zoom < 12 { 4 } else { 1 }
}

fn snap(shape: &WorldShape, zoom: u8) -> Snapped {
    let world = world_units(zoom) as f64;
    let grid = grid(zoom);
    match shape {
        WorldShape::None => Snapped::None,
        WorldShape::Point(point) => Snapped::Point(point.map(|c| (c * world).round() as i64)),
        WorldShape::Polygons(polygons) => {
            let mut snapped: Vec<Vec<Vec<[i64; 2]>>> = Vec::new();
            for polygon in polygons {
                let mut rings = polygon.iter().map(|ring| snap_ring(ring, world, grid));
                let outer = rings.next().filter(|outer| !outer.is_empty());
                if let Some(outer) = outer {
                    let holes = rings.filter(|hole| !hole.is_empty());
                    snapped.push(std::iter::once(outer).chain(holes).collect());
                }
            }
            if snapped.is_empty() {
                // Too small for this zoom: still one dot wide, so that no
                // unit ever vanishes.
                if let Some((min, max)) = shape.bounds() {
                    let place = |axis: usize| {
                        let middle = (min[axis] + max[axis]) / 2.0;
                        (middle * world / grid as f64).floor() as i64 * grid
                    };
                    let (x, y) = (place(0), place(1));
                    snapped.push(vec![vec![
                        [x, y],
                        [x + grid, y],
                        [x + grid, y + grid],
                        [x, y + grid],
                    ]]);
                }
            }
            Snapped::Polygons(snapped)
        }
    }
}

fn cut(shape: &Snapped, rect: Rect, offset: [i64; 2]) -> Option<Piece> {
    let local = |point: [i64; 2]| [(point[0] - offset[0]) as i32, (point[1] - offset[1]) as i32];
    match shape {
        Snapped::None => None,
        Snapped::Point(point) => rect.holds(*point).then(|| Piece::Point(local(*point))),
        Snapped::Polygons(polygons) => {
            let mut rings = Vec::new();
            for polygon in polygons {
                for (position, ring) in polygon.iter().enumerate() {
                    let mut ring = clip_ring(ring, rect);
                    let area = signed_area(&ring);
                    if ring.len() < 3 || area == 0 {
                        if position == 0 {
                            break;
                        }
                        continue;
                    }
                    if (area > 0) != (position == 0) {
                        ring.reverse();
                    }
                    rings.push(ring.into_iter().map(local).collect());
                }
            }
            (!rings.is_empty()).then_some(Piece::Rings(rings))
        }
    }
}

fn min_zoom(boxes: &[Placed]) -> u8 {
    if boxes.len() <= MAX_UNITS_PER_TILE {
        return 0;
    }
    (0..MAX_ZOOM)
        .find(|zoom| {
            let side = f64::from(1_u32 << zoom);
            let mut units: HashMap<(i64, i64), usize> = HashMap::new();
            for placed in boxes {
                let (lower, upper) = (placed.bounds.lower(), placed.bounds.upper());
                let middle = |axis: usize| (f64::midpoint(lower[axis], upper[axis]) * side) as i64;
                *units.entry((middle(0), middle(1))).or_default() += 1;
            }
            units.values().all(|&count| count <= MAX_UNITS_PER_TILE)
        })
        .unwrap_or(MAX_ZOOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_of_many_units_begins_where_its_tiles_are_small() {
        let points = |count: u32| -> Vec<WorldShape> {
            let side = f64::from(count).sqrt();
            (0..count)
                .map(|n| {
                    let (x, y) = (f64::from(n) % side, (f64::from(n) / side).floor());
                    WorldShape::Point([0.5 + x / side / 8.0, 0.5 + y / side / 8.0])
                })
                .collect()
        };
        assert_eq!(TileIndex::new(points(20_000)).min_zoom(), 0);
        let index = TileIndex::new(points(70_000));
        // An eighth of the world in one tile up to zoom 3, then in four.
        assert_eq!(index.min_zoom(), 4);
        let tile = Address { z: 4, x: 8, y: 8 };
        let units = index.pieces(tile).len();
        assert!((10_000..25_000).contains(&units), "{units}");
    }

    #[test]
    fn a_unit_too_small_to_draw_is_still_a_dot() {
        let square = |x: f64| {
            let far = x + 1e-7;
            WorldShape::Polygons(vec![vec![vec![[x, x], [far, x], [far, far], [x, far]]]])
        };
        let index = TileIndex::new(vec![square(0.3), square(0.6)]);
        let pieces = index.pieces(Address { z: 0, x: 0, y: 0 });
        assert_eq!(pieces.len(), 2);
        for (_, piece) in pieces {
            assert!(matches!(piece, Piece::Rings(rings) if rings.len() == 1));
        }
    }

    #[test]
    fn a_cell_across_the_180th_meridian_is_in_the_tiles_on_both_sides() {
        let cell = h3o::LatLng::new(-17.0, 179.99)
            .unwrap()
            .to_cell(h3o::Resolution::Three);
        let index = TileIndex::new(vec![crate::geometry::Shape::Cell(cell).to_world()]);
        for x in [0, 31] {
            assert_eq!(
                index.pieces(Address { z: 5, x, y: 17 }).len(),
                1,
                "column {x}"
            );
        }
        assert!(index.pieces(Address { z: 5, x: 15, y: 17 }).is_empty());
    }
}
