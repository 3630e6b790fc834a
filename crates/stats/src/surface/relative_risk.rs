//! Relative risk: where cases are denser than the population explains.

use rayon::prelude::*;

use super::bandwidth::bandwidths_km;
use super::kernel_density::event_factors;
use super::locations::check_same_metric;
use super::random_labelling::simulate;
use super::smoother::{Smoother, integral_inside, mass_inside};
use super::{Bandwidth, EdgeCorrection, Events, KernelDensityParams, Locations};
use crate::StatsError;
use crate::error::check_repetitions;
use crate::normal;
use crate::significance::{Alternative, Tails};

/// Relative risk of cases against controls (or a population) at each place of
/// `at`.
///
/// Bithell (1990), *Statistics in Medicine* 9; Kelsall & Diggle (1995),
/// *Statistics in Medicine* 14.
///
/// 1. Bandwidths are found from cases and controls together, so that both
///    densities are smoothed alike and equal patterns give a ratio of one
///    (the symmetric estimate of Davies, Jones & Hazelton 2016,
///    *Computational Statistics & Data Analysis* 101, when adaptive).
/// 2. f̂ and ĝ: densities of cases and controls, each divided by its total
///    weight ([`super::kernel_density()`]).
/// 3. log ratio ρ̂ = ln(f̂ + δ) − ln(ĝ + δ), where δ is `epsilon` times the
///    largest ĝ among the places (0 by default; sparr's `epsilon`).
/// 4. Asymptotic tolerance, for a fixed bandwidth: under equal densities ρ̂
///    has variance ∫K_h²/q²·(1/n₁ + 1/n₂)/f̂₊, with f̂₊ the density of all
///    events, q the share of a kernel around the place inside the region and
///    both integrals over the region (Hazelton & Davies 2009, *Biometrical
///    Journal* 51; sparr's `tolerance(method = "ASY")` with the pooled
///    reference). Davies & Hazelton's (2010) variance for adaptive
///    bandwidths assumes separate pilots and is not used; simulate instead.
/// 5. Simulated tolerance: the share of simulations of [`RiskNull`] whose
///    case density at the place is as extreme. Given bandwidths and all
///    places, ρ̂ rises with the case density, so ranks of one are ranks of the
///    other ([`Alternative::Folded`], which needs distances, is on the scale
///    of the case density).
///
/// Tolerance contours are the borders of p < 0.05 (pointwise: over many
/// places expect as many false ones as there would be independent tests;
/// adjust with [`crate::multiple_testing`]).
///
/// `None` where neither cases nor controls are within reach.
/// O(pairs + cases·simulations·share of places in reach).
///
/// # Errors
/// [`StatsError`] if there are no cases or controls, globe and plane are
/// mixed, or weights do not suit the simulation.
pub fn relative_risk(
    cases: &Events,
    controls: &Events,
    at: &Locations,
    correction: &EdgeCorrection<'_>,
    params: &RelativeRiskParams,
) -> Result<Vec<Option<RelativeRisk>>, StatsError> {
    check_same_metric(
        "cases and controls",
        cases.locations(),
        controls.locations(),
    )?;
    check_same_metric("cases and places", cases.locations(), at)?;
    if let Some(region) = correction.region() {
        check_same_metric("cases and region", cases.locations(), region.centres())?;
    }
    let pooled = pool(cases, controls)?;
    let bandwidths = bandwidths_km(&pooled, correction, &params.density)?;
    let factors = event_factors(&pooled, &bandwidths, correction, &params.density);
    let smoother = Smoother::new(pooled.locations(), &bandwidths, params.density.kernel);
    let first_control = cases.locations().len();
    let counted = |events: std::ops::Range<usize>| -> f64 {
        events
            .filter(|event| factors[*event].is_some())
            .map(|event| pooled.weights()[event])
            .sum()
    };
    let n_cases = counted(0..first_control);
    let n_controls = counted(first_control..pooled.weights().len());
    for (found, method) in [
        (n_cases, "relative risk: cases in the region"),
        (n_controls, "relative risk: controls in the region"),
    ] {
        if found == 0.0 {
            return Err(StatsError::TooFew {
                method,
                found: 0,
                least: 1,
            });
        }
    }
    let simulated = match &params.simulations {
        Some(simulations) => Some((
            simulate(&pooled, first_control, &factors, simulations)?,
            simulations.alternative,
        )),
        None => None,
    };
    let edges = Edges::new(at, correction, &params.density);
    let sums: Vec<Sums> = at
        .vectors()
        .par_iter()
        .map(|place| {
            let mut sums = Sums::default();
            let mut reference = simulated
                .as_ref()
                .map_or_else(Vec::new, |(simulated, _)| simulated.zeros());
            smoother.visit(place, |event, value| {
                let Some(factor) = factors[event] else { return };
                let value = factor * value;
                if event < first_control {
                    sums.cases += pooled.weights()[event] * value;
                } else {
                    sums.controls += pooled.weights()[event] * value;
                }
                if let Some((simulated, _)) = &simulated {
                    simulated.add(event, value, &mut reference);
                }
            });
            sums.p = simulated
                .as_ref()
                .map(|(_, alternative)| Tails::of(sums.cases, &reference).p(*alternative));
            sums
        })
        .collect();
    let largest = sums
        .iter()
        .zip(&edges.mass)
        .map(|(sums, mass)| sums.controls / mass / n_controls)
        .filter(|density| density.is_finite())
        .fold(0.0, f64::max);
    let offset = params.epsilon * largest;
    Ok(sums
        .into_iter()
        .enumerate()
        .map(|(place, sums)| {
            let mass = edges.mass[place];
            if mass <= 0.0 || sums.cases + sums.controls <= 0.0 {
                return None;
            }
            let case_density = sums.cases / mass / n_cases;
            let control_density = sums.controls / mass / n_controls;
            let (f, g) = (case_density + offset, control_density + offset);
            let log_ratio = (f > 0.0 && g > 0.0).then(|| f.ln() - g.ln());
            let pooled = (sums.cases + sums.controls) / mass / (n_cases + n_controls);
            let standard_error = edges.roughness[place]
                .map(|roughness| (roughness * (1.0 / n_cases + 1.0 / n_controls) / pooled).sqrt());
            let p_asymptotic = match (log_ratio, standard_error) {
                (Some(log_ratio), Some(error)) if error > 0.0 => {
                    Some(normal::cumulative(-log_ratio / error))
                }
                _ => None,
            };
            Some(RelativeRisk {
                case_density,
                control_density,
                log_ratio,
                standard_error,
                p_asymptotic,
                p_simulated: sums.p,
            })
        })
        .collect())
}

