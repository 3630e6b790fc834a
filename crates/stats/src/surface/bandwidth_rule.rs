//! Bandwidths from the spread of the events alone.

use super::bandwidth::check_bandwidth;
use super::locations::chord_squared;
use super::{Events, Kernel, Locations};
use crate::StatsError;

/// A formula for a fixed bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandwidthRule {
    /// σ·n^(−1/6), with σ² the mean of the two variances (divisor n − 1).
    /// Scott (1992), *Multivariate Density Estimation*, which in the
    /// plane is also Silverman's normal reference rule (1986, chapter 4):
    /// (4/(d + 2))^(1/(d + 4)) is 1 for d = 2. spatstat's `bw.scott` gives the
    /// same for each axis apart.
    Scott,
    /// Scott's rule with Silverman's robust spread in place of σ: the smaller
    /// of the mean standard deviation of the axes and their mean interquartile
    /// range over 1.34 (the `"silverman"` scaler of sparr). Less
    /// oversmoothing where events have several centres.
    Silverman,
    /// Terrell's (1990), *JASA* 85, largest bandwidth that the robust spread
    /// allows, sparr's `OS`: spread·(2·R/(n·V))^(1/6) with R = 1/4π and
    /// V = 16·Γ(5)·2·4/(10⁴·π).
    Oversmoothing,
    /// Default search radius of ArcGIS's *Kernel Density*:
    /// 0.9·min(SD, √(1/ln 2)·D)·n^(−0.2), with SD the standard distance and D
    /// the median distance from the mean centre. It is taken as it is for
    /// any kernel.
    SearchRadius,
}

/// Bandwidth, metres, for a kernel by a rule.
///
/// 1. Events on the globe are laid on the plane that touches it at their mean.
/// 2. The rule gives the bandwidth of a Gaussian.
/// 3. Other kernels get the bandwidth that smooths as much
///    ([`Kernel::as_smooth_as_gaussian`]); [`BandwidthRule::SearchRadius`]
///    is left as it is.
///
/// n is the sum of the weights. O(n log n).
///
/// # Errors
/// [`StatsError::TooFew`] with a total weight below 2 or fewer than two events
/// of positive weight, [`StatsError::Constant`] if all are at one place.
pub fn rule_bandwidth_m(
    events: &Events,
    rule: BandwidthRule,
    kernel: Kernel,
) -> Result<f64, StatsError> {
    kernel.check()?;
    let counted: Vec<usize> = (0..events.weights().len())
        .filter(|event| events.weights()[*event] > 0.0)
        .collect();
    let n = events.total();
    if counted.len() < 2 || n < 2.0 {
        return Err(StatsError::TooFew {
            method: "a bandwidth rule",
            found: counted.len().min(n as usize),
            least: 2,
        });
    }
    let flat = events.locations().flattened();
    let axis = |axis: usize| -> Vec<(f64, f64)> {
        counted
            .iter()
            .map(|event| (flat[*event][axis], events.weights()[*event]))
            .collect()
    };
    let (x, y) = (axis(0), axis(1));
    let (variance_x, variance_y) = (variance(&x, n), variance(&y, n));
    let robust = || {
        let deviation = (variance_x.sqrt() + variance_y.sqrt()) / 2.0;
        let range = (interquartile_range(&x) + interquartile_range(&y)) / 2.0 / 1.34;
        // Half the events at one place make a range of zero, which says
        // nothing of the spread of the others.
        if range > 0.0 {
            deviation.min(range)
        } else {
            deviation
        }
    };
    let gaussian = match rule {
        BandwidthRule::Scott => ((variance_x + variance_y) / 2.0).sqrt() * n.powf(-1.0 / 6.0),
        BandwidthRule::Silverman => robust() * n.powf(-1.0 / 6.0),
        BandwidthRule::Oversmoothing => {
            let roughness = 1.0 / (4.0 * std::f64::consts::PI);
            let v = 16.0 * 24.0 * 8.0 / (1e4 * std::f64::consts::PI);
            robust() * (2.0 * roughness / (n * v)).powf(1.0 / 6.0)
        }
        BandwidthRule::SearchRadius => search_radius(&x, &y, n),
    };
    let bandwidth = match rule {
        BandwidthRule::SearchRadius => gaussian,
        _ => kernel.as_smooth_as_gaussian(gaussian),
    } * 1000.0;
    if bandwidth == 0.0 {
        return Err(StatsError::Constant {
            what: "event location",
            method: "a bandwidth rule",
        });
    }
    check_bandwidth("bandwidth_m", bandwidth)?;
    Ok(bandwidth)
}

fn mean(values: &[(f64, f64)], n: f64) -> f64 {
    values
        .iter()
        .map(|(value, weight)| value * weight)
        .sum::<f64>()
        / n
}

fn variance(values: &[(f64, f64)], n: f64) -> f64 {
    let mean = mean(values, n);
    values
        .iter()
        .map(|(value, weight)| weight * (value - mean).powi(2))
        .sum::<f64>()
        / (n - 1.0)
}

fn interquartile_range(values: &[(f64, f64)]) -> f64 {
    quantile(values, 0.75) - quantile(values, 0.25)
}

/// Quantile of weighted values: linear between order statistics as R's type 7
/// for unit weights, a weight of k standing for k equal values.
fn quantile(values: &[(f64, f64)], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let place = (total - 1.0).max(0.0) * share;
    let at = |rank: f64| {
        let mut before = 0.0;
        for (value, weight) in &sorted {
            before += weight;
            if before > rank {
                return *value;
            }
        }
        sorted.last().map_or(0.0, |(value, _)| *value)
    };
    let (low, high) = (at(place.floor()), at(place.floor() + 1.0));
    low + (high - low) * (place - place.floor())
}

fn search_radius(x: &[(f64, f64)], y: &[(f64, f64)], n: f64) -> f64 {
    let (centre_x, centre_y) = (mean(x, n), mean(y, n));
    let distances: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|((x, weight), (y, _))| ((x - centre_x).hypot(y - centre_y), *weight))
        .collect();
    let squares: f64 = distances.iter().map(|(d, weight)| weight * d * d).sum();
    let standard_distance = (squares / n).sqrt();
    let median = quantile(&distances, 0.5);
    let robust = (1.0 / std::f64::consts::LN_2).sqrt() * median;
    0.9 * standard_distance.min(robust) * n.powf(-0.2)
}

/// Groups of events at one and the same place: for each event the number of
/// its group.
pub(crate) fn places_of(locations: &Locations) -> Vec<usize> {
    let vectors = locations.vectors();
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    let compare = |a: &[f64; 3], b: &[f64; 3]| {
        a[0].total_cmp(&b[0])
            .then(a[1].total_cmp(&b[1]))
            .then(a[2].total_cmp(&b[2]))
    };
    order.sort_by(|a, b| compare(&vectors[*a], &vectors[*b]));
    let mut group = vec![0; vectors.len()];
    let mut current = 0;
    for pair in order.windows(2) {
        if chord_squared(&vectors[pair[0]], &vectors[pair[1]]) > 0.0 {
            current += 1;
        }
        group[pair[1]] = current;
    }
    group
}
