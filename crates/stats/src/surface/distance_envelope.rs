//! Envelopes of the functions of distances.

use geo::Coord;

use super::distance_function::{DistanceFunction, DistanceParams, DistanceStep, Places};
use super::envelope::{EnvelopeParams, Limits};
use super::{Window, empty_space_f, j_function, nearest_neighbour_g};
use crate::StatsError;
use crate::random::stream;

/// G, F or J with envelopes of as many points thrown at random into the
/// window, as [`ripley_envelope`](super::ripley_envelope()) has for K.
///
/// Each simulation has its own random stream. The global tests measure from
/// the mean of the curves, so that they hold with any edge correction. J
/// strays where F is close to 1, and such a radius then decides alone: leave
/// it out.
///
/// # Errors
/// As [`nearest_neighbour_g`].
pub fn distance_envelope(
    function: DistanceFunction,
    points: &[Coord<f64>],
    window: &Window,
    params: &DistanceParams,
    simulations: &EnvelopeParams,
) -> Result<DistanceEnvelope, StatsError> {
    let observed = match function {
        DistanceFunction::NearestNeighbour => nearest_neighbour_g(points, window, params),
        DistanceFunction::EmptySpace => empty_space_f(points, window, params),
        DistanceFunction::J => j_function(points, window, params),
    }?;
    let places = Places::new(function, window, params);
    let own: Vec<Option<f64>> = observed.iter().map(|step| step.value).collect();
    let limits = Limits::of(&params.radii_m, &own, simulations, |simulation| {
        let mut random = stream(simulations.seed, simulation as u64);
        let drawn: Vec<_> = points.iter().map(|_| window.draw(&mut random)).collect();
        places.values(&drawn, window, params)
    });
    let steps = observed.into_iter().zip(limits.steps);
    Ok(DistanceEnvelope {
        steps: steps
            .map(|(observed, limits)| DistanceEnvelopeStep {
                observed,
                mean: limits.mean,
                pointwise: limits.pointwise,
                global: limits.global,
            })
            .collect(),
        largest_deviation: limits.largest_deviation,
        p_largest_deviation: limits.p_largest_deviation,
        p_squared_deviation: limits.p_squared_deviation,
    })
}

/// A function of distances with its envelopes; the p-values are those of
/// [`RipleyEnvelope`](super::RipleyEnvelope), of G, F or J in the place of L.
#[derive(Debug, Clone, PartialEq)]
pub struct DistanceEnvelope {
    /// The curve and its limits at each radius.
    pub steps: Vec<DistanceEnvelopeStep>,
    /// Largest distance of the observed curve from the mean of the simulated
    /// ones, over the radii. `None`, as the p-values, where no radius is
    /// defined in all curves.
    pub largest_deviation: Option<f64>,
    /// Pseudo p-value of that distance: a test over all radii at once.
    pub p_largest_deviation: Option<f64>,
    /// Pseudo p-value of the integrated squared deviation over the radii.
    pub p_squared_deviation: Option<f64>,
}

/// Observed value and its limits at one radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceEnvelopeStep {
    /// Observed value.
    pub observed: DistanceStep,
    /// Mean of the simulated values; `None` where one of them is undefined.
    pub mean: Option<f64>,
    /// Pointwise limits: the `rank`-th smallest and largest simulated value.
    pub pointwise: Option<(f64, f64)>,
    /// Global limits: mean ± the `rank`-th largest of the simulated maximum
    /// deviations; they may leave the range of probabilities.
    pub global: Option<(f64, f64)>,
}
