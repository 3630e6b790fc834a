//! Fay-Herriot small-area estimates from survey figures.

use std::f64::consts::TAU;

use super::Interval;
use super::regression::{Columns, Regression};
use crate::error::{check_finite, check_length, check_level};
use crate::special::root::increasing_root;
use crate::{StatsError, normal};

/// How the variance between areas is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BetweenAreaVariance {
    /// Restricted maximum likelihood.
    Reml,
    /// Maximum likelihood.
    MaximumLikelihood,
    /// The moment equation of Fay & Herriot (1979).
    FayHerriot,
    /// The closed moment estimator of Prasad & Rao (1990).
    PrasadRao,
}

/// Parameters of [`fay_herriot`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FayHerriotParams {
    variance: BetweenAreaVariance,
    interval: AreaInterval,
    level: f64,
}

/// How the interval of an area is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaInterval {
    /// value ± z·√MSE, as is usual. Falls short of its level by a point or two
    /// with some tens of areas: the error is not normal when A is estimated.
    Normal,
    /// Central interval of the posterior with a flat density of β and A,
    /// averaged over A in proportion to its restricted likelihood. Rao &
    /// Molina (2015), section 10.3; Datta, Rao & Smith (2005) show that it
    /// covers its level to second order where sampling variances are equal.
    Averaged,
}

impl FayHerriotParams {
    /// Intervals at `level`, such as 0.95.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
    pub fn new(
        variance: BetweenAreaVariance,
        interval: AreaInterval,
        level: f64,
    ) -> Result<Self, StatsError> {
        check_level("level", level)?;
        Ok(Self {
            variance,
            interval,
            level,
        })
    }
}

/// Survey figures of the areas, all in the same unit (percent, say).
#[derive(Debug, Clone, Copy)]
pub struct SurveyFigures<'a> {
    /// Direct estimate of each area.
    pub estimates: &'a [Option<f64>],
    /// Standard error of each direct estimate, taken as known, design effect
    /// included.
    pub standard_errors: &'a [Option<f64>],
    /// Columns of covariates, one value for each area; may be empty. The
    /// intercept is always there and must not be among them.
    pub covariates: &'a [&'a [Option<f64>]],
}

/// Small-area estimate of one area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallAreaEstimate {
    /// Empirical best linear unbiased predictor.
    pub value: f64,
    /// Estimated mean squared error of the value.
    pub mean_squared_error: f64,
    /// Interval of the true value. Not clamped to the range of a percentage.
    pub interval: Interval,
    /// Weight of the direct estimate, A/(A + D): 0 is pure regression. 0 also
    /// for an area without a direct estimate.
    pub direct_share: f64,
}

/// Result of [`fay_herriot`].
#[derive(Debug, Clone, PartialEq)]
pub struct FayHerriot {
    /// Intercept, then one coefficient for each covariate.
    pub coefficients: Vec<f64>,
    /// Standard error of each coefficient, given the variance.
    pub coefficient_errors: Vec<f64>,
    /// Variance between areas, A; 0 where the estimates differ from the
    /// regression no more than their sampling errors explain.
    pub variance: f64,
    /// Estimate of each area; `None` where a covariate is missing.
    pub areas: Vec<Option<SmallAreaEstimate>>,
}

