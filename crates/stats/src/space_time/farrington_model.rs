//! The model behind one Farrington alarm.

use crate::normal;

use super::distributions::{CountDistribution, student_two_sided};
use super::farrington::{FarringtonAlarm, FarringtonParams, FarringtonThreshold};
use super::quasi_poisson::{Design, Fit};

/// A past period of the model.
struct Past {
    period: usize,
    level: usize,
    count: f64,
    exposure: f64,
}

/// Alarm of one period; `None` where it is undefined.
pub(super) fn alarm(
    now: usize,
    counts: &[Option<f64>],
    exposure: Option<&[Option<f64>]>,
    params: &FarringtonParams,
) -> Option<FarringtonAlarm> {
    let observed = counts[now]?;
    let exposure_of = |period: usize| match exposure {
        Some(exposure) => exposure[period],
        None => Some(1.0),
    };
    let present = exposure_of(now)?;
    let past: Vec<Past> = levels(now, params)?
        .into_iter()
        .filter_map(|(period, level)| {
            Some(Past {
                period,
                level,
                count: counts[period]?,
                exposure: exposure_of(period)?,
            })
        })
        .collect();
    let latest = &counts[(now + 1).saturating_sub(params.least_cases_periods)..=now];
    let enough_cases = latest.iter().flatten().sum::<f64>() >= params.least_cases;
    let judged = match prediction(now, &past, present, params) {
        Prediction::NoCases { exposure } => without_cases(observed, exposure, present, params),
        Prediction::Fitted(model) => model.judge(observed, params)?,
        Prediction::NoFit => return None,
    };
    Some(FarringtonAlarm {
        enough_cases,
        alarm: enough_cases && observed > judged.upper,
        ..judged
    })
}

/// Periods of the past with their seasonal level (0 is that of the present);
/// `None` without enough history.
fn levels(now: usize, params: &FarringtonParams) -> Option<Vec<(usize, usize)>> {
    let (year, w) = (params.periods_per_year, params.half_window);
    let history = params.years_back.checked_mul(year)?.checked_add(w)?;
    now.checked_sub(history)?;
    let last = now.checked_sub(params.recent_excluded.checked_add(1)?)?;
    let mut found = Vec::new();
    for back in (1..=params.years_back).rev() {
        let centre = now - back * year;
        found.extend((centre - w..=centre + w).map(|period| (period, 0)));
        let parts = params.seasonal_levels - 1;
        let between = year - 2 * w - 1;
        let mut period = centre + w + 1;
        for part in 0..parts {
            let size = between / parts + usize::from(part < between % parts);
            found.extend((period..period + size).map(|period| (period, part + 1)));
            period += size;
        }
    }
    // The window of the present year up to now.
    found.extend((now - w..now).map(|period| (period, 0)));
    found.retain(|(period, _)| *period <= last);
    Some(found)
}

enum Prediction {
    NoCases { exposure: f64 },
    Fitted(Model),
    NoFit,
}

struct Model {
    mean: f64,
    /// Standard error of the log of the mean.
    log_error: f64,
    dispersion: f64,
    trend: Option<f64>,
}

fn prediction(now: usize, past: &[Past], present: f64, params: &FarringtonParams) -> Prediction {
    // A level without cases fits a mean of zero whatever the rest does.
    let cases = |level: usize| -> f64 {
        past.iter()
            .filter(|one| one.level == level)
            .map(|one| one.count)
            .sum()
    };
    if past.is_empty() {
        return Prediction::NoFit;
    }
    if cases(0) == 0.0 {
        let exposure = past
            .iter()
            .filter(|one| one.level == 0)
            .map(|one| one.exposure)
            .sum();
        return Prediction::NoCases { exposure };
    }
    let kept: Vec<usize> = (1..params.seasonal_levels)
        .filter(|level| cases(*level) > 0.0)
        .collect();
    let rows: Vec<&Past> = past
        .iter()
        .filter(|one| one.level == 0 || kept.contains(&one.level))
        .collect();
    let fit = |trend: bool| fitted(now, &rows, &kept, trend, params.reweight_above);
    let most = rows.iter().fold(0.0_f64, |most, one| most.max(one.count));
    if params.trend_significance > 0.0
        && params.years_back >= 3
        && let Some(fit) = fit(true)
        && fit.degrees_of_freedom > 0.0
    {
        let terms = fit.coefficients.len();
        let slope = fit.coefficients[1];
        let error = (fit.unscaled[terms + 1] * fit.dispersion).sqrt();
        let p = student_two_sided(slope / error, fit.degrees_of_freedom);
        let model = model(&fit, present, Some(slope));
        if (p < params.trend_significance || params.trend_significance >= 1.0) && model.mean <= most
        {
            return Prediction::Fitted(model);
        }
    }
    match fit(false) {
        Some(fit) => Prediction::Fitted(model(&fit, present, None)),
        None => Prediction::NoFit,
    }
}

