//! Windows that grow by distance from a centre.

use super::cluster::{Scan, ScanParams};
use super::counts::Field;
use super::limits::WindowLimits;
use super::places::{Places, by_distance, first_at_position};
use super::program::{Chain, Source};
use super::report::{Form, Task};
use crate::StatsError;

/// Points in which the windows of one shape are circles.
pub(super) struct Axes {
    pub(super) points: Vec<[f64; 3]>,
    /// Ratio of the axes and angle of the longer one in radians; `None` for
    /// circles.
    pub(super) ellipse: Option<(f64, f64)>,
    /// Factor of the likelihood ratio.
    pub(super) penalty: f64,
}

impl Axes {
    pub(super) fn circle(places: &Places) -> Self {
        Self {
            points: places.points().to_vec(),
            ellipse: None,
            penalty: 1.0,
        }
    }
}

/// Circles or ellipses about each position, as large as the limits allow.
pub(super) struct Rings<'a> {
    pub(super) axes: &'a [Axes],
    centres: Vec<usize>,
    /// Weight of each place in all intervals.
    weights: Vec<f64>,
    heaviest: f64,
    farthest: f64,
    most_places: usize,
}

/// Scans all rings of the shapes given, over the spans of `times` intervals.
pub(super) fn scan_rings(
    places: &Places,
    axes: &[Axes],
    field: &Field,
    (times, spans): (usize, &[(u32, u32)]),
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    let rings = Rings::new(places, axes, &field.weights, &params.limits);
    Task {
        source: &rings,
        field,
        times,
        spans,
        form: Form::Rings { places, axes },
        screen: None,
        params,
    }
    .run()
}

impl<'a> Rings<'a> {
    /// `weights` are by place and interval.
    pub(super) fn new(
        places: &Places,
        axes: &'a [Axes],
        weights: &[f64],
        limits: &WindowLimits,
    ) -> Self {
        let first = first_at_position(places.points());
        let times = weights.len() / places.len().max(1);
        let weights: Vec<f64> = weights
            .chunks(times.max(1))
            .map(|place| place.iter().sum())
            .collect();
        Self {
            axes,
            centres: (0..places.len()).filter(|place| first[*place]).collect(),
            heaviest: limits.weight(weights.iter().sum()),
            weights,
            farthest: places.straight(limits.radius()),
            most_places: limits.places(),
        }
    }
}

impl Source for Rings<'_> {
    fn chains(&self) -> usize {
        self.axes.len() * self.centres.len()
    }

    fn chain(&self, index: usize) -> Chain {
        let (shape, centre) = (
            index / self.centres.len(),
            self.centres[index % self.centres.len()],
        );
        let axes = &self.axes[shape];
        let mut order = by_distance(&axes.points, centre, self.farthest);
        let (mut sum, mut length) = (0.0, 0);
        for (step, place) in order.places.iter().enumerate() {
            sum += self.weights[*place as usize];
            if sum > self.heaviest || step >= self.most_places {
                break;
            }
            if order.whole[step] {
                length = step + 1;
            }
        }
        order.places.truncate(length);
        order.whole.truncate(length);
        Chain {
            centre,
            shape,
            penalty: axes.penalty,
            places: order.places,
            whole: order.whole,
            depths: Vec::new(),
        }
    }
}
