//! Bandwidths: one for all events, or wider where events are few.

use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::kernel_density::event_factors;
use super::smoother::{Smoother, mass_inside};
use super::{EdgeCorrection, Events, KernelDensityParams, Locations};
use crate::StatsError;
use crate::error::check_positive;

/// How wide kernels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// The same for every event.
    Fixed {
        /// Bandwidth, metres.
        bandwidth_m: f64,
    },
    /// Square-root law of Abramson (1982), *Annals of Statistics* 10: wider
    /// where a first, fixed estimate f̃ is low.
    ///
    /// h_i = global·min(f̃(x_i)^(−1/2)/γ, limit), with γ the geometric mean
    /// of f̃(x_i)^(−1/2) over the events, so that `global_m` is the geometric
    /// mean bandwidth when nothing is limited (Silverman 1986, §5.3). f̃
    /// counts the event itself and has the edge correction of the surface.
    /// The limit keeps a lone event from being spread over everything; sparr's
    /// `trim` is 5.
    Abramson {
        /// Geometric mean of the bandwidths, metres.
        global_m: f64,
        /// Bandwidth of the first estimate, metres.
        pilot_m: f64,
        /// Largest bandwidth as a multiple of `global_m`.
        limit: f64,
    },
    /// Distance to the `count`-th nearest other event, but not less than
    /// `least_m` (events at one place would have none). Breiman, Meisel &
    /// Purcell (1977), *Technometrics* 19.
    Nearest {
        /// Which neighbour, from 1.
        count: usize,
        /// Least bandwidth, metres.
        least_m: f64,
    },
}

impl Bandwidth {
    pub(crate) fn check(&self) -> Result<(), StatsError> {
        match *self {
            Self::Fixed { bandwidth_m } => check_bandwidth("bandwidth_m", bandwidth_m),
            Self::Abramson {
                global_m,
                pilot_m,
                limit,
            } => {
                check_bandwidth("global_m", global_m)?;
                check_bandwidth("pilot_m", pilot_m)?;
                check_positive("limit", limit)
            }
            Self::Nearest { count, least_m } => {
                check_positive("count", count as f64)?;
                check_bandwidth("least_m", least_m)
            }
        }
    }
}

/// Fails unless a bandwidth is between a millimetre and a million kilometres,
/// so that its square neither vanishes nor overflows.
pub(crate) fn check_bandwidth(what: &'static str, value: f64) -> Result<(), StatsError> {
    if (1e-3..=1e9).contains(&value) {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what,
            value,
            expected: "metres from 0.001 to 1,000,000,000",
        })
    }
}

/// Bandwidth of each event, kilometres.
pub(crate) fn bandwidths_km(
    events: &Events,
    correction: &EdgeCorrection<'_>,
    params: &KernelDensityParams,
) -> Result<Vec<f64>, StatsError> {
    around(
        events,
        events.locations(),
        correction,
        params,
        Around::Events,
    )
}

/// Bandwidth that an event at each of the places would have, kilometres.
pub(crate) fn bandwidths_at_km(
    events: &Events,
    places: &Locations,
    correction: &EdgeCorrection<'_>,
    params: &KernelDensityParams,
) -> Result<Vec<f64>, StatsError> {
    around(events, places, correction, params, Around::Places)
}

#[derive(Clone, Copy, PartialEq)]
enum Around {
    Events,
    Places,
}

fn around(
    events: &Events,
    places: &Locations,
    correction: &EdgeCorrection<'_>,
    params: &KernelDensityParams,
    around: Around,
) -> Result<Vec<f64>, StatsError> {
    match params.bandwidth {
        Bandwidth::Fixed { bandwidth_m } => Ok(vec![bandwidth_m / 1000.0; places.len()]),
        Bandwidth::Abramson {
            global_m,
            pilot_m,
            limit,
        } => {
            let global = global_m / 1000.0;
            let pilot = Pilot::new(events, correction, params, pilot_m / 1000.0);
            let at_events = pilot.at(events.locations());
            let (mut logs, mut total) = (0.0, 0.0);
            for (density, weight) in at_events.iter().zip(events.weights()) {
                if *density > 0.0 {
                    logs -= 0.5 * weight * density.ln();
                    total += weight;
                }
            }
            let centre = if total > 0.0 { logs / total } else { 0.0 };
            let densities = match around {
                Around::Events => at_events,
                Around::Places => pilot.at(places),
            };
            Ok(densities
                .into_iter()
                .map(|density| {
                    // An empty pilot asks for an endless bandwidth: the limit.
                    let wider = (-0.5 * density.ln() - centre).exp();
                    global
                        * if density > 0.0 {
                            wider.min(limit)
                        } else {
                            limit
                        }
                })
                .collect())
        }
        Bandwidth::Nearest { count, least_m } => {
            let others = match around {
                Around::Events => count,
                Around::Places => count - 1,
            };
            if events.locations().len() <= others {
                return Err(StatsError::TooFew {
                    method: "bandwidth by nearest neighbours",
                    found: events.locations().len(),
                    least: others.saturating_add(1),
                });
            }
            Ok(nearest(
                events.locations(),
                places,
                others,
                least_m / 1000.0,
            ))
        }
    }
}

/// Distance from each place to the event with `others` nearer ones, at least
/// `least` km. Around an event itself, the event is the nearest one.
fn nearest(events: &Locations, places: &Locations, others: usize, least: f64) -> Vec<f64> {
    let tree = RTree::bulk_load(
        events
            .vectors()
            .iter()
            .enumerate()
            .map(|(event, vector)| GeomWithData::new(*vector, event))
            .collect(),
    );
    let metric = places.metric();
    places
        .vectors()
        .par_iter()
        .map(|place| {
            tree.nearest_neighbor_iter_with_distance_2(place)
                .nth(others)
                .map_or(least, |(_, chord)| metric.squared(chord).sqrt().max(least))
        })
        .collect()
}

/// The first, fixed estimate of an adaptive one.
struct Pilot<'a> {
    smoother: Smoother,
    weights: Vec<f64>,
    correction: EdgeCorrection<'a>,
    params: KernelDensityParams,
    bandwidth_km: f64,
}

impl<'a> Pilot<'a> {
    fn new(
        events: &Events,
        correction: &EdgeCorrection<'a>,
        params: &KernelDensityParams,
        bandwidth_km: f64,
    ) -> Self {
        let bandwidths = vec![bandwidth_km; events.locations().len()];
        let factors = event_factors(events, &bandwidths, correction, params);
        Self {
            smoother: Smoother::new(events.locations(), &bandwidths, params.kernel),
            weights: events
                .weights()
                .iter()
                .zip(factors)
                .map(|(weight, factor)| weight * factor.unwrap_or(0.0))
                .collect(),
            correction: *correction,
            params: *params,
            bandwidth_km,
        }
    }

    fn at(&self, places: &Locations) -> Vec<f64> {
        let mut sums = self.smoother.sums(&self.weights, places);
        if let EdgeCorrection::Uniform(region) = self.correction {
            let bandwidths = vec![self.bandwidth_km; places.len()];
            let masses = mass_inside(places, &bandwidths, self.params.kernel, region);
            for (sum, mass) in sums.iter_mut().zip(masses) {
                *sum = if mass > 0.0 { *sum / mass } else { 0.0 };
            }
        }
        sums
    }
}
