//! Which H3 cells are land.

use std::collections::HashMap;

use h3o::{CellIndex, LatLng, Resolution};

use super::noise::fractal;

/// Resolution of the cells that make up the land; about 5 km² each.
pub(super) const RESOLUTION: Resolution = Resolution::Seven;

/// Centre of the state: open ocean, more than 1,300 km from any coast.
const CENTRE_LATITUDE: f64 = -33.0;
/// Longitude of the centre.
const CENTRE_LONGITUDE: f64 = 89.0;

/// Kilometres in a degree of latitude.
const KM_PER_DEGREE_NORTH: f64 = 110.9;
/// Kilometres in a degree of longitude at the centre.
const KM_PER_DEGREE_EAST: f64 = 93.5;

/// Half the extent of the land before its coast is made irregular.
const HALF_EAST_KM: f64 = 205.0;
/// The same from south to north.
const HALF_NORTH_KM: f64 = 160.0;

/// Cells from the centre that are looked at.
const REACH: u32 = 120;

/// Marks a side of a cell with no land behind it.
pub(super) const SEA: u32 = u32::MAX;

/// Position on a plane around the centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    /// Kilometres east of the centre.
    pub(crate) east_km: f64,
    /// Kilometres north of the centre.
    pub(crate) north_km: f64,
}

impl Spot {
    /// Distance on the plane, squared.
    pub(crate) fn distance2(self, other: Self) -> f64 {
        let (east, north) = (self.east_km - other.east_km, self.north_km - other.north_km);
        east * east + north * north
    }

    /// The plane position of a point of the globe.
    pub(crate) fn of(point: LatLng) -> Self {
        Self {
            east_km: (point.lng() - CENTRE_LONGITUDE) * KM_PER_DEGREE_EAST,
            north_km: (point.lat() - CENTRE_LATITUDE) * KM_PER_DEGREE_NORTH,
        }
    }
}

/// The land: its cells in the order of their indices, and who borders whom.
#[derive(Debug)]
pub(super) struct Land {
    pub(super) cells: Vec<CellIndex>,
    pub(super) spots: Vec<Spot>,
    /// Land cells around each cell; [`SEA`] where there is none.
    pub(super) neighbours: Vec<[u32; 6]>,
}

impl Land {
    /// Raises the land out of the ocean.
    pub(super) fn new() -> Self {
        let centre = LatLng::new(CENTRE_LATITUDE, CENTRE_LONGITUDE)
            .expect("the centre is a point of the globe")
            .to_cell(RESOLUTION);
        let mut field: Vec<CellIndex> = centre.grid_disk(REACH);
        field.sort_unstable();
        let spots: Vec<Spot> = field.iter().map(|c| Spot::of(LatLng::from(*c))).collect();
        let neighbours = neighbours(&field);
        let mut dry: Vec<bool> = spots.iter().map(|spot| is_dry(*spot)).collect();
        smooth(&mut dry, &neighbours);
        keep_largest(&mut dry, &neighbours);
        fill_ponds(&mut dry, &neighbours);
        let cells: Vec<CellIndex> = choose(&field, &dry);
        Self {
            spots: choose(&spots, &dry),
            neighbours: self::neighbours(&cells),
            cells,
        }
    }
}

/// How crowded a place is, about 0 (empty) to 1 (densely settled): along the
/// river plain in the south and around the bay.
pub(super) fn crowding(spot: Spot) -> f64 {
    let river = 0.35 * spot.east_km + 30.0 * fractal(spot.east_km, 0.0, 120.0, 2, 71) - 35.0;
    let from_river = (spot.north_km - river).abs() / 70.0;
    let plain = (1.0 - from_river).max(0.0);
    let local = fractal(spot.east_km, spot.north_km, 60.0, 3, 72);
    (0.25 + 0.55 * plain + 0.35 * local).clamp(0.0, 1.0)
}

/// Roughness of the ground that borders follow, about 0 to 1.
pub(super) fn roughness(spot: Spot) -> f64 {
    0.5 + 0.5 * fractal(spot.east_km, spot.north_km, 26.0, 3, 73)
}

