//! Borders of polygons as segments, in pieces that a search tree holds.

use geo::{LinesIter as _, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::rows::check_units;
use crate::StatsError;

/// Segments in a piece: few enough that a piece is small, many enough that the
/// tree is.
const PIECE: usize = 12;

/// A piece of border between two points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) start: [f64; 2],
    pub(super) end: [f64; 2],
}

/// Consecutive segments of one unit with the box around them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) unit: u32,
    first: usize,
    last: usize,
    low: [f64; 2],
    high: [f64; 2],
}

/// The box of a piece, its number, and how far it is moved east.
type BoxOfPiece = GeomWithData<Rectangle<[f64; 2]>, (u32, f64)>;

/// All borders, cut into pieces.
pub(super) struct Borders {
    segments: Vec<Segment>,
    pieces: Vec<Piece>,
    /// Where each unit's pieces begin.
    starts: Vec<usize>,
    /// Pieces by box; those at the date line a second time on its other side,
    /// with how far they are moved.
    tree: RTree<BoxOfPiece>,
    /// Largest coordinate in size.
    largest: f64,
}

impl Borders {
    /// `seam`, where there is one, is the coordinate east and west of which
    /// the same place lies: 180 degrees.
    pub(super) fn new(
        polygons: &[Option<&MultiPolygon<f64>>],
        seam: Option<f64>,
        tolerance: f64,
    ) -> Result<Self, StatsError> {
        check_units(polygons.len())?;
        let mut segments = Vec::new();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut starts = vec![0];
        let mut largest = 0.0_f64;
        for (unit, polygon) in polygons.iter().enumerate() {
            for line in polygon.iter().flat_map(|polygon| polygon.lines_iter()) {
                let start = [line.start.x, line.start.y];
                let end = [line.end.x, line.end.y];
                for value in [start[0], start[1], end[0], end[1]] {
                    check_coordinate(unit, value)?;
                    largest = largest.max(value.abs());
                }
                let segment = Segment { start, end };
                match pieces.last_mut() {
                    Some(piece) if piece.takes(unit, &segment, &segments) => piece.take(&segment),
                    _ => pieces.push(Piece::of(unit as u32, segments.len(), &segment)),
                }
                segments.push(segment);
            }
            starts.push(pieces.len());
        }
        let mut boxes = Vec::with_capacity(pieces.len());
        for (at, piece) in pieces.iter().enumerate() {
            let mut put = |shift: f64| {
                let corners = [piece.low, piece.high].map(|[x, y]| [x + shift, y]);
                let rectangle = Rectangle::from_corners(corners[0], corners[1]);
                boxes.push(GeomWithData::new(rectangle, (at as u32, shift)));
            };
            put(0.0);
            if let Some(seam) = seam {
                if piece.low[0] <= -seam + tolerance {
                    put(2.0 * seam);
                }
                if piece.high[0] >= seam - tolerance {
                    put(-2.0 * seam);
                }
            }
        }
        Ok(Self {
            segments,
            pieces,
            starts,
            tree: RTree::bulk_load(boxes),
            largest,
        })
    }

    /// The least distance that is more than rounding: shared coordinates of
    /// this size, computed in two ways, may differ by as much.
    pub(super) fn rounding(&self) -> f64 {
        8.0 * f64::EPSILON * self.largest
    }

    pub(super) fn pieces(&self, unit: usize) -> &[Piece] {
        &self.pieces[self.starts[unit]..self.starts[unit + 1]]
    }

    pub(super) fn segments(&self, piece: &Piece) -> &[Segment] {
        &self.segments[piece.first..piece.last]
    }

    /// Pieces whose box is no further than `reach` from the box of `piece`,
    /// with how far to move them.
    pub(super) fn near(&self, piece: &Piece, reach: f64) -> impl Iterator<Item = (&Piece, f64)> {
        let low = piece.low.map(|value| value - reach);
        let high = piece.high.map(|value| value + reach);
        self.tree
            .locate_in_envelope_intersecting(&AABB::from_corners(low, high))
            .map(|entry| (&self.pieces[entry.data.0 as usize], entry.data.1))
    }
}

impl Piece {
    fn of(unit: u32, first: usize, segment: &Segment) -> Self {
        let (low, high) = segment.bounds();
        Self {
            unit,
            first,
            last: first + 1,
            low,
            high,
        }
    }

    /// Whether the next segment goes on where this piece ends.
    fn takes(&self, unit: usize, segment: &Segment, segments: &[Segment]) -> bool {
        self.unit as usize == unit
            && self.last - self.first < PIECE
            && segments
                .last()
                .is_some_and(|last| last.end == segment.start)
    }

