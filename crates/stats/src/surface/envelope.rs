//! Envelopes: how far a curve strays when nothing is going on.

use geo::Coord;
use rand::seq::index;
use rayon::prelude::*;

use super::ripley_k::{Pairing, curve};
use super::{RipleyK, RipleyParams, Window, cross_k, ripley_k};
use crate::StatsError;
use crate::error::check_repetitions;
use crate::random::stream;

/// Ripley's K with envelopes of as many points thrown at random into the
/// window.
///
/// Each simulation has the number of points observed (the envelope is
/// conditional on n) and its own random stream. See [`RipleyEnvelope`] for
/// what the limits mean.
///
/// # Errors
/// As [`ripley_k()`].
pub fn ripley_envelope(
    points: &[Coord<f64>],
    window: &Window,
    params: &RipleyParams,
    simulations: &EnvelopeParams,
) -> Result<RipleyEnvelope, StatsError> {
    let observed = ripley_k(points, window, params)?;
    Ok(envelope(observed, simulations, |simulation| {
        let mut random = stream(simulations.seed, simulation as u64);
        let drawn: Vec<_> = points.iter().map(|_| window.draw(&mut random)).collect();
        curve(&drawn, &drawn, Pairing::Within, window, params)
    }))
}

/// Cross-K with envelopes under random labelling: all places stay, and which
/// of them are of the first kind is drawn at random.
///
/// The envelope's centre is not πr² but what the pattern of all points gives,
/// so global tests measure from the mean of the simulations.
///
/// # Errors
/// As [`cross_k`].
pub fn cross_envelope(
    first: &[Coord<f64>],
    second: &[Coord<f64>],
    window: &Window,
    params: &RipleyParams,
    simulations: &EnvelopeParams,
) -> Result<RipleyEnvelope, StatsError> {
    let observed = cross_k(first, second, window, params)?;
    let all: Vec<_> = first.iter().chain(second).copied().collect();
    Ok(envelope(observed, simulations, |simulation| {
        let mut random = stream(simulations.seed, simulation as u64);
        let mut is_first = vec![false; all.len()];
        for place in index::sample(&mut random, all.len(), first.len()) {
            is_first[place] = true;
        }
        let of_kind = |kind: bool| -> Vec<_> {
            all.iter()
                .zip(&is_first)
                .filter_map(|(point, first)| (*first == kind).then_some(*point))
                .collect()
        };
        curve(
            &of_kind(true),
            &of_kind(false),
            Pairing::Across,
            window,
            params,
        )
    }))
}

/// A curve with its envelopes.
#[derive(Debug, Clone, PartialEq)]
pub struct RipleyEnvelope {
    /// The curve and its limits at each radius.
    pub steps: Vec<EnvelopeStep>,
    /// Largest distance of the observed L from the mean of the simulated L,
    /// over the radii: the maximum absolute deviation, metres (Ripley 1981,
    /// *Spatial Statistics*). `None`, as the p-values, where no radius has an
    /// L in all curves.
    pub largest_deviation_m: Option<f64>,
    /// Pseudo p-value of that distance: a test over all radii at once.
    pub p_largest_deviation: Option<f64>,
    /// Pseudo p-value of the integrated squared deviation over the radii
    /// (Diggle 1986; Loosmore & Ford 2006, *Ecology* 87), by the trapezoidal
    /// rule from radius zero.
    pub p_squared_deviation: Option<f64>,
}

/// Observed L and its limits at one radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnvelopeStep {
    /// Observed K and L.
    pub observed: RipleyK,
    /// Mean of the simulated L, metres; `None` where one of them is undefined.
    pub mean_l_m: Option<f64>,
    /// Pointwise limits of L, metres: the `rank`-th smallest and largest
    /// simulated value. A pattern at random leaves them at any one radius
    /// with probability 2·rank/(simulations + 1), and somewhere along the
    /// curve far more often. `None` where a simulated L is undefined.
    pub pointwise_l_m: Option<(f64, f64)>,
    /// Global limits of L, metres: mean ± the `rank`-th largest of the
    /// simulated maximum deviations. A pattern at random leaves them anywhere
    /// with probability rank/(simulations + 1). `None` where an L is undefined.
    pub global_l_m: Option<(f64, f64)>,
}

/// Parameters of the envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeParams {
    simulations: usize,
    rank: usize,
    pub(crate) seed: u64,
}

impl EnvelopeParams {
    /// Checked parameters: number of simulations, rank of the limits (1 is the
    /// extremes), and seed. 199 simulations of rank 5 give pointwise limits of
    /// 5 %.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless there are 19 to ten million simulations and
    /// 1 ≤ rank ≤ half of them.
    pub fn new(simulations: usize, rank: usize, seed: u64) -> Result<Self, StatsError> {
        check_repetitions(
            "simulations",
            simulations,
            19,
            "a number from 19 to 10,000,000",
        )?;
        if rank == 0 || rank > simulations / 2 {
            return Err(StatsError::Parameter {
                what: "rank",
                value: rank as f64,
                expected: "from 1 to half the number of simulations",
            });
        }
        Ok(Self {
            simulations,
            rank,
            seed,
        })
    }
}