/// Relative risk at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeRisk {
    /// Density of cases, of total one, per km².
    pub case_density: f64,
    /// Density of controls, of total one, per km².
    pub control_density: f64,
    /// Natural logarithm of their ratio; `None` where one is zero.
    pub log_ratio: Option<f64>,
    /// Standard error of the log ratio if both densities were equal; `None`
    /// with an adaptive bandwidth.
    pub standard_error: Option<f64>,
    /// Upper-sided asymptotic p-value: small where risk is raised, close to
    /// one where it is lowered.
    pub p_asymptotic: Option<f64>,
    /// Pseudo p-value over the simulations, if any were asked for.
    pub p_simulated: Option<f64>,
}

/// Parameters of [`relative_risk`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeRiskParams {
    density: KernelDensityParams,
    epsilon: f64,
    simulations: Option<RiskSimulations>,
}

impl RelativeRiskParams {
    /// Smoothing alone: no additive constant, no simulations.
    #[must_use]
    pub fn new(density: KernelDensityParams) -> Self {
        Self {
            density,
            epsilon: 0.0,
            simulations: None,
        }
    }

    /// Adds `epsilon` times the largest control density to both densities, so
    /// that the ratio is defined where one of them is zero.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless epsilon is finite and not below zero.
    pub fn with_epsilon(self, epsilon: f64) -> Result<Self, StatsError> {
        if epsilon.is_finite() && epsilon >= 0.0 {
            Ok(Self { epsilon, ..self })
        } else {
            Err(StatsError::Parameter {
                what: "epsilon",
                value: epsilon,
                expected: "a finite number not below zero",
            })
        }
    }

    /// Adds simulations.
    #[must_use]
    pub fn with_simulations(self, simulations: RiskSimulations) -> Self {
        Self {
            simulations: Some(simulations),
            ..self
        }
    }
}

/// What is simulated for p-values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskSimulations {
    pub(crate) null: RiskNull,
    pub(crate) simulations: usize,
    pub(crate) seed: u64,
    pub(crate) alternative: Alternative,
}

impl RiskSimulations {
    /// Checked parameters: the null hypothesis, the number of simulations,
    /// which side counts as extreme, and the seed.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless there are 19 to ten million simulations
    /// (with fewer, p cannot reach 0.05).
    pub fn new(
        null: RiskNull,
        simulations: usize,
        alternative: Alternative,
        seed: u64,
    ) -> Result<Self, StatsError> {
        check_repetitions(
            "simulations",
            simulations,
            19,
            "a number from 19 to 10,000,000",
        )?;
        Ok(Self {
            null,
            simulations,
            seed,
            alternative,
        })
    }
}

/// Where cases would be if risk were the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskNull {
    /// Case-control data: any of the events could have been the cases, each of
    /// weight 1. Kelsall & Diggle (1995).
    RandomLabelling,
    /// Cases against a population: each case falls on one of the controls'
    /// places with probability proportional to its weight (people). Case
    /// weights are whole numbers of cases.
    ConstantRisk,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    cases: f64,
    controls: f64,
    p: Option<f64>,
}

/// What the border does to a place.
struct Edges {
    /// Divisor of sums: 1 but for the uniform correction.
    mass: Vec<f64>,
    /// ∫K_h²/q²; `None` when adaptive.
    roughness: Vec<Option<f64>>,
}

impl Edges {
    fn new(at: &Locations, correction: &EdgeCorrection<'_>, density: &KernelDensityParams) -> Self {
        let Bandwidth::Fixed { bandwidth_m } = density.bandwidth else {
            // A divisor cancels from the ratio, and densities need one only
            // for a fixed bandwidth.
            return Self {
                mass: vec![1.0; at.len()],
                roughness: vec![None; at.len()],
            };
        };
        let bandwidth = bandwidth_m / 1000.0;
        let bandwidths = vec![bandwidth; at.len()];
        let Some(region) = correction.region() else {
            let whole = density.kernel.roughness() / (bandwidth * bandwidth);
            return Self {
                mass: vec![1.0; at.len()],
                roughness: vec![Some(whole); at.len()],
            };
        };
        let share = mass_inside(at, &bandwidths, density.kernel, region);
        let squares = integral_inside(at, &bandwidths, density.kernel, region, |value| {
            value * value
        });
        Self {
            roughness: share
                .iter()
                .zip(squares)
                .map(|(share, square)| (*share > 0.0).then(|| square / (share * share)))
                .collect(),
            mass: match correction {
                EdgeCorrection::Uniform(_) => share,
                _ => vec![1.0; at.len()],
            },
        }
    }
}

fn pool(cases: &Events, controls: &Events) -> Result<Events, StatsError> {
    let mut weights = cases.weights().to_vec();
    weights.extend_from_slice(controls.weights());
    Events::weighted(cases.locations().followed_by(controls.locations()), weights)
}
