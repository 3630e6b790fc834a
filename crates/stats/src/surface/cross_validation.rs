//! The bandwidth under which left-out events are most likely.

use rayon::prelude::*;

use super::bandwidth::check_bandwidth;
use super::bandwidth_rule::places_of;
use super::kernel_density::event_factors;
use super::locations::check_same_metric;
use super::smoother::{Smoother, mass_inside};
use super::{Bandwidth, EdgeCorrection, Events, Kernel, KernelDensityParams};
use crate::StatsError;

/// The fixed bandwidth that maximises the leave-one-out likelihood
/// Σ w_i·ln f̂₋ᵢ(x_i), with f̂₋ᵢ the density, of total one, of the other events.
///
/// Habbema, Hermans & van den Broek (1974); Silverman (1986), §3.4.4. With
/// [`EdgeCorrection::Diggle`] it is spatstat's `bw.ppl`, whose integral term
/// is then constant. A kernel of finite reach makes the likelihood zero as
/// soon as one event has no other within reach, so that lone events decide;
/// use [`Kernel::Gaussian`] with a truncation of 8 or so to search, and
/// convert with [`Kernel::as_smooth_as_gaussian`].
///
/// Where many events share a place (a village's coordinates), leaving out one
/// of them drives the bandwidth to zero; [`LeftOut::Place`] leaves out all.
///
/// 1. the criterion at 40 bandwidths, evenly spaced on the log scale;
/// 2. golden section on the log scale between the neighbours of the best,
///    until the bandwidth is known to one part in 10⁵.
///
/// O(60 · pairs within reach).
///
/// # Errors
/// [`StatsError`] if there are fewer than three events or two places, all
/// bandwidths make the likelihood zero, or globe and plane are mixed.
pub fn likelihood_bandwidth(
    events: &Events,
    correction: &EdgeCorrection<'_>,
    params: &CrossValidationParams,
) -> Result<SelectedBandwidth, StatsError> {
    if let Some(region) = correction.region() {
        check_same_metric("events and region", events.locations(), region.centres())?;
    }
    let places = places_of(events.locations());
    if places.iter().max().is_none_or(|last| *last < 1) || events.weights().len() < 3 {
        return Err(StatsError::TooFew {
            method: "cross-validation of a bandwidth",
            found: events.weights().len(),
            least: 3,
        });
    }
    params.best(|bandwidth_m| log_likelihood(events, &places, correction, params, bandwidth_m))
}

/// Which events a density may not know of when it is judged at an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// One event; of a weight above 1, one unit.
    Event,
    /// All events at the same coordinates.
    Place,
}

/// Parameters of [`likelihood_bandwidth`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossValidationParams {
    pub(crate) kernel: Kernel,
    pub(crate) left_out: LeftOut,
    lowest_m: f64,
    highest_m: f64,
}

impl CrossValidationParams {
    /// Checked parameters: the kernel, what is left out, and the bandwidths,
    /// in metres, between which to search.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless 0.001 ≤ lowest < highest ≤ 10⁹ and a
    /// truncation is finite and above zero.
    pub fn new(
        kernel: Kernel,
        left_out: LeftOut,
        lowest_m: f64,
        highest_m: f64,
    ) -> Result<Self, StatsError> {
        kernel.check()?;
        check_bandwidth("lowest_m", lowest_m)?;
        check_bandwidth("highest_m", highest_m)?;
        if lowest_m >= highest_m {
            return Err(StatsError::Parameter {
                what: "highest_m",
                value: highest_m,
                expected: "more than lowest_m",
            });
        }
        Ok(Self {
            kernel,
            left_out,
            lowest_m,
            highest_m,
        })
    }