    fn take(&mut self, segment: &Segment) {
        let (low, high) = segment.bounds();
        self.last += 1;
        for axis in 0..2 {
            self.low[axis] = self.low[axis].min(low[axis]);
            self.high[axis] = self.high[axis].max(high[axis]);
        }
    }

    /// Whether a segment's box is no further than `reach` from this one.
    pub(super) fn is_near(&self, segment: &Segment, shift: f64, reach: f64) -> bool {
        let (low, high) = segment.bounds();
        low[0] <= self.high[0] + shift + reach
            && high[0] >= self.low[0] + shift - reach
            && low[1] <= self.high[1] + reach
            && high[1] >= self.low[1] - reach
    }
}

impl Segment {
    pub(super) fn moved(&self, shift: f64) -> Self {
        Self {
            start: [self.start[0] + shift, self.start[1]],
            end: [self.end[0] + shift, self.end[1]],
        }
    }

    pub(super) fn length(&self) -> f64 {
        (self.end[0] - self.start[0]).hypot(self.end[1] - self.start[1])
    }

    /// Whether the two come within `reach` of each other.
    pub(super) fn touches(&self, other: &Self, reach: f64) -> bool {
        if !self.is_box_near(other, reach) {
            return false;
        }
        self.distance(other.start) <= reach
            || self.distance(other.end) <= reach
            || other.distance(self.start) <= reach
            || other.distance(self.end) <= reach
            || self.crosses(other)
    }

    /// The stretch of this segment along which the other runs beside it, as
    /// lengths from the start: both ends of the stretch are within `reach`, and
    /// the directions differ by less than 30 degrees. Of length 0 or less where
    /// they only touch; `None` where they do not run together.
    pub(super) fn stretch_along(&self, other: &Self, reach: f64) -> Option<(f64, f64)> {
        if !self.is_box_near(other, reach) {
            return None;
        }
        let (length, theirs) = (self.length(), other.length());
        let direction = [0, 1].map(|axis| (self.end[axis] - self.start[axis]) / length);
        let along = |point: [f64; 2]| {
            (point[0] - self.start[0]) * direction[0] + (point[1] - self.start[1]) * direction[1]
        };
        let (a, b) = (along(other.start), along(other.end));
        // The cosine of 30 degrees. Not so for a segment without a length.
        let is_parallel = (b - a).abs() >= 0.866 * theirs && theirs > 0.0 && length > 0.0;
        if !is_parallel {
            return None;
        }
        let (from, to) = (a.min(b).max(0.0), a.max(b).min(length));
        let at = |along: f64| [0, 1].map(|axis| self.start[axis] + along * direction[axis]);
        let runs =
            from <= to && other.distance(at(from)) <= reach && other.distance(at(to)) <= reach;
        runs.then_some((from, to))
    }

    fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        (
            [0, 1].map(|axis| self.start[axis].min(self.end[axis])),
            [0, 1].map(|axis| self.start[axis].max(self.end[axis])),
        )
    }

    fn is_box_near(&self, other: &Self, reach: f64) -> bool {
        let ((low, high), (other_low, other_high)) = (self.bounds(), other.bounds());
        (0..2).all(|axis| {
            low[axis] <= other_high[axis] + reach && high[axis] >= other_low[axis] - reach
        })
    }

    /// Distance of a point from the segment.
    fn distance(&self, point: [f64; 2]) -> f64 {
        let [dx, dy] = [self.end[0] - self.start[0], self.end[1] - self.start[1]];
        let [px, py] = [point[0] - self.start[0], point[1] - self.start[1]];
        let squared = dx * dx + dy * dy;
        let share = if squared > 0.0 {
            ((px * dx + py * dy) / squared).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (px - share * dx).hypot(py - share * dy)
    }

    /// Whether the two cross in their inside.
    fn crosses(&self, other: &Self) -> bool {
        let side = |a: [f64; 2], b: [f64; 2], p: [f64; 2]| {
            (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
        };
        let parts = |line: &Self, points: &Self| {
            let a = side(line.start, line.end, points.start);
            let b = side(line.start, line.end, points.end);
            (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0)
        };
        parts(self, other) && parts(other, self)
    }
}

fn check_coordinate(unit: usize, value: f64) -> Result<(), StatsError> {
    // Squares of differences of coordinates must not overflow.
    if value.abs() <= 1e150 {
        Ok(())
    } else {
        Err(StatsError::Value {
            what: "a polygon coordinate",
            unit,
            value,
            expected: "a finite number below 1e150 in size",
        })
    }
}
