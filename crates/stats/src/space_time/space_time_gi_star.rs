//! Getis-Ord Gi* over neighbours in space and time.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::check_length;
use crate::local::GetisOrd;
use crate::weights::SpatialWeights;

use super::cube::SpaceTimeCube;

/// With which bins a neighbourhood is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobalWindow {
    /// All bins of the cube: hot is hot for the whole record. ArcGIS' default.
    EntireCube,
    /// The bins of the same periods as the neighbourhood.
    NeighbourhoodPeriods,
    /// The bins of the period alone, blind to a rise that all places share.
    /// With earlier periods in the neighbourhood its bins are not all among
    /// those it is compared with, so that z is no longer standard; sfdep does
    /// this.
    SinglePeriod,
}

/// Parameters of [`space_time_gi_star`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceTimeGiStarParams {
    /// How many earlier periods belong to the neighbourhood (ArcGIS:
    /// neighbourhood time step; its default is 1). 0 keeps to the period.
    pub periods_back: usize,
    /// What the neighbourhood is compared with.
    pub window: GlobalWindow,
}

impl SpaceTimeGiStarParams {
    /// Neighbours of the period and `periods_back` before it against the
    /// whole cube, as ArcGIS' Emerging Hot Spot Analysis.
    #[must_use]
    pub fn new(periods_back: usize) -> Self {
        Self {
            periods_back,
            window: GlobalWindow::EntireCube,
        }
    }

    /// Gi* of each slice on its own.
    #[must_use]
    pub fn by_slice() -> Self {
        Self {
            periods_back: 0,
            window: GlobalWindow::SinglePeriod,
        }
    }
}

/// Gi* of every bin of a cube, in the layout of the cube.
///
/// 1. The neighbourhood of place i in period t are the bins of i and its
///    neighbours in periods t − `periods_back` to t, as far as they exist and
///    have a value. Only who is a neighbour counts, not the weight.
/// 2. Over the n bins of the [`GlobalWindow`] with mean x̄ and variance s²
///    (divisor n), and w bins in the neighbourhood,
///    z = (Σ x − w·x̄)/(s √((n·w − w²)/(n − 1))): Ord & Getis (1995), eq. 8,
///    on the graph of bins.
///
/// The same as [`getis_ord`](crate::local::getis_ord()) on that graph, whose
/// links are never built: sums over places are made once for each period and
/// then added over periods. O(periods · links + bins · `periods_back`).
///
/// A bin is `None` without a value, where no other bin of its neighbourhood
/// has one, where the neighbourhood is the whole window, and where all values
/// of the window are equal. Early periods have fewer bins before them.
///
/// ArcGIS' Gi* is this statistic. The `gi_star` of sfdep's
/// `emerging_hotspot_analysis` is that of [`GlobalWindow::SinglePeriod`] (its
/// row-standardised weights cancel); its p-value is one-sided, by permutation.
///
/// # Errors
/// [`StatsError::Length`] if the weights have another number of places.
pub fn space_time_gi_star(
    cube: &SpaceTimeCube,
    weights: &SpatialWeights,
    params: &SpaceTimeGiStarParams,
) -> Result<Vec<Option<GetisOrd>>, StatsError> {
    check_length("weights", weights.len(), cube.places())?;
    let whole = Moments::of(cube.values());
    // Sums are taken about one centre for the whole cube, so that they can be
    // added over periods.
    let centre = whole.mean;
    let sums: Vec<Vec<Sum>> = (0..cube.periods())
        .into_par_iter()
        .map(|period| spatial_sums(cube.slice(period), weights, centre))
        .collect();
    let slices: Vec<Vec<Option<GetisOrd>>> = (0..cube.periods())
        .into_par_iter()
        .map(|period| {
            let first = period.saturating_sub(params.periods_back);
            let moments = match params.window {
                GlobalWindow::EntireCube => whole,
                GlobalWindow::NeighbourhoodPeriods => {
                    Moments::of(&cube.values()[first * cube.places()..(period + 1) * cube.places()])
                }
                GlobalWindow::SinglePeriod => Moments::of(cube.slice(period)),
            };
            (0..cube.places())
                .map(|place| {
                    cube.slice(period)[place]?;
                    let mut sum = Sum::default();
                    for slice in &sums[first..=period] {
                        sum.total += slice[place].total;
                        sum.bins += slice[place].bins;
                    }
                    moments.gi_star(&sum, centre)
                })
                .collect()
        })
        .collect();
    Ok(slices.into_iter().flatten().collect())
}

/// Sum about the centre and number of values.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: f64,
    bins: usize,
}

fn spatial_sums(slice: &[Option<f64>], weights: &SpatialWeights, centre: f64) -> Vec<Sum> {
    (0..slice.len())
        .map(|place| {
            let mut sum = Sum::default();
            let members = std::iter::once(place).chain(weights.neighbours(place));
            for value in members.filter_map(|member| slice[member]) {
                sum.total += value - centre;
                sum.bins += 1;
            }
            sum
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
    /// Below this the spread is rounding, not variation.
    least_variance: f64,
}

impl Moments {
    fn of(values: &[Option<f64>]) -> Self {
        let n = values.iter().flatten().count() as f64;
        let rough = values.iter().flatten().sum::<f64>() / n.max(1.0);
        // The mean of the residuals mends the rounding of the first mean.
        let mend = values.iter().flatten().map(|x| x - rough).sum::<f64>() / n.max(1.0);
        let mean = rough + mend;
        let squares: f64 = values
            .iter()
            .flatten()
            .map(|x| (x - rough - mend).powi(2))
            .sum();
        let largest = values.iter().flatten().fold(0.0_f64, |m, x| m.max(x.abs()));
        Self {
            n,
            mean,
            variance: squares / n.max(1.0),
            least_variance: (largest * 1e-12).powi(2),
        }
    }

    fn gi_star(&self, sum: &Sum, centre: f64) -> Option<GetisOrd> {
        let w = sum.bins as f64;
        let room = (self.n * w - w * w) / (self.n - 1.0);
        let no_room = room.is_nan() || room <= 0.0;
        if sum.bins < 2 || self.variance <= self.least_variance || no_room {
            return None;
        }
        let z = (sum.total - w * (self.mean - centre)) / (self.variance * room).sqrt();
        Some(GetisOrd {
            z,
            neighbours: sum.bins - 1,
        })
    }
}
