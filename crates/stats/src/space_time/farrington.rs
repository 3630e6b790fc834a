//! Farrington's outbreak alarm.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_length, check_not_negative};

use super::farrington_model::alarm;

/// How the upper limit follows from the fitted model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FarringtonThreshold {
    /// Normal on the scale of the two-thirds power, with the variance of the
    /// prediction: Farrington et al. (1996).
    TwoThirdsPower,
    /// Quantile of a negative binomial with the fitted mean and dispersion;
    /// `nbPlugin` of R's surveillance, Noufaily et al. (2013).
    NegativeBinomial,
    /// The same with the upper (1 − α) limit of the mean in place of the
    /// mean; `muan` of R's surveillance. Cautious.
    NegativeBinomialUpperMean,
}

/// Parameters of [`farrington`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FarringtonParams {
    /// Periods in a year: 52 for weeks, 12 for months.
    pub periods_per_year: usize,
    /// Years of history, `b`.
    pub years_back: usize,
    /// Periods on either side of the same time of earlier years, `w`.
    pub half_window: usize,
    /// Levels of the season: the window and so many less one equal parts of
    /// the year between windows, `noPeriods`. 1 uses the windows only.
    pub seasonal_levels: usize,
    /// Latest periods that the model leaves out, so that an outbreak under
    /// way does not hide itself, `pastWeeksNotIncluded`.
    pub recent_excluded: usize,
    /// p-value below which the linear trend stays in the model; 0 leaves it
    /// out, 1 keeps it whenever the forecast is not beyond all past counts.
    pub trend_significance: f64,
    /// Standardised Anscombe residual above which past outbreaks are weighted
    /// down; `None` does not reweight.
    pub reweight_above: Option<f64>,
    /// Chance of an alarm in a quiet period, one-sided.
    pub alpha: f64,
    /// Upper limit.
    pub threshold: FarringtonThreshold,
    /// No alarm unless so many cases came ...
    pub least_cases: f64,
    /// ... in so many periods, the latest included.
    pub least_cases_periods: usize,
}

impl FarringtonParams {
    /// Farrington, Andrews, Beale & Catchpole (1996), *JRSS A* 159: 5 years,
    /// windows of ±3 periods, trend if p < 0.05, residuals above 1 weighted
    /// down, two-thirds power, at least 5 cases in 4 periods.
    ///
    /// Their limit, and that of R's `algo.farrington`, is that of a two-sided
    /// interval: `alpha` here is half of theirs, 0.025 for their 0.05.
    #[must_use]
    pub fn original(periods_per_year: usize, alpha: f64) -> Self {
        Self {
            periods_per_year,
            years_back: 5,
            half_window: 3,
            seasonal_levels: 1,
            recent_excluded: 3,
            trend_significance: 0.05,
            reweight_above: Some(1.0),
            alpha,
            threshold: FarringtonThreshold::TwoThirdsPower,
            least_cases: 5.0,
            least_cases_periods: 4,
        }
    }

    /// Noufaily et al. (2013), *Statistics in Medicine* 32: all of the
    /// history with a season of 10 levels, the latest half year left out,
    /// trend always, residuals above 2.58 weighted down, negative binomial
    /// quantile.
    #[must_use]
    pub fn improved(periods_per_year: usize, alpha: f64) -> Self {
        Self {
            seasonal_levels: 10,
            recent_excluded: periods_per_year / 2,
            trend_significance: 1.0,
            reweight_above: Some(2.58),
            threshold: FarringtonThreshold::NegativeBinomial,
            ..Self::original(periods_per_year, alpha)
        }
    }

    fn check(&self) -> Result<(), StatsError> {
        let whole = [
            ("periods per year", self.periods_per_year, 1),
            ("years back", self.years_back, 1),
            ("seasonal levels", self.seasonal_levels, 1),
            ("periods of the least cases", self.least_cases_periods, 1),
        ];
        for (what, value, least) in whole {
            if value < least {
                return Err(StatsError::Parameter {
                    what,
                    value: value as f64,
                    expected: "at least one",
                });
            }
        }
        let windows = self.half_window.saturating_mul(2);
        if windows.saturating_add(self.seasonal_levels) > self.periods_per_year {
            return Err(StatsError::Parameter {
                what: "seasonal levels",
                value: self.seasonal_levels as f64,
                expected: "windows and levels that fit into a year",
            });
        }
        let between = [
            ("alpha", self.alpha, self.alpha > 0.0 && self.alpha < 1.0),
            (
                "trend significance",
                self.trend_significance,
                (0.0..=1.0).contains(&self.trend_significance),
            ),
            (
                "residual to weight down",
                self.reweight_above.unwrap_or(1.0),
                self.reweight_above.is_none_or(|s| s > 0.0 && s.is_finite()),
            ),
            ("least cases", self.least_cases, self.least_cases >= 0.0),
        ];
        for (what, value, fine) in between {
            if !fine {
                return Err(StatsError::Parameter {
                    what,
                    value,
                    expected: "a probability, and a residual or count above zero",
                });
            }
        }
        Ok(())
    }
}

