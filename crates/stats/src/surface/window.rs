//! The window in which points of the plane could have been seen.

use std::f64::consts::TAU;

use geo::orient::Orient as _;
use geo::{
    Area as _, BoundingRect as _, Coord, LineString, MultiPolygon, Polygon, orient::Direction,
};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use crate::StatsError;

/// A rectangle or polygon in projected coordinates of metres.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Border segments with the inside on their left.
    edges: Vec<[Coord<f64>; 2]>,
    low: Coord<f64>,
    high: Coord<f64>,
    area_m2: f64,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Rectangle,
    Polygon,
}

/// Least area of a window: densities in it are finite, and so are their squares.
const LEAST_AREA_M2: f64 = 1e-30;

impl Window {
    /// A rectangle from its lower left to its upper right corner.
    ///
    /// # Errors
    /// [`StatsError`] unless the corners are finite and of at most 10³⁰ m in
    /// size, the sides longer than zero and the area at least 10⁻³⁰ m².
    pub fn rectangle(low: Coord<f64>, high: Coord<f64>) -> Result<Self, StatsError> {
        let ring = vec![
            low,
            Coord {
                x: high.x,
                y: low.y,
            },
            high,
            Coord {
                x: low.x,
                y: high.y,
            },
            low,
        ];
        if !(low.x < high.x && low.y < high.y) {
            return Err(StatsError::Parameter {
                what: "upper right corner minus lower left corner of the window",
                value: (high.x - low.x).min(high.y - low.y),
                expected: "more than zero along both axes",
            });
        }
        let polygon = Polygon::new(LineString::new(ring), Vec::new());
        Self::of(&MultiPolygon::new(vec![polygon]), Shape::Rectangle)
    }

    /// One or several polygons with holes, which must not overlap.
    ///
    /// # Errors
    /// [`StatsError`] unless all coordinates are finite and of at most 10³⁰ m in
    /// size, and the area is at least 10⁻³⁰ m².
    pub fn polygon(polygons: &MultiPolygon<f64>) -> Result<Self, StatsError> {
        Self::of(polygons, Shape::Polygon)
    }

    fn of(polygons: &MultiPolygon<f64>, shape: Shape) -> Result<Self, StatsError> {
        let rings = polygons
            .iter()
            .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        for (unit, coordinate) in rings.flat_map(LineString::coords).enumerate() {
            for value in [coordinate.x, coordinate.y] {
                if !(-1e30..=1e30).contains(&value) {
                    return Err(StatsError::Value {
                        what: "corner of the window",
                        unit,
                        value,
                        expected: "metres of at most 10^30 in size",
                    });
                }
            }
        }
        let oriented = polygons.orient(Direction::Default);
        let edges: Vec<[Coord<f64>; 2]> = oriented
            .iter()
            .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
            .flat_map(LineString::lines)
            .filter(|line| line.start != line.end)
            .map(|line| [line.start, line.end])
            .collect();
        let area_m2 = oriented.unsigned_area();
        let bounds = oriented
            .bounding_rect()
            .filter(|_| area_m2 >= LEAST_AREA_M2);
        let Some(bounds) = bounds else {
            return Err(StatsError::Parameter {
                what: "area of the window in square metres",
                value: area_m2,
                expected: "at least 10^-30",
            });
        };
        Ok(Self {
            edges,
            low: bounds.min(),
            high: bounds.max(),
            area_m2,
            shape,
        })
    }

    /// Area, m².
    #[must_use]
    pub fn area_m2(&self) -> f64 {
        self.area_m2
    }

    /// Length of the border, holes included, metres.
    #[must_use]
    pub fn perimeter_m(&self) -> f64 {
        self.edges
            .iter()
            .map(|[a, b]| (b.x - a.x).hypot(b.y - a.y))
            .sum()
    }

    /// Diagonal of the bounding box, metres.
    pub(crate) fn diagonal(&self) -> f64 {
        (self.high.x - self.low.x).hypot(self.high.y - self.low.y)
    }

    /// Shorter side of the bounding box, metres.
    pub(crate) fn shorter_side(&self) -> f64 {
        (self.high.x - self.low.x).min(self.high.y - self.low.y)
    }

    pub(crate) fn is_rectangle(&self) -> bool {
        self.shape == Shape::Rectangle
    }

    /// Whether a point lies inside or on the border.
    #[must_use]
    pub fn contains(&self, point: Coord<f64>) -> bool {
        let in_bounds = self.low.x <= point.x
            && point.x <= self.high.x
            && self.low.y <= point.y
            && point.y <= self.high.y;
        if !in_bounds || self.is_rectangle() {
            return in_bounds;
        }
        let crossings = self
            .edges
            .iter()
            .filter(|[a, b]| {
                (a.y > point.y) != (b.y > point.y)
                    && point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x
            })
            .count();
        crossings % 2 == 1 || self.border_distance(point) == 0.0
    }