/// Whether a place is above the water, before the coast is tidied.
fn is_dry(spot: Spot) -> bool {
    let Spot { east_km, north_km } = spot;
    let ellipse = |east: f64, north: f64, half_east: f64, half_north: f64| {
        let (x, y) = (
            (east_km - east) / half_east,
            (north_km - north) / half_north,
        );
        1.0 - (x * x + y * y)
    };
    let coast = 0.85 * fractal(east_km, north_km, 105.0, 5, 11);
    let island = ellipse(0.0, 0.0, HALF_EAST_KM, HALF_NORTH_KM) + coast > 0.0;
    let bay = ellipse(-60.0, -165.0, 46.0, 88.0) + 0.5 * coast > 0.0;
    let shore = 0.45 * fractal(east_km, north_km, 22.0, 3, 12);
    let lake = ellipse(62.0, 38.0, 21.0, 12.0) + shore > 0.0;
    island && !bay && !lake
}

fn choose<T: Copy>(items: &[T], kept: &[bool]) -> Vec<T> {
    let pairs = items.iter().zip(kept);
    pairs
        .filter(|(_, kept)| **kept)
        .map(|(item, _)| *item)
        .collect()
}

/// Positions of the cells around each cell within the sorted list.
fn neighbours(cells: &[CellIndex]) -> Vec<[u32; 6]> {
    let position: HashMap<CellIndex, u32> = cells.iter().copied().zip(0..).collect();
    cells
        .iter()
        .map(|cell| {
            let mut around = [SEA; 6];
            let mut ring: Vec<CellIndex> = cell.grid_disk(1);
            ring.retain(|other| other != cell);
            ring.sort_unstable();
            for (slot, other) in around.iter_mut().zip(ring) {
                *slot = position.get(&other).copied().unwrap_or(SEA);
            }
            around
        })
        .collect()
}

/// Majority rule, three times: removes spits and inlets of one cell, which
/// would make needles of the coast.
fn smooth(dry: &mut Vec<bool>, neighbours: &[[u32; 6]]) {
    for _ in 0..3 {
        *dry = neighbours
            .iter()
            .enumerate()
            .map(|(cell, around)| {
                let wet = around
                    .iter()
                    .filter(|other| **other == SEA || !dry[**other as usize])
                    .count();
                if dry[cell] { wet < 4 } else { wet < 2 }
            })
            .collect();
    }
}

/// Sinks every island but the largest.
fn keep_largest(dry: &mut [bool], neighbours: &[[u32; 6]]) {
    let parts = components(dry, neighbours, true);
    let largest = parts.iter().max_by_key(|part| part.len());
    let largest = largest.cloned().unwrap_or_default();
    dry.fill(false);
    for cell in largest {
        dry[cell] = true;
    }
}

/// Fills every water but the sea and the lake.
fn fill_ponds(dry: &mut [bool], neighbours: &[[u32; 6]]) {
    let mut waters = components(dry, neighbours, false);
    waters.sort_by_key(|water| std::cmp::Reverse(water.len()));
    for cell in waters.into_iter().skip(2).flatten() {
        dry[cell] = true;
    }
}

/// Connected parts of the cells that are dry, or of those that are not.
fn components(dry: &[bool], neighbours: &[[u32; 6]], wanted: bool) -> Vec<Vec<usize>> {
    let mut seen = vec![false; dry.len()];
    let mut parts = Vec::new();
    for start in 0..dry.len() {
        if seen[start] || dry[start] != wanted {
            continue;
        }
        seen[start] = true;
        let mut part = vec![start];
        let mut next = 0;
        while let Some(cell) = part.get(next).copied() {
            next += 1;
            for other in neighbours[cell] {
                if other != SEA && !seen[other as usize] && dry[other as usize] == wanted {
                    seen[other as usize] = true;
                    part.push(other as usize);
                }
            }
        }
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_land_lies_within_one_face_of_the_icosahedron() {
        let faces = |cell: &CellIndex| cell.icosahedron_faces().iter().collect::<Vec<_>>();
        let land = Land::new();
        let first = faces(&land.cells[0]);
        assert_eq!(first.len(), 1);
        assert!(land.cells.iter().all(|cell| faces(cell) == first));
    }

    #[test]
    fn the_land_is_one_piece_with_a_lake() {
        let land = Land::new();
        let all = vec![true; land.cells.len()];
        assert_eq!(components(&all, &land.neighbours, true).len(), 1);
        assert!(
            (15_000..26_000).contains(&land.cells.len()),
            "{}",
            land.cells.len()
        );
    }
}
