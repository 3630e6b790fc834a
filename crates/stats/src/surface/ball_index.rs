//! All points within a distance: rows of points sorted along an axis.

use super::locations::chord_squared;

/// Points in rows half as wide as the distance `reach`, each row sorted along
/// the first axis, so that the points within reach of a place are in a few
/// runs that hold little else.
///
/// An R-tree does the same for any distance; with one distance known
/// beforehand rows need no pointers and waste few looks. Building is
/// O(n log n), a query O(log n + points found). Found points come in an order
/// that depends on the points alone.
#[derive(Debug, Clone)]
pub(crate) struct BallIndex {
    reach: f64,
    width: f64,
    /// Least second and third coordinate.
    origin: [f64; 2],
    /// Key and first point of each row that is not empty, and an end.
    rows: Vec<(u64, usize)>,
    points: Vec<([f64; 3], u32)>,
}

/// Rows along an axis; two numbers of this size fit a key.
const MOST_ROWS: f64 = 1e9;

impl BallIndex {
    /// `members` of `vectors`, to be found within the straight-line distance
    /// `reach`.
    pub(crate) fn new(vectors: &[[f64; 3]], members: &[u32], reach: f64) -> Self {
        let mut origin = [f64::INFINITY; 2];
        let mut end = [f64::NEG_INFINITY; 2];
        for member in members {
            let vector = &vectors[*member as usize];
            for axis in 0..2 {
                origin[axis] = origin[axis].min(vector[axis + 1]);
                end[axis] = end[axis].max(vector[axis + 1]);
            }
        }
        let extent = (end[0] - origin[0]).max(end[1] - origin[1]).max(0.0);
        let width = (reach / 2.0).max(extent / MOST_ROWS).max(f64::MIN_POSITIVE);
        let row = |vector: &[f64; 3]| {
            let number = |axis: usize| ((vector[axis + 1] - origin[axis]) / width) as u64;
            key(number(0), number(1))
        };
        let mut sorted: Vec<(u64, [f64; 3], u32)> = members
            .iter()
            .map(|member| {
                let vector = vectors[*member as usize];
                (row(&vector), vector, *member)
            })
            .collect();
        sorted.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then(a.1[0].total_cmp(&b.1[0]))
                .then(a.2.cmp(&b.2))
        });
        let mut rows: Vec<(u64, usize)> = Vec::new();
        for (place, (key, _, _)) in sorted.iter().enumerate() {
            if rows.last().is_none_or(|(last, _)| last != key) {
                rows.push((*key, place));
            }
        }
        rows.push((u64::MAX, sorted.len()));
        Self {
            reach,
            width,
            origin,
            rows,
            points: sorted
                .into_iter()
                .map(|(_, vector, member)| (vector, member))
                .collect(),
        }
    }

    /// Calls `visit` with every member within reach and its squared
    /// straight-line distance.
    pub(crate) fn within(&self, place: &[f64; 3], mut visit: impl FnMut(usize, f64)) {
        let limit = self.reach * self.reach;
        // Negative and far numbers saturate: there is nothing to find beyond.
        let span = |axis: usize| {
            let number =
                |shift: f64| ((place[axis + 1] + shift - self.origin[axis]) / self.width).floor();
            (
                number(-self.reach).max(0.0),
                number(self.reach).min(MOST_ROWS + 1.0),
            )
        };
        let ((y_low, y_high), (z_low, z_high)) = (span(0), span(1));
        if y_high < y_low || z_high < z_low {
            return;
        }
        // How far a row's box is from the place along one axis, a hair less
        // so that rounding loses nothing.
        let gap = |axis: usize, number: u64| {
            let low = self.origin[axis] + number as f64 * self.width;
            let here = place[axis + 1];
            let gap = (low - here).max(here - low - self.width).max(0.0);
            (gap - 1e-9 * self.width).max(0.0)
        };
        for z in z_low as u64..=z_high as u64 {
            let left = limit - gap(1, z).powi(2);
            let mut at = self
                .rows
                .partition_point(|(row, _)| *row < key(y_low as u64, z));
            while let Some((row, start)) = self.rows.get(at)
                && *row <= key(y_high as u64, z)
                && at + 1 < self.rows.len()
            {
                let left = left - gap(0, row & LOW_HALF).powi(2);
                at += 1;
                if left < 0.0 {
                    continue;
                }
                let half = left.sqrt();
                let row = &self.points[*start..self.rows[at].1];
                let first = row.partition_point(|(vector, _)| vector[0] < place[0] - half);
                for (vector, member) in &row[first..] {
                    if vector[0] > place[0] + half {
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

const LOW_HALF: u64 = 0xffff_ffff;

fn key(y: u64, z: u64) -> u64 {
    z << 32 | y
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