/// What is expected of one period, and whether it stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FarringtonAlarm {
    /// Cases.
    pub observed: f64,
    /// Fitted mean.
    pub expected: f64,
    /// Upper limit; more cases are an alarm.
    pub upper: f64,
    /// (observed − expected)/(upper − expected), above 1 for an alarm.
    pub score: f64,
    /// Chance of as many cases or more under the model.
    pub p: f64,
    /// Variance over mean, at least 1.
    pub dispersion: f64,
    /// Growth per period on the log scale, if the trend is in the model.
    pub trend: Option<f64>,
    /// Whether the least number of cases was reached.
    pub enough_cases: bool,
    /// More cases than the upper limit, and enough of them.
    pub alarm: bool,
}

/// Farrington alarms: each period against a model of its own past.
///
/// `counts` are equally spaced; `exposure` (population, days), if given,
/// enters as an offset. For each period k with `years_back` years and a
/// window before it:
///
/// 1. The past of k: the windows k − j·year ± `half_window`; with more than
///    one seasonal level also the periods between them, in equal parts, the
///    remainder going to the first parts. The latest `recent_excluded`
///    periods and those without a count are left out.
/// 2. log μ = α + β·time + level + log exposure, quasi-Poisson; the
///    dispersion φ is Pearson's, at least 1.
/// 3. Standardised Anscombe residuals s = 1.5(y^⅔ μ^−⅙ − √μ)/√(φ(1 − h));
///    weights γ s⁻² where s exceeds the limit, else γ, with sum n; fit again.
/// 4. The trend is kept if its t-test is below `trend_significance`, there
///    are at least 3 years, and the forecast is not above all past counts;
///    else steps 2 and 3 without it.
/// 5. Upper limit by [`FarringtonThreshold`]; for the two-thirds power
///    (μ^⅔ + z₁₋α √(4/9 μ^⅓ (φ + Var(μ̂)/μ)))^{3/2}.
///
/// The semantics of R's `farringtonFlexible`, with these differences. Its fit
/// overwrites the working weights of the model with the prior ones before it
/// asks for standard errors, so that its standard error and trend test rest
/// on another dispersion; ours use Pearson's, clamped at 1 for the
/// prediction. Its score with a negative binomial subtracts the logarithm of
/// the mean; ours the mean (alarms are the same). Where the past windows hold
/// no case at all, the log-linear model has no fit: given a total of y, all
/// of it falls into the present with probability (present share of
/// exposure)^y, from which p and upper limit are read. Another seasonal level
/// without cases leaves the fit with its rows.
///
/// `None` for a period without a count, with too little history, or whose
/// model has no fit. O(periods · history · terms²), on all threads.
///
/// # Errors
/// [`StatsError`] for parameters outside their domain, lengths that differ,
/// numbers that are negative or not finite, or an exposure of 0.
pub fn farrington(
    counts: &[Option<f64>],
    exposure: Option<&[Option<f64>]>,
    params: &FarringtonParams,
) -> Result<Vec<Option<FarringtonAlarm>>, StatsError> {
    params.check()?;
    check_not_negative("count", counts)?;
    if let Some(exposure) = exposure {
        check_length("exposure", exposure.len(), counts.len())?;
        check_not_negative("exposure", exposure)?;
        if let Some(unit) = exposure.iter().position(|e| *e == Some(0.0)) {
            return Err(StatsError::Value {
                what: "exposure",
                unit,
                value: 0.0,
                expected: "a number above zero, or none",
            });
        }
    }
    Ok((0..counts.len())
        .into_par_iter()
        .map(|now| alarm(now, counts, exposure, params))
        .collect())
}