/// Small-area estimates by the model of Fay and Herriot.
///
/// Fay & Herriot (1979), *JASA* 74; Rao & Molina (2015), *Small Area
/// Estimation*, chapter 6. The direct estimate of area i is y_i = x_iβ + v_i +
/// e_i, with v_i of unknown variance A and e_i of known variance D_i.
/// 1. A by the method chosen, over the m areas with a direct estimate:
///    - REML: the root of the restricted score
///      ½·(y′P²y − tr P), P = V⁻¹ − V⁻¹X(X′V⁻¹X)⁻¹X′V⁻¹;
///    - maximum likelihood: the root of ½·(y′P²y − tr V⁻¹);
///    - Fay-Herriot: Σ (y_i − x_iβ)²/(A + D_i) = m − p;
///    - Prasad-Rao: (Σ r_i² − Σ D_i(1 − h_i))/(m − p), with residuals r and
///      leverages h of the unweighted regression.
///
///    A is 0 where the equation has no root above 0.
/// 2. β by least squares weighted with 1/(A + D_i).
/// 3. value = γy + (1 − γ)xβ, γ = A/(A + D). An area without a direct estimate
///    gets xβ.
/// 4. Mean squared error g₁ + g₂ + 2g₃ of Prasad & Rao (1990), *JASA* 85, eq.
///    5.13–5.15, with the asymptotic variance of each estimator of A (Datta &
///    Lahiri 2000, *Statistica Sinica* 10), less B²·b, b being the bias of A,
///    for maximum likelihood and Fay-Herriot (Datta, Rao & Smith 2005,
///    *Biometrika* 92). Without a direct estimate: A + xVar(β)x′.
///
/// Values, errors and coefficients are those of `eblupFH` and `mseFH` of the R
/// package sae, which stops when A changes by less than 10⁻⁴ of itself, where
/// here the equation is solved to the last digits; sae lacks Prasad-Rao's
/// estimator. Where the correction for b would take the whole error away,
/// which can happen at A = 0, it is left out. O(m·p²).
///
/// # Errors
/// [`StatsError`] if lengths differ, a figure is not finite, a standard error
/// is not above zero, fewer than p + 2 areas (p + 3 for averaged intervals)
/// have a direct estimate, or covariates are collinear with each other or the
/// intercept.
pub fn fay_herriot(
    figures: &SurveyFigures<'_>,
    params: &FayHerriotParams,
) -> Result<FayHerriot, StatsError> {
    check(figures)?;
    let (columns, sampled) = Columns::new(figures)?;
    let width = columns.width();
    let least = width + 2;
    if sampled.len() < least {
        return Err(StatsError::TooFew {
            method: "fay-herriot estimate",
            found: sampled.len(),
            least,
        });
    }
    let variance = between(&columns, &sampled, params.variance)?;
    let fit = Regression::new(&columns, &sampled, variance)?;
    let uncertainty = Uncertainty::new(&sampled, &fit, variance, params.variance);
    let tail = 0.5 * (1.0 - params.level);
    let z = -normal::quantile(tail);
    let plausible = match params.interval {
        AreaInterval::Normal => Vec::new(),
        AreaInterval::Averaged => plausible_variances(&columns, &sampled)?,
    };
    let areas = (0..figures.estimates.len())
        .map(|area| {
            let row = columns.row(area)?;
            let direct = figures.estimates[area]
                .zip(figures.standard_errors[area])
                .map(|(estimate, error)| (estimate, error * error));
            let (value, direct_share) = predict(&fit, row, direct);
            let spread = fit.prediction_variance(row);
            let mean_squared_error = match direct {
                Some((_, sampling)) => uncertainty.mean_squared_error(sampling, spread),
                None => variance + spread,
            };
            let half = z * mean_squared_error.sqrt();
            let interval = match params.interval {
                AreaInterval::Normal => Interval {
                    low: value - half,
                    high: value + half,
                },
                AreaInterval::Averaged => averaged(&plausible, row, direct, tail),
            };
            // Squares of huge numbers may run over.
            (value + mean_squared_error + interval.low + interval.high)
                .is_finite()
                .then_some(SmallAreaEstimate {
                    value,
                    mean_squared_error,
                    interval,
                    direct_share,
                })
        })
        .collect();
    let (coefficients, coefficient_errors) = columns.coefficients(&fit);
    Ok(FayHerriot {
        coefficients,
        coefficient_errors,
        variance,
        areas,
    })
}

/// Value of an area, and the share of the direct estimate in it.
fn predict(fit: &Regression, row: &[f64], direct: Option<(f64, f64)>) -> (f64, f64) {
    let synthetic = fit.predict(row);
    direct.map_or((synthetic, 0.0), |(estimate, sampling)| {
        let share = fit.variance() / (fit.variance() + sampling);
        (synthetic + share * (estimate - synthetic), share)
    })
}

