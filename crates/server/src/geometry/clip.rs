//! Rings cut by a rectangle.

/// A rectangle, borders included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    /// Least x and y.
    pub(crate) min: [i64; 2],
    /// Greatest x and y.
    pub(crate) max: [i64; 2],
}

impl Rect {
    /// Whether a point lies inside or on the border.
    pub(crate) fn holds(&self, point: [i64; 2]) -> bool {
        (0..2).all(|axis| self.min[axis] <= point[axis] && point[axis] <= self.max[axis])
    }
}

/// The part of a ring inside a rectangle (Sutherland and Hodgman, "Reentrant
/// polygon clipping", CACM 17(1), 1974).
///
/// The ring is open (its first point is not repeated), and so is the result,
/// which is empty if nothing of the ring is inside. Where a concave ring
/// leaves the rectangle several times its parts stay joined along the border;
/// with a buffer around the tile that seam is never drawn. O(n).
pub(crate) fn clip_ring(ring: &[[i64; 2]], rect: Rect) -> Vec<[i64; 2]> {
    let mut points = ring.to_vec();
    for (axis, limit, keep_greater) in [
        (0, rect.min[0], true),
        (0, rect.max[0], false),
        (1, rect.min[1], true),
        (1, rect.max[1], false),
    ] {
        if points.is_empty() {
            break;
        }
        let inside = |p: [i64; 2]| {
            if keep_greater {
                p[axis] >= limit
            } else {
                p[axis] <= limit
            }
        };
        let mut cut = Vec::with_capacity(points.len() + 4);
        let mut previous = points[points.len() - 1];
        for &point in &points {
            if inside(point) != inside(previous) {
                cut.push(crossing(previous, point, axis, limit));
            }
            if inside(point) {
                cut.push(point);
            }
            previous = point;
        }
        points = cut;
    }
    points.dedup();
    while points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    points
}

/// Where the segment from `a` to `b` meets `axis = limit`, rounded to the
/// nearest whole number. The end with the smaller coordinates goes first, so
/// that both owners of a shared border round alike.
fn crossing(a: [i64; 2], b: [i64; 2], axis: usize, limit: i64) -> [i64; 2] {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let other = 1 - axis;
    let run = i128::from(b[axis] - a[axis]);
    let rise = i128::from(b[other] - a[other]) * i128::from(limit - a[axis]);
    let (run, rise) = (run.abs(), rise * run.signum());
    // Twice the quotient plus one, halved downwards: rounds to nearest.
    let step = (2 * rise + run).div_euclid(2 * run);
    let mut point = [0; 2];
    point[axis] = limit;
    point[other] = a[other] + i64::try_from(step).unwrap_or_default();
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::signed_area;

    const RECT: Rect = Rect {
        min: [0, 0],
        max: [10, 10],
    };

    #[test]
    fn a_ring_inside_is_unchanged() {
        let ring = [[1, 1], [9, 1], [5, 9]];
        assert_eq!(clip_ring(&ring, RECT), ring);
    }

    #[test]
    fn a_ring_around_becomes_the_rectangle() {
        let ring = [[-5, -5], [15, -5], [15, 15], [-5, 15]];
        assert_eq!(signed_area(&clip_ring(&ring, RECT)).abs(), 200);
    }

    #[test]
    fn a_ring_outside_vanishes() {
        assert!(clip_ring(&[[20, 20], [30, 20], [30, 30]], RECT).is_empty());
    }

    #[test]
    fn two_halves_of_a_cut_ring_have_the_area_of_the_whole() {
        let ring = [[-4, 2], [6, 2], [6, 8], [-4, 8]];
        let left = Rect {
            min: [-10, 0],
            max: [0, 10],
        };
        let area = |rect| signed_area(&clip_ring(&ring, rect)).abs();
        assert_eq!(area(RECT) + area(left), 120);
    }

    #[test]
    fn a_shared_border_is_cut_at_the_same_point_from_both_sides() {
        assert_eq!(
            crossing([-3, 1], [4, 9], 0, 0),
            crossing([4, 9], [-3, 1], 0, 0)
        );
    }
}
