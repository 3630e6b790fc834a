//! Density from counts of areas, with the variance that noise gives it.

use rayon::prelude::*;

use super::bandwidth::check_bandwidth;
use super::kernel_density::event_factors;
use super::locations::check_same_metric;
use super::smoother::{Smoother, mass_inside};
use super::{Bandwidth, EdgeCorrection, Events, Kernel, KernelDensityParams, Locations};
use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative};

/// Density at each place of `at` from counts that are known for areas only,
/// with the variance carried from the counts' noise.
///
/// A count c_a is spread over the area's support points by their shares s_p
/// (for example by population); the surface is then linear in the counts:
///
/// density(x) = Σ_a c_a·S_a(x), S_a(x) = Σ_{p in a} s_p·e_p(x)·K_h(d(x, p)),
///
/// with e_p(x) the edge correction, so that exactly
///
/// noise variance(x) = Σ_a v_a·S_a(x)².
///
/// Points of one area share one count and one noise, and are summed before
/// squaring. The bandwidth is fixed: one chosen from noisy counts would make
/// the surface nonlinear and its variance unknown. Counts may be negative, as
/// unbiased noise makes some; clamping them first would bias the surface
/// upward. Choose the bandwidth without looking at exact counts.
///
/// `None` where no area with a count is within reach. O(pairs within reach).
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is outside its domain, or globe
/// and plane are mixed.
pub fn area_density(
    counts: &AreaCounts<'_>,
    support: &AreaSupport,
    at: &Locations,
    correction: &EdgeCorrection<'_>,
    params: &AreaDensityParams,
) -> Result<Vec<Option<AreaDensity>>, StatsError> {
    check_same_metric("support and places", &support.points, at)?;
    if let Some(region) = correction.region() {
        check_same_metric("support and region", &support.points, region.centres())?;
    }
    check_finite("count", counts.counts)?;
    check_not_negative("noise variance", counts.noise_variances)?;
    check_length("counts", counts.counts.len(), support.areas)?;
    check_length(
        "noise_variances",
        counts.noise_variances.len(),
        support.areas,
    )?;
    let bandwidth = params.bandwidth_m / 1000.0;
    let bandwidths = vec![bandwidth; support.points.len()];
    let events = Events::new(support.points.clone());
    let density = KernelDensityParams {
        kernel: params.kernel,
        bandwidth: Bandwidth::Fixed {
            bandwidth_m: params.bandwidth_m,
        },
    };
    let factors = event_factors(&events, &bandwidths, correction, &density);
    let smoother = Smoother::new(&support.points, &bandwidths, params.kernel);
    let around = match correction {
        EdgeCorrection::Uniform(region) => {
            mass_inside(at, &vec![bandwidth; at.len()], params.kernel, region)
        }
        _ => vec![1.0; at.len()],
    };
    Ok(at
        .vectors()
        .par_iter()
        .zip(around)
        .map(|(place, around)| {
            let mut found: Vec<(usize, f64)> = Vec::new();
            smoother.visit(place, |point, value| {
                if let Some(factor) = factors[point] {
                    let value = support.shares[point] * factor * value / around;
                    found.push((support.area_of[point], value));
                }
            });
            found.sort_by_key(|(area, _)| *area);
            let mut result = AreaDensity {
                per_km2: 0.0,
                noise_variance: 0.0,
                sampling_variance: 0.0,
                known_share: 0.0,
            };
            let (mut all, mut known) = (0.0, 0.0);
            for area in found.chunk_by(|a, b| a.0 == b.0) {
                let number = area[0].0;
                let sum: f64 = area.iter().map(|(_, value)| value).sum();
                all += sum;
                if let (Some(count), Some(variance)) =
                    (counts.counts[number], counts.noise_variances[number])
                {
                    known += sum;
                    result.per_km2 += count * sum;
                    result.noise_variance += variance * sum * sum;
                    result.sampling_variance += count.max(0.0) * sum * sum;
                }
            }
            result.known_share = known / all;
            (known > 0.0 && around > 0.0).then_some(result)
        })
        .collect())
}

/// Density at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaDensity {
    /// Events per km². Areas without a count add nothing, so that it is too
    /// low where `known_share` is below one.
    pub per_km2: f64,
    /// Variance from the noise of the counts.
    pub noise_variance: f64,
    /// Variance that Poisson counts of that size have by themselves; counts
    /// below zero have none.
    pub sampling_variance: f64,
    /// Share of the kernel weight here that lies on areas with a count.
    pub known_share: f64,
}

impl AreaDensity {
    /// Standard error from noise and sampling together.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        (self.noise_variance + self.sampling_variance).sqrt()
    }
}

/// Counts of areas with their noise. An area with either missing is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaCounts<'a> {
    /// Count of each area, with its noise.
    pub counts: &'a [Option<f64>],
    /// Variance of that noise: 2·scale² for Laplace, σ² for Gaussian, 0 for
    /// an exact count.
    pub noise_variances: &'a [Option<f64>],
}

/// Points over which the counts of areas are spread.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaSupport {
    points: Locations,
    area_of: Vec<usize>,
    shares: Vec<f64>,
    areas: usize,
}

impl AreaSupport {
    /// One point for each area, its centre.
    #[must_use]
    pub fn centres(centres: Locations) -> Self {
        let areas = centres.len();
        Self {
            points: centres,
            area_of: (0..areas).collect(),
            shares: vec![1.0; areas],
            areas,
        }
    }

    /// Several points for each area. `weights` (people, say) are divided by
    /// their sum over the area; an area whose weights are all zero is spread
    /// evenly.
    ///
    /// # Errors
    /// [`StatsError`] if lengths differ, an area number is not below `areas`,
    /// or a weight is negative or not finite.
    pub fn points(
        points: Locations,
        area_of: Vec<usize>,
        weights: &[f64],
        areas: usize,
    ) -> Result<Self, StatsError> {
        check_length("area_of", area_of.len(), points.len())?;
        check_length("weights", weights.len(), points.len())?;
        let values: Vec<_> = weights.iter().copied().map(Some).collect();
        check_not_negative("weight", &values)?;
        let mut sums = vec![(0.0, 0.0); areas];
        for (point, (area, weight)) in area_of.iter().zip(weights).enumerate() {
            let Some(sum) = sums.get_mut(*area) else {
                return Err(StatsError::Value {
                    what: "area number",
                    unit: point,
                    value: *area as f64,
                    expected: "less than the number of areas",
                });
            };
            sum.0 += weight;
            sum.1 += 1.0;
        }
        let shares = area_of
            .iter()
            .zip(weights)
            .map(|(area, weight)| {
                let (total, points) = sums[*area];
                if total > 0.0 {
                    weight / total
                } else {
                    1.0 / points
                }
            })
            .collect();
        Ok(Self {
            points,
            area_of,
            shares,
            areas,
        })
    }
}

/// Parameters of [`area_density`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaDensityParams {
    kernel: Kernel,
    bandwidth_m: f64,
}

impl AreaDensityParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the bandwidth is finite and above zero.
    pub fn new(kernel: Kernel, bandwidth_m: f64) -> Result<Self, StatsError> {
        kernel.check()?;
        check_bandwidth("bandwidth_m", bandwidth_m)?;
        Ok(Self {
            kernel,
            bandwidth_m,
        })
    }
}