/// Regressions over variances between areas, with weights that sum to 1 in
/// proportion to the restricted likelihood, for a flat density of the
/// variance: 40 values of √A, closer where it is small, over the range where
/// its density is within e⁻¹⁰ of the maximum. The density can only be summed
/// up with at least p + 3 areas.
fn plausible_variances(
    columns: &Columns,
    sampled: &[Sampled],
) -> Result<Vec<(f64, Regression)>, StatsError> {
    const STEPS: u32 = 40;
    let least = columns.width() + 3;
    if sampled.len() < least {
        return Err(StatsError::TooFew {
            method: "averaged fay-herriot interval",
            found: sampled.len(),
            least,
        });
    }
    let best = between(columns, sampled, BetweenAreaVariance::Reml)?;
    let top = Regression::new(columns, sampled, best)?.log_likelihood();
    let falls_by = |deviation: f64| -> Result<f64, StatsError> {
        let fit = Regression::new(columns, sampled, deviation * deviation)?;
        Ok(top - fit.log_likelihood())
    };
    let usual = sampled.iter().map(|s| s.variance).sum::<f64>() / sampled.len() as f64;
    let mut high = (best + 0.1 * usual).sqrt();
    // Few areas say little of A: its density ends where it would be a
    // hundred times what the estimates spread.
    let end = 100.0 * high;
    while high < end && falls_by(high)? - high.ln() < 10.0 - 0.5 * usual.ln() {
        high *= 1.2;
    }
    let mut low = 0.0;
    for step in 1..20 {
        let deviation = best.sqrt() * f64::from(step) / 20.0;
        if falls_by(deviation)? > 10.0 {
            low = deviation;
        }
    }
    let mut nodes = Vec::with_capacity(STEPS as usize);
    for step in 0..STEPS {
        let t = (f64::from(step) + 0.5) / f64::from(STEPS);
        let deviation = low + (high - low) * t * t;
        let fit = Regression::new(columns, sampled, deviation * deviation)?;
        // Flat for A is as √A for √A, and the steps of √A grow as t.
        let weight = t * deviation * (fit.log_likelihood() - top).exp();
        nodes.push((weight, fit));
    }
    let total: f64 = nodes.iter().map(|(weight, _)| weight).sum();
    nodes.retain(|(weight, _)| *weight > 1e-6 * total);
    let total: f64 = nodes.iter().map(|(weight, _)| weight).sum();
    for (weight, _) in &mut nodes {
        *weight /= total;
    }
    Ok(nodes)
}

/// Central interval of the mixture over plausible variances: given A, the true
/// value is normal about the predictor with variance g₁ + g₂.
fn averaged(
    plausible: &[(f64, Regression)],
    row: &[f64],
    direct: Option<(f64, f64)>,
    tail: f64,
) -> Interval {
    let parts: Vec<(f64, f64, f64)> = plausible
        .iter()
        .map(|(weight, fit)| {
            let (value, share) = predict(fit, row, direct);
            let own = direct.map_or(fit.variance(), |(_, sampling)| share * sampling);
            let spread = (1.0 - share) * (1.0 - share) * fit.prediction_variance(row);
            (*weight, value, (own + spread).sqrt())
        })
        .collect();
    let reach = |sign: f64| {
        let z = -normal::quantile(tail);
        parts
            .iter()
            .map(|(_, value, deviation)| sign * value + z * deviation)
            .fold(f64::NEG_INFINITY, f64::max)
    };
    // Each quantile lies between the least and the largest of the parts'.
    let (least, largest) = (-reach(-1.0), reach(1.0));
    let quantile = |probability: f64| {
        increasing_root(least, largest, 0.5 * (least + largest), |x| {
            let (mut mass, mut density) = (-probability, 0.0);
            for (weight, value, deviation) in &parts {
                let z = (x - value) / deviation;
                mass += weight * normal::cumulative(z);
                density += weight * (-0.5 * z * z).exp() / (deviation * TAU.sqrt());
            }
            (mass, density)
        })
    };
    Interval {
        low: quantile(tail),
        high: quantile(1.0 - tail),
    }
}

/// An area with a direct estimate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sampled {
    pub(super) area: usize,
    pub(super) estimate: f64,
    /// Sampling variance D.
    pub(super) variance: f64,
}

