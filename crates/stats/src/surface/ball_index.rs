//! All points within a distance: a grid of cubes as wide as the distance.

use super::locations::chord_squared;

/// Points sorted by the cube they lie in, so that those within `reach` of a
/// place are in 9 short runs of the list.
///
/// An R-tree does the same for any distance; with one distance known
/// beforehand the sorted cubes need no pointers. Building is O(n log n), a
/// query O(log n + points in 27 cubes). Found points come in an order that
/// depends on the points alone.
#[derive(Debug, Clone)]
pub(crate) struct BallIndex {
    reach: f64,
    width: f64,
    origin: [f64; 3],
    keys: Vec<u64>,
    points: Vec<([f64; 3], u32)>,
}

/// Cubes along an axis; three numbers of this size fit a key.
const LARGEST: f64 = 1_000_000.0;

impl BallIndex {
    /// `members` of `vectors`, to be found within the straight-line distance
    /// `reach`.
    pub(crate) fn new(vectors: &[[f64; 3]], members: &[u32], reach: f64) -> Self {
        let mut origin = [f64::INFINITY; 3];
        let mut end = [f64::NEG_INFINITY; 3];
        for member in members {
            let vector = &vectors[*member as usize];
            for axis in 0..3 {
                origin[axis] = origin[axis].min(vector[axis]);
                end[axis] = end[axis].max(vector[axis]);
            }
        }
        let extent = (0..3)
            .map(|axis| end[axis] - origin[axis])
            .fold(0.0, f64::max);
        let width = reach.max(extent / LARGEST).max(f64::MIN_POSITIVE);
        let mut index = Self {
            reach,
            width,
            origin,
            keys: Vec::new(),
            points: Vec::new(),
        };
        let mut sorted: Vec<(u64, u32)> = members
            .iter()
            .map(|member| {
                let [x, y, z] = index.cube(&vectors[*member as usize]);
                (key(x as u64, y as u64, z as u64), *member)
            })
            .collect();
        sorted.sort_unstable();
        index.keys = sorted.iter().map(|(key, _)| *key).collect();
        index.points = sorted
            .iter()
            .map(|(_, member)| (vectors[*member as usize], *member))
            .collect();
        index
    }

    fn cube(&self, vector: &[f64; 3]) -> [i64; 3] {
        // The conversion saturates, so that a far place is in a far cube.
        [0, 1, 2].map(|axis| ((vector[axis] - self.origin[axis]) / self.width).floor() as i64)
    }

    /// Calls `visit` with every member within reach and its squared
    /// straight-line distance.
    pub(crate) fn within(&self, place: &[f64; 3], mut visit: impl FnMut(usize, f64)) {
        if self.points.is_empty() {
            return;
        }
        let limit = self.reach * self.reach;
        let [x, y, z] = self.cube(place);
        let (first, last) = (x.saturating_sub(1).max(0), x.saturating_add(1));
        if last < 0 || first > LARGEST as i64 {
            return;
        }
        for z in z.saturating_sub(1)..=z.saturating_add(1) {
            for y in y.saturating_sub(1)..=y.saturating_add(1) {
                if y < 0 || z < 0 || y > LARGEST as i64 || z > LARGEST as i64 {
                    continue;
                }
                let from = key(first as u64, y as u64, z as u64);
                let to = key(last as u64, y as u64, z as u64);
                let start = self.keys.partition_point(|key| *key < from);
                for (key, (vector, member)) in self.keys[start..].iter().zip(&self.points[start..])
                {
                    if *key > to {
                        break;
                    }
                    let chord = chord_squared(vector, place);
                    if chord <= limit {
                        visit(*member as usize, chord);
                    }
                }
            }
        }
    }
}

fn key(x: u64, y: u64, z: u64) -> u64 {
    z << 42 | y << 21 | x
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_look_at_all_finds(
            points in prop::collection::vec([-50.0..50.0f64, -50.0..50.0, -5.0..5.0], 0..80),
            place in [-80.0..80.0f64, -80.0..80.0, -8.0..8.0],
            reach in 0.001..70.0f64,
        ) {
            let members: Vec<u32> = (0..points.len() as u32).collect();
            let mut found = Vec::new();
            BallIndex::new(&points, &members, reach).within(&place, |i, _| found.push(i));
            found.sort_unstable();
            let all: Vec<usize> = (0..points.len())
                .filter(|i| chord_squared(&points[*i], &place) <= reach * reach)
                .collect();
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn far_places_and_one_point_are_no_trouble() {
        let index = BallIndex::new(&[[1.0, 2.0, 3.0]], &[0], 0.5);
        let mut found = 0;
        index.within(&[1e300, 0.0, 0.0], |_, _| found += 1);
        index.within(&[1.0, 2.2, 3.0], |_, _| found += 1);
        assert_eq!(found, 1);
    }
}
