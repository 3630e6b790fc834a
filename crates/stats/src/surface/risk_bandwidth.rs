//! One bandwidth for cases and controls, chosen for their ratio.

use super::bandwidth_rule::places_of;
use super::cross_validation::left_out_densities;
use super::locations::check_same_metric;
use super::{
    Bandwidth, CrossValidationParams, EdgeCorrection, Events, KernelDensityParams, Locations,
    SelectedBandwidth, kernel_density,
};
use crate::StatsError;

/// Which error of the estimated relative risk is made least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskCriterion {
    /// Integrated squared error of the log ratio: the criterion, to be
    /// minimised, is
    /// 2·mean_controls(ρ̂/ĝ₋) − 2·mean_cases(ρ̂/f̂₋) − ∫ρ̂².
    /// Kelsall & Diggle (1995), *Bernoulli* 1. `"kelsall-diggle"` of sparr.
    LogRatio,
    /// Squared error of the ratio itself, weighted by the control density:
    /// mean_controls((f̂/ĝ₋)²) − 2·mean_cases(f̂₋/ĝ). Hazelton (2008).
    /// `"hazelton"` of sparr. Steadier.
    WeightedRatio,
}

/// The common bandwidth that minimises a leave-one-out criterion. In the
/// result `criterion` is its negative, so that larger is better.
///
/// Densities have total one and the edge correction of the surface. Where one
/// is zero at a place that counts, the bandwidth is not considered. sparr
/// divides left-out densities by n, we by n − 1. Events outside the region
/// are left out.
///
/// Both criteria vary much from sample to sample (Davies, Marshall & Hazelton
/// 2018, *Statistics in Medicine* 37); look at
/// [`SelectedBandwidth::at_limit`].
///
/// O(60·(pairs within reach + region)).
///
/// # Errors
/// [`StatsError`] if there are fewer than three cases or controls, no
/// bandwidth gives defined densities, the correction has no region, or
/// globe and plane are mixed.
pub fn risk_bandwidth(
    cases: &Events,
    controls: &Events,
    correction: &EdgeCorrection<'_>,
    criterion: RiskCriterion,
    params: &CrossValidationParams,
) -> Result<SelectedBandwidth, StatsError> {
    check_same_metric(
        "cases and controls",
        cases.locations(),
        controls.locations(),
    )?;
    let Some(region) = correction.region() else {
        return Err(StatsError::TooFew {
            method: "a bandwidth for relative risk (pieces of a study region)",
            found: 0,
            least: 1,
        });
    };
    check_same_metric("cases and region", cases.locations(), region.centres())?;
    for events in [cases, controls] {
        if events.locations().len() < 3 {
            return Err(StatsError::TooFew {
                method: "a bandwidth for relative risk",
                found: events.locations().len(),
                least: 3,
            });
        }
    }
    let case_places = places_of(cases.locations());
    let control_places = places_of(controls.locations());
    params.best(|bandwidth_m| {
        let density = |events: &Events, at: &Locations| -> Option<Vec<f64>> {
            let fixed = KernelDensityParams {
                kernel: params.kernel,
                bandwidth: Bandwidth::Fixed { bandwidth_m },
            };
            let result = kernel_density(events, at, correction, &fixed).ok()?;
            let outside: f64 = result.uncounted.iter().map(|i| events.weights()[*i]).sum();
            let total = events.total() - outside;
            result
                .per_km2
                .into_iter()
                .map(|density| density.map(|density| density / total))
                .collect()
        };
        let left = |events: &Events, places: &[usize]| {
            left_out_densities(events, places, correction, params, bandwidth_m)
        };
        let case_left = left(cases, &case_places);
        let control_left = left(controls, &control_places);
        let at_cases = density(controls, cases.locations())?;
        let at_controls = density(cases, controls.locations())?;
        let over_cases = mean(cases, &case_left, &at_cases, |own, other| match criterion {
            RiskCriterion::LogRatio => (own / other).ln() / own,
            RiskCriterion::WeightedRatio => own / other,
        })?;
        let over_controls = mean(
            controls,
            &control_left,
            &at_controls,
            |own, other| match criterion {
                RiskCriterion::LogRatio => (other / own).ln() / own,
                RiskCriterion::WeightedRatio => (other / own).powi(2),
            },
        )?;
        let error = match criterion {
            RiskCriterion::LogRatio => {
                let f = density(cases, region.centres())?;
                let g = density(controls, region.centres())?;
                let square: f64 = f
                    .iter()
                    .zip(&g)
                    .zip(region.area_km2())
                    .map(|((f, g), area)| area * (f.ln() - g.ln()).powi(2))
                    .sum();
                2.0 * over_controls - 2.0 * over_cases - square
            }
            RiskCriterion::WeightedRatio => over_controls - 2.0 * over_cases,
        };
        Some(-error)
    })
}

/// Weighted mean over the events inside the region; `None` if a density is
/// zero.
fn mean(
    events: &Events,
    own: &[Option<f64>],
    other: &[f64],
    value: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for ((own, other), weight) in own.iter().zip(other).zip(events.weights()) {
        let Some(own) = own else { continue };
        if *weight == 0.0 {
            continue;
        }
        if *own <= 0.0 || *other <= 0.0 {
            return None;
        }
        sum += weight * value(*own, *other);
        total += weight;
    }
    (total > 0.0).then(|| sum / total)
}