fn check(figures: &SurveyFigures<'_>) -> Result<(), StatsError> {
    let areas = figures.estimates.len();
    check_length("standard errors", figures.standard_errors.len(), areas)?;
    check_finite("estimate", figures.estimates)?;
    check_finite("standard error", figures.standard_errors)?;
    for (unit, error) in figures.standard_errors.iter().enumerate() {
        if let Some(value) = error.filter(|e| *e <= 0.0) {
            return Err(StatsError::Value {
                what: "standard error",
                unit,
                value,
                expected: "a number above zero",
            });
        }
    }
    for column in figures.covariates {
        check_length("covariate", column.len(), areas)?;
        check_finite("covariate", column)?;
    }
    Ok(())
}

fn between(
    columns: &Columns,
    sampled: &[Sampled],
    method: BetweenAreaVariance,
) -> Result<f64, StatsError> {
    // A matrix that can be inverted at one variance can be at any other.
    let flat = Regression::unweighted(columns, sampled)?;
    let freedom = (sampled.len() - columns.width()) as f64;
    if method == BetweenAreaVariance::PrasadRao {
        let moment = flat.residual_squares() - flat.expected_sampling_squares(sampled);
        return Ok((moment / freedom).max(0.0));
    }
    // Each equation falls through 0 as A grows; turned round it rises.
    let equation = |variance: f64| -> (f64, f64) {
        let Ok(fit) = Regression::new(columns, sampled, variance) else {
            return (f64::NAN, f64::NAN);
        };
        match method {
            BetweenAreaVariance::Reml => (
                0.5 * (fit.trace() - fit.weighted_square()),
                0.5 * fit.trace_of_square(),
            ),
            BetweenAreaVariance::MaximumLikelihood => (
                0.5 * (fit.weights_sum() - fit.weighted_square()),
                0.5 * fit.weights_square_sum(),
            ),
            BetweenAreaVariance::FayHerriot | BetweenAreaVariance::PrasadRao => (
                freedom - fit.weighted_residual_squares(),
                fit.weighted_square(),
            ),
        }
    };
    let mut high = flat.residual_squares() / freedom;
    if equation(0.0).0 >= 0.0 || high <= 0.0 {
        return Ok(0.0);
    }
    while equation(high).0 < 0.0 {
        high *= 2.0;
    }
    Ok(increasing_root(0.0, high, 0.5 * high, equation))
}

/// What the mean squared error of every area needs.
struct Uncertainty {
    variance: f64,
    /// Asymptotic variance of the estimate of A.
    of_variance: f64,
    /// Bias of the estimate of A.
    bias: f64,
}

impl Uncertainty {
    fn new(
        sampled: &[Sampled],
        fit: &Regression,
        variance: f64,
        method: BetweenAreaVariance,
    ) -> Self {
        let m = sampled.len() as f64;
        let (one, two) = (fit.weights_sum(), fit.weights_square_sum());
        let (of_variance, bias) = match method {
            BetweenAreaVariance::Reml => (2.0 / two, 0.0),
            BetweenAreaVariance::MaximumLikelihood => (2.0 / two, -fit.leverage_sum() / two),
            BetweenAreaVariance::FayHerriot => (
                2.0 * m / (one * one),
                2.0 * (m * two - one * one) / (one * one * one),
            ),
            BetweenAreaVariance::PrasadRao => {
                let squares: f64 = sampled
                    .iter()
                    .map(|s| (variance + s.variance).powi(2))
                    .sum();
                (2.0 * squares / (m * m), 0.0)
            }
        };
        Self {
            variance,
            of_variance,
            bias,
        }
    }

