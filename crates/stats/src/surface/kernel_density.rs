//! Kernel density: events per km² around every place.

use super::bandwidth::{bandwidths_at_km, bandwidths_km};
use super::locations::check_same_metric;
use super::smoother::{Smoother, mass_inside};
use super::{Bandwidth, Kernel, Locations, StudyRegion};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Density of events at each place of `at`, in events per km².
///
/// 1. A bandwidth h_i is found for each event ([`Bandwidth`]).
/// 2. density(x) = Σ w_i·c_i(x)·K(d(x, x_i)/h_i)/h_i², with d along the great
///    circle or straight, as the [`Locations`] say.
/// 3. The correction c_i(x) makes up for mass that the kernels lose beyond the
///    study region ([`EdgeCorrection`]).
///
/// With [`EdgeCorrection::Diggle`], Σ density·area over the pieces of the
/// region is the total weight of the events inside, whatever the bandwidth.
///
/// On the globe the planar kernel is wound onto the sphere as it is; for a
/// bandwidth of 100 km its mass is 1 − 2·10⁻⁵, and the edge corrections remove
/// even that. A density at a cell's centre stands for the cell as long as the
/// bandwidth is wider than the cell.
///
/// O((events + places)·log events + pairs within reach); places run on all
/// threads, and the result does not depend on their number.
///
/// The same surface as spatstat's `density.ppp(at = "pixels")` (there
/// `diggle = TRUE` or `FALSE`) up to its rounding of events to pixels, which
/// we do not do; with [`Bandwidth::Abramson`] as sparr's `bivariate.density`
/// times the number of events. ArcGIS's *Kernel Density* is
/// [`Kernel::Quartic`] with [`EdgeCorrection::None`].
///
/// # Errors
/// [`StatsError`] if globe and plane are mixed, or the bandwidth cannot be
/// found (too few events for nearest neighbours).
pub fn kernel_density(
    events: &Events,
    at: &Locations,
    correction: &EdgeCorrection<'_>,
    params: &KernelDensityParams,
) -> Result<KernelDensity, StatsError> {
    check_same_metric("events and places", events.locations(), at)?;
    if let Some(region) = correction.region() {
        check_same_metric("events and region", events.locations(), region.centres())?;
    }
    let bandwidths = bandwidths_km(events, correction, params)?;
    let factors = event_factors(events, &bandwidths, correction, params);
    let smoother = Smoother::new(events.locations(), &bandwidths, params.kernel);
    let weights: Vec<f64> = events
        .weights()
        .iter()
        .zip(&factors)
        .map(|(weight, factor)| weight * factor.unwrap_or(0.0))
        .collect();
    let mut density: Vec<Option<f64>> = smoother.sums(&weights, at).into_iter().map(Some).collect();
    if let EdgeCorrection::Uniform(region) = correction {
        let around = bandwidths_at_km(events, at, correction, params)?;
        let masses = mass_inside(at, &around, params.kernel, region);
        for (density, mass) in density.iter_mut().zip(masses) {
            *density = density.filter(|_| mass > 0.0).map(|total| total / mass);
        }
    }
    Ok(KernelDensity {
        per_km2: density,
        bandwidths_m: bandwidths.iter().map(|h| h * 1000.0).collect(),
        uncounted: factors
            .iter()
            .enumerate()
            .filter_map(|(event, factor)| factor.is_none().then_some(event))
            .collect(),
    })
}

/// Result of [`kernel_density`].
#[derive(Debug, Clone, PartialEq)]
pub struct KernelDensity {
    /// Events per km² at each place. `None` where the uniform correction has
    /// nothing to divide by: no part of the region is within reach.
    pub per_km2: Vec<Option<f64>>,
    /// Bandwidth of each event, metres.
    pub bandwidths_m: Vec<f64>,
    /// Events that an edge correction leaves out: they lie outside the region,
    /// or no piece of it is within their reach (widen the bandwidth or use
    /// smaller pieces).
    pub uncounted: Vec<usize>,
}

/// Where things happened, and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    locations: Locations,
    weights: Vec<f64>,
}

impl Events {
    /// One event at each location.
    #[must_use]
    pub fn new(locations: Locations) -> Self {
        let weights = vec![1.0; locations.len()];
        Self { locations, weights }
    }

    /// Events with weights, such as the number of cases or people at a place.
    ///
    /// # Errors
    /// [`StatsError`] unless there is one finite weight, not below zero, for
    /// each location.
    pub fn weighted(locations: Locations, weights: Vec<f64>) -> Result<Self, StatsError> {
        check_length("weights", weights.len(), locations.len())?;
        let values: Vec<_> = weights.iter().copied().map(Some).collect();
        check_not_negative("weight", &values)?;
        Ok(Self { locations, weights })
    }

    /// Where the events are.
    #[must_use]
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// Weight of each event.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Sum of the weights.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.weights.iter().sum()
    }
}

/// Parameters of [`kernel_density`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelDensityParams {
    pub(crate) kernel: Kernel,
    pub(crate) bandwidth: Bandwidth,
}

impl KernelDensityParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless bandwidths, limits and truncation are
    /// finite and above zero.
    pub fn new(kernel: Kernel, bandwidth: Bandwidth) -> Result<Self, StatsError> {
        kernel.check()?;
        bandwidth.check()?;
        Ok(Self { kernel, bandwidth })
    }
}

/// What is done about kernels that reach beyond the study region, where no
/// event could have been seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EdgeCorrection<'a> {
    /// Nothing: the surface sinks towards the border.
    None,
    /// Each event's kernel is divided by the share of it that lies inside, so
    /// that each event keeps its weight. Diggle (1985), *Applied Statistics*
    /// 34; Jones (1993), *Statistics and Computing* 3. `diggle = TRUE` of
    /// spatstat.
    Diggle(&'a StudyRegion),
    /// The sum is divided by the share inside of a kernel around the place
    /// itself, which is unbiased for an even density but does not keep the
    /// total. Berman & Diggle (1989), *JRSS B* 51; spatstat's default. With an
    /// adaptive bandwidth the kernel around a place has the bandwidth that an
    /// event there would have (Marshall & Hazelton 2010, *Journal of
    /// Multivariate Analysis* 101).
    Uniform(&'a StudyRegion),
}

impl EdgeCorrection<'_> {
    pub(crate) fn region(&self) -> Option<&StudyRegion> {
        match self {
            Self::None => None,
            Self::Diggle(region) | Self::Uniform(region) => Some(region),
        }
    }
}

/// By how much an edge correction raises each event's kernel; `None` for an
/// event left out.
pub(crate) fn event_factors(
    events: &Events,
    bandwidths_km: &[f64],
    correction: &EdgeCorrection<'_>,
    params: &KernelDensityParams,
) -> Vec<Option<f64>> {
    let places = events.locations();
    match correction {
        EdgeCorrection::None => vec![Some(1.0); places.len()],
        EdgeCorrection::Uniform(region) => region
            .inside(places)
            .into_iter()
            .map(|inside| inside.then_some(1.0))
            .collect(),
        EdgeCorrection::Diggle(region) => region
            .inside(places)
            .into_iter()
            .zip(mass_inside(places, bandwidths_km, params.kernel, region))
            .map(|(inside, mass)| (inside && mass > 0.0).then(|| 1.0 / mass))
            .collect(),
    }
}