/// Time is counted back from the present, so that the intercept is the
/// forecast.
fn fitted(
    now: usize,
    rows: &[&Past],
    kept: &[usize],
    trend: bool,
    reweight_above: Option<f64>,
) -> Option<Fit> {
    let scale = (now - rows.first()?.period).max(1) as f64;
    let first_level = 1 + usize::from(trend);
    let mut design = Design::new(first_level + kept.len());
    for one in rows {
        let mut row = vec![0.0; first_level + kept.len()];
        row[0] = 1.0;
        if trend {
            row[1] = (one.period as f64 - now as f64) / scale;
        }
        if let Some(which) = kept.iter().position(|level| *level == one.level) {
            row[first_level + which] = 1.0;
        }
        design.push(&row, one.count, one.exposure);
    }
    let mut fit = design.fit(&vec![1.0; rows.len()])?;
    if let Some(limit) = reweight_above {
        let weights = outbreak_weights(&fit, design.counts(), limit);
        fit = design.fit(&weights)?;
    }
    if trend {
        // Back from the scale that keeps the equations well conditioned.
        let terms = fit.coefficients.len();
        fit.coefficients[1] /= scale;
        for term in 0..terms {
            fit.unscaled[terms + term] /= scale;
            fit.unscaled[term * terms + 1] /= scale;
        }
    }
    Some(fit)
}

fn outbreak_weights(fit: &Fit, counts: &[f64], limit: f64) -> Vec<f64> {
    let dispersion = fit.dispersion.max(1.0);
    let raw: Vec<f64> = counts
        .iter()
        .zip(&fit.means)
        .zip(&fit.leverages)
        .map(|((y, mean), h)| {
            let residual = 1.5 * (y.cbrt().powi(2) * mean.powf(-1.0 / 6.0) - mean.sqrt());
            let s = residual / (dispersion * (1.0 - h).max(f64::MIN_POSITIVE)).sqrt();
            if s > limit { s.powi(-2) } else { 1.0 }
        })
        .collect();
    let gamma = raw.len() as f64 / raw.iter().sum::<f64>();
    raw.into_iter().map(|weight| gamma * weight).collect()
}

fn model(fit: &Fit, present: f64, trend: Option<f64>) -> Model {
    let dispersion = if fit.dispersion.is_nan() {
        1.0
    } else {
        fit.dispersion.max(1.0)
    };
    Model {
        mean: fit.coefficients[0].exp() * present,
        log_error: (fit.unscaled[0] * dispersion).sqrt(),
        dispersion,
        trend,
    }
}

impl Model {
    fn judge(&self, observed: f64, params: &FarringtonParams) -> Option<FarringtonAlarm> {
        let z = -normal::quantile(params.alpha);
        let (upper, p) = match params.threshold {
            FarringtonThreshold::TwoThirdsPower => {
                // Var(μ̂)/μ is μ times the variance of log μ̂.
                let tau = self.dispersion + self.mean * self.log_error.powi(2);
                let error = (4.0 / 9.0 * self.mean.cbrt() * tau).sqrt();
                let centre = self.mean.cbrt().powi(2);
                let upper = (centre + z * error).max(0.0).powf(1.5);
                let p = normal::cumulative((centre - observed.cbrt().powi(2)) / error);
                (upper, p)
            }
            FarringtonThreshold::NegativeBinomial
            | FarringtonThreshold::NegativeBinomialUpperMean => {
                let shift = match params.threshold {
                    FarringtonThreshold::NegativeBinomialUpperMean => z * self.log_error,
                    _ => 0.0,
                };
                let distribution = CountDistribution {
                    mean: self.mean * shift.exp(),
                    dispersion: self.dispersion,
                };
                if !distribution.mean.is_finite() {
                    return None;
                }
                (
                    distribution.quantile(1.0 - params.alpha),
                    distribution.upper(observed),
                )
            }
        };
        Some(FarringtonAlarm {
            observed,
            expected: self.mean,
            upper,
            score: (observed - self.mean) / (upper - self.mean),
            p,
            dispersion: self.dispersion,
            trend: self.trend,
            enough_cases: false,
            alarm: false,
        })
    }
}

/// No cases in the past: the conditional test of two Poisson counts.
fn without_cases(
    observed: f64,
    past: f64,
    present: f64,
    params: &FarringtonParams,
) -> FarringtonAlarm {
    let log_share = (present / (past + present)).ln();
    let p = (observed * log_share).exp();
    let upper = (params.alpha.ln() / log_share).ceil() - 1.0;
    FarringtonAlarm {
        observed,
        expected: 0.0,
        upper,
        score: if upper > 0.0 {
            observed / upper
        } else {
            observed
        },
        p,
        dispersion: 1.0,
        trend: None,
        enough_cases: false,
        alarm: false,
    }
}