/// Envelopes of L, given how to simulate a curve.
pub(crate) fn envelope(
    observed: Vec<RipleyK>,
    params: &EnvelopeParams,
    simulate: impl Fn(usize) -> Vec<RipleyK> + Sync,
) -> RipleyEnvelope {
    let radii: Vec<f64> = observed.iter().map(|step| step.radius_m).collect();
    let own: Vec<Option<f64>> = observed.iter().map(|step| step.l_m).collect();
    let limits = Limits::of(&radii, &own, params, |simulation| {
        simulate(simulation).iter().map(|step| step.l_m).collect()
    });
    let steps = observed.into_iter().zip(limits.steps);
    RipleyEnvelope {
        steps: steps
            .map(|(observed, limits)| EnvelopeStep {
                observed,
                mean_l_m: limits.mean,
                pointwise_l_m: limits.pointwise,
                global_l_m: limits.global,
            })
            .collect(),
        largest_deviation_m: limits.largest_deviation,
        p_largest_deviation: limits.p_largest_deviation,
        p_squared_deviation: limits.p_squared_deviation,
    }
}

/// What simulations say of a curve of any function.
pub(crate) struct Limits {
    pub(crate) steps: Vec<LimitStep>,
    pub(crate) largest_deviation: Option<f64>,
    pub(crate) p_largest_deviation: Option<f64>,
    pub(crate) p_squared_deviation: Option<f64>,
}

/// The same at one radius.
pub(crate) struct LimitStep {
    pub(crate) mean: Option<f64>,
    pub(crate) pointwise: Option<(f64, f64)>,
    pub(crate) global: Option<(f64, f64)>,
}

impl Limits {
    /// Limits of a curve, given how to simulate one. Radii at which a curve is
    /// undefined are left out of the global tests of all curves.
    ///
    /// Deviations are measured from the mean of all curves, the observed one
    /// among them: only then are the observed and the simulated deviations
    /// exchangeable and the test exact (Baddeley et al. 2014, *Ecological
    /// Monographs* 84, on biased deviation tests).
    pub(crate) fn of(
        radii: &[f64],
        own: &[Option<f64>],
        params: &EnvelopeParams,
        simulate: impl Fn(usize) -> Vec<Option<f64>> + Sync,
    ) -> Self {
        let curves: Vec<Vec<Option<f64>>> = (0..params.simulations)
            .into_par_iter()
            .map(&simulate)
            .collect();
        let simulated: Vec<bool> = (0..own.len())
            .map(|step| curves.iter().all(|curve| curve[step].is_some()))
            .collect();
        let defined: Vec<usize> = (0..own.len())
            .filter(|step| own[*step].is_some() && simulated[*step])
            .collect();
        let at = |curve: &[Option<f64>], step: usize| curve[step].unwrap_or(f64::NAN);
        let m = params.simulations as f64;
        let mean = |step: usize| curves.iter().map(|curve| at(curve, step)).sum::<f64>() / m;
        let means: Vec<f64> = (0..own.len()).map(mean).collect();
        let centres: Vec<f64> = (0..own.len())
            .map(|step| (means[step] * m + at(own, step)) / (m + 1.0))
            .collect();
        let largest = |curve: &[Option<f64>], centres: &[f64]| {
            defined
                .iter()
                .map(|step| (at(curve, *step) - centres[*step]).abs())
                .fold(0.0, f64::max)
        };
        let squared = |curve: &[Option<f64>]| {
            let (mut total, mut before) = (0.0, (0.0, 0.0));
            for step in &defined {
                let here = (radii[*step], (at(curve, *step) - centres[*step]).powi(2));
                total += (here.0 - before.0) * (here.1 + before.1) / 2.0;
                before = here;
            }
            total
        };
        let p = |statistic: &dyn Fn(&[Option<f64>]) -> f64| {
            let own = statistic(own);
            let extreme = curves
                .iter()
                .filter(|curve| statistic(curve) >= own)
                .count();
            (extreme + 1) as f64 / (m + 1.0)
        };
        let mut deviations: Vec<f64> = curves.iter().map(|curve| largest(curve, &means)).collect();
        deviations.sort_by(|a, b| b.total_cmp(a));
        let margin = deviations[params.rank - 1];
        let steps = (0..own.len())
            .map(|step| {
                let mut values: Vec<f64> = curves.iter().map(|curve| at(curve, step)).collect();
                values.sort_by(f64::total_cmp);
                let limits = (
                    values[params.rank - 1],
                    values[params.simulations - params.rank],
                );
                let mean = simulated[step].then_some(means[step]);
                LimitStep {
                    mean,
                    pointwise: mean.map(|_| limits),
                    global: (mean.filter(|_| own[step].is_some()))
                        .map(|mean| (mean - margin, mean + margin)),
                }
            })
            .collect();
        let tested = !defined.is_empty();
        Self {
            steps,
            largest_deviation: tested.then(|| largest(own, &means)),
            p_largest_deviation: tested.then(|| p(&|curve| largest(curve, &centres))),
            p_squared_deviation: tested.then(|| p(&squared)),
        }
    }
}
