//! Points and lines cut into the tiles of a map (Web Mercator, XYZ).

use std::collections::BTreeMap;

use crate::document::Position;

/// Width of a tile in its own units.
pub(crate) const EXTENT: i32 = 4_096;
/// How far lines reach beyond the edge of a tile, so that no seam shows.
const BUFFER: f64 = 64.0;
/// Latitude at which the square of the map ends.
const MAX_LATITUDE: f64 = 85.051_128_78;

/// Zoom, column from the west and row from the north.
pub(crate) type Address = (u8, u32, u32);

/// A point on the square of the world, 0 to 1 from north-west.
fn world(position: Position) -> [f64; 2] {
    let latitude = position.latitude.clamp(-MAX_LATITUDE, MAX_LATITUDE);
    let sine = latitude.to_radians().sin();
    let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
    [(position.longitude + 180.0) / 360.0, y]
}

/// The tile of a point at a zoom, and the point in the units of the tile.
pub(crate) fn point(position: Position, zoom: u8) -> (Address, [i32; 2]) {
    let side = f64::from(1_u32 << zoom);
    let at = world(position).map(|c| (c * side).clamp(0.0, side - 1e-9));
    let address = (zoom, at[0] as u32, at[1] as u32);
    let within = at.map(|c| (c.fract() * f64::from(EXTENT)).round() as i32);
    (address, within)
}

/// The parts of a line in each tile that it touches at a zoom, each part with
/// two points at least, in the units of its tile.
pub(crate) fn line(line: &[Position], zoom: u8) -> BTreeMap<Address, Vec<Vec<[i32; 2]>>> {
    let side = 1_u32 << zoom;
    let scale = f64::from(side) * f64::from(EXTENT);
    let points: Vec<[f64; 2]> = line.iter().map(|p| world(*p).map(|c| c * scale)).collect();
    let mut parts: BTreeMap<Address, Vec<Vec<[i32; 2]>>> = BTreeMap::new();
    for segment in points.windows(2) {
        let tile = |value: f64| {
            let last = f64::from(side - 1);
            (value / f64::from(EXTENT)).floor().clamp(0.0, last) as u32
        };
        let range = |axis: usize| {
            let (a, b) = (segment[0][axis], segment[1][axis]);
            tile(a.min(b) - BUFFER)..=tile(a.max(b) + BUFFER)
        };
        for x in range(0) {
            for y in range(1) {
                let corner = [x, y].map(|c| f64::from(c) * f64::from(EXTENT));
                let Some(cut) = clip(segment[0], segment[1], corner) else {
                    continue;
                };
                let cut = cut.map(|p| [0, 1].map(|axis| (p[axis] - corner[axis]).round() as i32));
                if cut[0] == cut[1] {
                    continue;
                }
                let lines = parts.entry((zoom, x, y)).or_default();
                match lines.last_mut() {
                    Some(last) if last.last() == Some(&cut[0]) => last.push(cut[1]),
                    _ => lines.push(cut.to_vec()),
                }
            }
        }
    }
    parts
}

/// The part of a segment within a tile and its buffer: Liang & Barsky (1984),
/// *A new concept and method for line clipping*.
fn clip(from: [f64; 2], to: [f64; 2], corner: [f64; 2]) -> Option<[[f64; 2]; 2]> {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let step = to[axis] - from[axis];
        let low = corner[axis] - BUFFER - from[axis];
        let high = corner[axis] + f64::from(EXTENT) + BUFFER - from[axis];
        if step == 0.0 {
            if low > 0.0 || high < 0.0 {
                return None;
            }
            continue;
        }
        let (first, last) = if step > 0.0 {
            (low / step, high / step)
        } else {
            (high / step, low / step)
        };
        enters = enters.max(first);
        leaves = leaves.min(last);
    }
    let at = |share: f64| [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]));
    (enters < leaves).then(|| [at(enters), at(leaves)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position {
            longitude,
            latitude,
        }
    }

    #[test]
    fn the_corner_of_four_tiles_is_where_equator_and_greenwich_meet() {
        assert_eq!(point(at(0.0, 0.0), 1), ((1, 1, 1), [0, 0]));
        assert_eq!(point(at(-180.0, 85.06), 3).0, (3, 0, 0));
        assert_eq!(point(at(180.0, -89.0), 3).0, (3, 7, 7));
        // Gaya: the tile that other software gives at zoom 10.
        assert_eq!(point(at(85.0, 24.8), 10).0, (10, 753, 439));
    }

    #[test]
    fn a_line_through_several_tiles_is_whole_in_each_of_them() {
        let parts = line(&[at(84.0, 25.0), at(86.0, 25.1), at(86.0, 24.0)], 9);
        assert!(parts.len() > 3);
        let edge = EXTENT + BUFFER as i32;
        for (address, lines) in &parts {
            assert_eq!(address.0, 9);
            for part in lines {
                assert!(part.len() >= 2);
                let inside = |c: &i32| (-(BUFFER as i32)..=edge).contains(c);
                assert!(part.iter().flatten().all(inside), "{part:?}");
            }
        }
    }

    #[test]
    fn a_line_without_length_is_in_no_tile() {
        assert!(line(&[at(85.0, 25.0), at(85.0, 25.0)], 10).is_empty());
    }
}