    /// Distance to the border, metres.
    pub(crate) fn border_distance(&self, point: Coord<f64>) -> f64 {
        self.edges
            .iter()
            .map(|[a, b]| {
                let (x, y) = (b.x - a.x, b.y - a.y);
                let along = ((point.x - a.x) * x + (point.y - a.y) * y) / (x * x + y * y);
                let along = along.clamp(0.0, 1.0);
                (point.x - a.x - along * x).hypot(point.y - a.y - along * y)
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// Share of the circle around a point that lies inside the window:
    /// the circle is cut where it crosses the border, and the middle of each
    /// arc says where the arc is.
    pub(crate) fn circle_share(&self, centre: Coord<f64>, radius: f64) -> f64 {
        let mut cuts: Vec<f64> = Vec::new();
        for [a, b] in &self.edges {
            let (x, y) = (b.x - a.x, b.y - a.y);
            let (from_x, from_y) = (a.x - centre.x, a.y - centre.y);
            let length = x.hypot(y);
            let (unit_x, unit_y) = (x / length, y / length);
            // Foot of the perpendicular from the centre, then half the chord.
            let foot = -(from_x * unit_x + from_y * unit_y);
            let offset = (from_x + foot * unit_x).hypot(from_y + foot * unit_y);
            if offset >= radius {
                continue;
            }
            let half = ((radius - offset) * (radius + offset)).sqrt();
            for along in [foot - half, foot + half] {
                if (0.0..=length).contains(&along) {
                    let angle = (from_y + along * unit_y).atan2(from_x + along * unit_x);
                    cuts.push(angle);
                }
            }
        }
        if cuts.is_empty() {
            let on_circle = Coord {
                x: centre.x + radius,
                y: centre.y,
            };
            return f64::from(u8::from(self.contains(on_circle)));
        }
        cuts.sort_by(f64::total_cmp);
        let first = cuts[0] + TAU;
        let ends = cuts[1..].iter().copied().chain([first]);
        let inside: f64 = cuts
            .iter()
            .zip(ends)
            .filter(|(start, end)| {
                let middle = (*start + end) / 2.0;
                self.contains(Coord {
                    x: centre.x + radius * middle.cos(),
                    y: centre.y + radius * middle.sin(),
                })
            })
            .map(|(start, end)| end - start)
            .sum();
        inside / TAU
    }

    /// Area, m², that the window shares with itself moved by (x, y).
    ///
    /// Exact, by a double sum over edges: a polygon is the signed sum of the
    /// strips below its edges, and two strips share the area below the lower
    /// of two lines.
    pub(crate) fn shared_area(&self, x: f64, y: f64) -> f64 {
        let (width, height) = (self.high.x - self.low.x, self.high.y - self.low.y);
        if x.abs() >= width || y.abs() >= height {
            return 0.0;
        }
        if self.is_rectangle() {
            return (width - x.abs()) * (height - y.abs());
        }
        // Coordinates from a corner below both, so that strips are small.
        let base = Coord {
            x: self.low.x,
            y: self.low.y + y.min(0.0),
        };
        let strip = |[a, b]: &[Coord<f64>; 2], dx: f64, dy: f64| {
            let (sign, [a, b]) = if a.x < b.x {
                (-1.0, [a, b])
            } else {
                (1.0, [b, a])
            };
            Strip {
                sign,
                from: a.x - base.x + dx,
                to: b.x - base.x + dx,
                start: a.y - base.y + dy,
                slope: (b.y - a.y) / (b.x - a.x),
            }
        };
        let sloped = || self.edges.iter().filter(|[a, b]| a.x != b.x);
        let still: Vec<Strip> = sloped().map(|edge| strip(edge, 0.0, 0.0)).collect();
        let moved: Vec<Strip> = sloped().map(|edge| strip(edge, x, y)).collect();
        let total: f64 = still
            .iter()
            .map(|a| moved.iter().map(|b| a.shared(b)).sum::<f64>())
            .sum();
        total.max(0.0)
    }

    /// Centres of a grid of `columns` × `columns` over the bounding box, of
    /// those that lie inside; row by row from the lower left.
    pub(crate) fn grid(&self, columns: usize) -> Vec<Coord<f64>> {
        let (width, height) = (self.high.x - self.low.x, self.high.y - self.low.y);
        let share = |at: usize| (at as f64 + 0.5) / columns as f64;
        (0..columns)
            .flat_map(|row| {
                (0..columns).map(move |column| Coord {
                    x: self.low.x + share(column) * width,
                    y: self.low.y + share(row) * height,
                })
            })
            .filter(|centre| self.contains(*centre))
            .collect()
    }

    /// A point drawn evenly from the window.
    pub(crate) fn draw(&self, random: &mut ChaCha8Rng) -> Coord<f64> {
        loop {
            let point = Coord {
                x: self.low.x + random.random::<f64>() * (self.high.x - self.low.x),
                y: self.low.y + random.random::<f64>() * (self.high.y - self.low.y),
            };
            if self.contains(point) {
                return point;
            }
        }
    }

    /// Fails unless every point is inside; one that is not finite never is.
    pub(crate) fn check(&self, points: &[Coord<f64>]) -> Result<(), StatsError> {
        for (unit, point) in points.iter().enumerate() {
            if !self.contains(*point) {
                return Err(StatsError::Value {
                    what: "x coordinate",
                    unit,
                    value: point.x,
                    expected: "a point inside the window; leave out the others",
                });
            }
        }
        Ok(())
    }
}

/// The area between an edge and the base line.
struct Strip {
    sign: f64,
    from: f64,
    to: f64,
    start: f64,
    slope: f64,
}

impl Strip {
    fn height(&self, x: f64) -> f64 {
        self.start + self.slope * (x - self.from)
    }

    /// Signed area below both edges.
    fn shared(&self, other: &Self) -> f64 {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        if from >= to {
            return 0.0;
        }
        let ends = |x: f64| (self.height(x), other.height(x));
        let ((a, b), (c, d)) = (ends(from), ends(to));
        let below = |left: f64, right: f64, width: f64| width * (left + right) / 2.0;
        let width = to - from;
        let area = if (a - b) * (c - d) < 0.0 {
            // The edges cross: each is the lower one on its side.
            let share = (a - b) / ((a - b) - (c - d));
            let height = a + share * (c - a);
            below(a.min(b), height, width * share) + below(height, c.min(d), width * (1.0 - share))
        } else {
            below(a.min(b), c.min(d), width)
        };
        self.sign * other.sign * area
    }
}

#[cfg(test)]
mod tests {
    use geo::BooleanOps as _;
    use geo::{Translate as _, wkt};
    use rand::SeedableRng as _;

    use super::*;

    fn shape() -> MultiPolygon<f64> {
        wkt! { MULTIPOLYGON (
            ((0. 0., 10. 1., 12. 8., 6. 5., 1. 9., 0. 0.), (3. 2., 5. 2., 4. 4., 3. 2.)),
            ((20. 0., 24. 0., 22. 5., 20. 0.))
        ) }
    }

    #[test]
    fn the_shared_area_is_that_of_the_intersection() {
        let window = Window::polygon(&shape()).unwrap();
        for (x, y) in [
            (0.0, 0.0),
            (1.0, 0.5),
            (-3.0, 2.0),
            (9.0, -1.0),
            (0.2, -6.0),
            (30.0, 0.0),
        ] {
            let moved = shape().translate(x, y);
            let expected = shape().intersection(&moved).unsigned_area();
            let ours = window.shared_area(x, y);
            // The reference rounds corners to a grid of about 10⁻⁸.
            assert!((ours - expected).abs() < 1e-6, "{x} {y}: {ours} {expected}");
        }
    }

    #[test]
    fn the_circle_share_is_that_of_many_points_on_the_circle() {
        let window = Window::polygon(&shape()).unwrap();
        for (x, y, radius) in [
            (2.0, 2.0, 1.5),
            (9.0, 4.0, 4.0),
            (22.0, 1.0, 12.0),
            (4.0, 4.2, 0.3),
        ] {
            let centre = Coord { x, y };
            let steps = 200_000;
            let inside = (0..steps)
                .filter(|step| {
                    let angle = TAU * (f64::from(*step) + 0.5) / f64::from(steps);
                    window.contains(Coord {
                        x: x + radius * angle.cos(),
                        y: y + radius * angle.sin(),
                    })
                })
                .count();
            let expected = inside as f64 / f64::from(steps);
            assert!((window.circle_share(centre, radius) - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn a_rectangle_and_its_polygon_are_the_same_window() {
        let (low, high) = (
            Coord { x: 5e5, y: 2.8e6 },
            Coord {
                x: 5.1e5,
                y: 2.83e6,
            },
        );
        let rectangle = Window::rectangle(low, high).unwrap();
        let ring = wkt! { MULTIPOLYGON (((500000. 2800000., 510000. 2800000.,
        510000. 2830000., 500000. 2830000., 500000. 2800000.))) };
        let polygon = Window::polygon(&ring).unwrap();
        assert_eq!(rectangle.area_m2(), 3e8);
        assert_eq!(polygon.perimeter_m(), 80_000.0);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let point = rectangle.draw(&mut random);
            assert!(polygon.contains(point));
            let share = rectangle.circle_share(point, 4000.0);
            assert!((share - polygon.circle_share(point, 4000.0)).abs() < 1e-12);
            let moved = (
                random.random::<f64>() * 9000.0,
                random.random::<f64>() * -20_000.0,
            );
            let area = rectangle.shared_area(moved.0, moved.1);
            assert!((area / polygon.shared_area(moved.0, moved.1) - 1.0).abs() < 1e-10);
        }
        // A corner keeps a quarter of the circle, a side half.
        assert!((rectangle.circle_share(low, 100.0) - 0.25).abs() < 1e-12);
        let side = Coord {
            x: 5.05e5,
            y: 2.8e6,
        };
        assert!((rectangle.circle_share(side, 100.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn windows_without_area_are_rejected() {
        let zero = Coord { x: 0.0, y: 0.0 };
        assert!(Window::rectangle(zero, zero).is_err());
        assert!(
            Window::rectangle(
                zero,
                Coord {
                    x: f64::NAN,
                    y: 1.0
                }
            )
            .is_err()
        );
        assert!(Window::polygon(&MultiPolygon::new(vec![])).is_err());
    }
}