    /// The bandwidth with the largest criterion. Undefined ones (`None`) are
    /// never chosen.
    pub(crate) fn best(
        &self,
        criterion: impl Fn(f64) -> Option<f64>,
    ) -> Result<SelectedBandwidth, StatsError> {
        const STEPS: usize = 40;
        let (low, high) = (self.lowest_m.ln(), self.highest_m.ln());
        let step = (high - low) / (STEPS - 1) as f64;
        let mut tried: Vec<(f64, f64)> = Vec::new();
        let mut look = |log: f64| {
            let value = criterion(log.exp()).filter(|value| value.is_finite());
            if let Some(value) = value {
                tried.push((log.exp(), value));
            }
            value.unwrap_or(f64::NEG_INFINITY)
        };
        let mut best = (0, f64::NEG_INFINITY);
        for index in 0..STEPS {
            let value = look(low + step * index as f64);
            if value > best.1 {
                best = (index, value);
            }
        }
        if best.1 == f64::NEG_INFINITY {
            return Err(StatsError::Parameter {
                what: "highest_m",
                value: self.highest_m,
                expected: "a bandwidth at which every left-out event is within reach of another",
            });
        }
        let centre = low + step * best.0 as f64;
        let (mut a, mut b) = ((centre - step).max(low), (centre + step).min(high));
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut c, mut d) = (b - golden * (b - a), a + golden * (b - a));
        let (mut at_c, mut at_d) = (look(c), look(d));
        while b - a > 1e-5 {
            if at_c > at_d {
                (b, d, at_d) = (d, c, at_c);
                c = b - golden * (b - a);
                at_c = look(c);
            } else {
                (a, c, at_c) = (c, d, at_d);
                d = a + golden * (b - a);
                at_d = look(d);
            }
        }
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (bandwidth_m, value) = tried
            .iter()
            .copied()
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .unwrap_or((self.highest_m, best.1));
        Ok(SelectedBandwidth {
            bandwidth_m,
            criterion: value,
            at_limit: bandwidth_m < self.lowest_m * 1.001 || bandwidth_m > self.highest_m * 0.999,
            tried,
        })
    }
}

/// A bandwidth chosen by a criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectedBandwidth {
    /// Bandwidth, metres.
    pub bandwidth_m: f64,
    /// Largest value of the criterion.
    pub criterion: f64,
    /// Whether it lies at an end of the searched range: the criterion has no
    /// peak inside, and the bandwidth says more of the range than of the data.
    pub at_limit: bool,
    /// Bandwidths tried, metres, with their criterion, by bandwidth.
    pub tried: Vec<(f64, f64)>,
}

fn log_likelihood(
    events: &Events,
    places: &[usize],
    correction: &EdgeCorrection<'_>,
    params: &CrossValidationParams,
    bandwidth_m: f64,
) -> Option<f64> {
    let left = left_out_densities(events, places, correction, params, bandwidth_m);
    let mut total = 0.0;
    for (density, weight) in left.iter().zip(events.weights()) {
        if *weight > 0.0
            && let Some(density) = density
        {
            total += weight * density.ln();
        }
    }
    Some(total)
}

/// Density, of total one, of the other events at each event; `None` for an
/// event outside the region.
pub(crate) fn left_out_densities(
    events: &Events,
    places: &[usize],
    correction: &EdgeCorrection<'_>,
    params: &CrossValidationParams,
    bandwidth_m: f64,
) -> Vec<Option<f64>> {
    let locations = events.locations();
    let bandwidths = vec![bandwidth_m / 1000.0; locations.len()];
    let density = KernelDensityParams {
        kernel: params.kernel,
        bandwidth: Bandwidth::Fixed { bandwidth_m },
    };
    let factors = event_factors(events, &bandwidths, correction, &density);
    let around = match correction {
        EdgeCorrection::Uniform(region) => {
            mass_inside(locations, &bandwidths, params.kernel, region)
        }
        _ => vec![1.0; locations.len()],
    };
    let smoother = Smoother::new(locations, &bandwidths, params.kernel);
    let weights = events.weights();
    let counted = |event: usize| weights[event] * f64::from(u8::from(factors[event].is_some()));
    let total: f64 = (0..weights.len()).map(counted).sum();
    let mut at_place = vec![0.0; places.iter().max().map_or(0, |last| last + 1)];
    for event in 0..weights.len() {
        at_place[places[event]] += counted(event);
    }
    (0..weights.len())
        .into_par_iter()
        .map(|event| {
            factors[event]?;
            let mut sum = 0.0;
            smoother.visit(&locations.vectors()[event], |other, value| {
                let Some(factor) = factors[other] else { return };
                let weight = match params.left_out {
                    LeftOut::Place if places[other] == places[event] => 0.0,
                    LeftOut::Event if other == event => (weights[event] - 1.0).max(0.0),
                    _ => weights[other],
                };
                sum += weight * factor * value;
            });
            let left = match params.left_out {
                LeftOut::Event => weights[event].min(1.0),
                LeftOut::Place => at_place[places[event]],
            };
            Some(sum / around[event] / (total - left))
        })
        .collect()
}