    /// For an area of sampling variance D whose regression has variance
    /// `spread`.
    fn mean_squared_error(&self, sampling: f64, spread: f64) -> f64 {
        let total = self.variance + sampling;
        let shrunk = sampling / total;
        let known = self.variance * shrunk;
        let regression = shrunk * shrunk * spread;
        let estimated = shrunk * shrunk * self.of_variance / total;
        let sum = known + regression + 2.0 * estimated;
        let corrected = sum - self.bias * shrunk * shrunk;
        if corrected > 0.0 { corrected } else { sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures<'a>(
        estimates: &'a [Option<f64>],
        standard_errors: &'a [Option<f64>],
        covariates: &'a [&'a [Option<f64>]],
    ) -> SurveyFigures<'a> {
        SurveyFigures {
            estimates,
            standard_errors,
            covariates,
        }
    }

    const METHODS: [BetweenAreaVariance; 4] = [
        BetweenAreaVariance::Reml,
        BetweenAreaVariance::MaximumLikelihood,
        BetweenAreaVariance::FayHerriot,
        BetweenAreaVariance::PrasadRao,
    ];

    /// With equal sampling variances everything has a closed form: the
    /// moment, Prasad-Rao and REML estimators are s² − D.
    #[test]
    fn equal_errors_give_the_closed_form() {
        let y = [3.0, 9.0, 4.0, 8.0, 1.0, 11.0];
        let estimates = y.map(Some);
        let errors = [Some(1.5); 6];
        let mean = y.iter().sum::<f64>() / 6.0;
        let spread: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
        for method in METHODS {
            let params = FayHerriotParams::new(method, AreaInterval::Normal, 0.95).unwrap();
            let result = fay_herriot(&figures(&estimates, &errors, &[]), &params).unwrap();
            let divisor = if method == BetweenAreaVariance::MaximumLikelihood {
                6.0
            } else {
                5.0
            };
            let variance = spread / divisor - 2.25;
            assert!(
                (result.variance - variance).abs() < 1e-12,
                "{method:?} {result:?}"
            );
            let share = variance / (variance + 2.25);
            let first = result.areas[0].unwrap();
            assert!((first.value - (mean + share * (3.0 - mean))).abs() < 1e-12);
            let error = (result.variance + 2.25) / 6.0;
            assert!((result.coefficient_errors[0] - error.sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn without_variation_between_areas_all_take_the_mean() {
        let estimates = [10.0, 10.1, 9.9, 10.0].map(Some);
        for method in METHODS {
            let params = FayHerriotParams::new(method, AreaInterval::Normal, 0.95).unwrap();
            let result = fay_herriot(&figures(&estimates, &[Some(2.0); 4], &[]), &params).unwrap();
            assert_eq!(result.variance, 0.0);
            for area in result.areas.iter().flatten() {
                assert!((area.value - 10.0).abs() < 1e-12);
                assert!(area.mean_squared_error > 0.0);
            }
        }
    }

    #[test]
    fn an_area_without_a_survey_takes_the_regression() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(Some);
        let estimates = [Some(2.1), Some(3.8), None, Some(8.3), Some(9.7), Some(12.2)];
        let errors = [Some(0.3), Some(0.2), None, Some(0.3), Some(0.2), Some(0.3)];
        let params =
            FayHerriotParams::new(BetweenAreaVariance::Reml, AreaInterval::Normal, 0.9).unwrap();
        let result = fay_herriot(&figures(&estimates, &errors, &[&x]), &params).unwrap();
        let area = result.areas[2].unwrap();
        let line = result.coefficients[0] + 3.0 * result.coefficients[1];
        assert!((area.value - line).abs() < 1e-12);
        assert_eq!(area.direct_share, 0.0);
    }

    #[test]
    fn figures_that_cannot_be_used_are_refused() {
        let params =
            FayHerriotParams::new(BetweenAreaVariance::Reml, AreaInterval::Normal, 0.95).unwrap();
        let y = [1.0, 2.0, 3.0, 4.0].map(Some);
        let run = |errors: &[Option<f64>], covariates: &[&[Option<f64>]]| {
            fay_herriot(&figures(&y, errors, covariates), &params)
        };
        assert!(matches!(
            run(&[Some(0.0); 4], &[]),
            Err(StatsError::Value { .. })
        ));
        assert!(matches!(
            run(&[Some(1.0); 3], &[]),
            Err(StatsError::Length { .. })
        ));
        let flat = [Some(5.0); 4];
        assert!(matches!(
            run(&[Some(1.0); 4], &[&flat]),
            Err(StatsError::Collinear { .. })
        ));
        let few = [Some(1.0), None, None, None];
        assert!(matches!(run(&few, &[]), Err(StatsError::TooFew { .. })));
        assert!(
            FayHerriotParams::new(BetweenAreaVariance::Reml, AreaInterval::Normal, 95.0).is_err()
        );
    }
}
