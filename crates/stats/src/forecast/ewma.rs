//! Exponentially weighted moving averages.

use rayon::prelude::*;

use super::dispersion::{Dispersion, predictive};
use super::{CountFamily, Forecast, ForecastModel, History};
use crate::StatsError;

/// How fast an [`Ewma`] forgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothing {
    /// The weight of the newest count, between 0 and 1.
    Given(f64),
    /// The weight under which the counts of the history were most likely.
    MaximumLikelihood,
}

/// Exponentially weighted moving average of each place's rate.
///
/// 1. The level starts at the pooled rate of all places.
/// 2. After each known cell: level ← level + α·(count/exposure − level).
/// 3. The forecast of all periods ahead is exposure · level (Brown's simple
///    exponential smoothing; Gardner 1985, *Journal of Forecasting* 4).
/// 4. By maximum likelihood α, one for all places, makes the sum over cells of
///    count·ln μ − μ largest, where μ is what the cells before led to expect:
///    the Poisson likelihood of one-step forecasts. A grid of 33 values and
///    golden section about the best of them.
///
/// α near 0 is the pooled rate everywhere, α near 1 the last count; the
/// largest α is 1 − 10⁻⁶, so that no level reaches zero. A level learns
/// nothing from an unknown cell. O(places × periods) for each α tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ewma {
    smoothing: Smoothing,
    family: CountFamily,
}

/// Result of [`Ewma::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct FittedEwma {
    /// Weight of the newest count.
    pub smoothing: f64,
    /// Rate of each place after the last period; the pooled rate where no
    /// cell is known.
    pub levels: Vec<f64>,
    /// Size of the negative binomial about one-step forecasts; `None` for
    /// Poisson.
    pub size: Option<f64>,
    /// Log likelihood of one-step forecasts, up to a constant of the counts.
    pub log_likelihood: f64,
}

const LARGEST: f64 = 1.0 - 1e-6;
const GRID: usize = 33;

impl Ewma {
    /// An average with the smoothing and distribution given.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a weight outside 0 to 1.
    pub fn new(smoothing: Smoothing, family: CountFamily) -> Result<Self, StatsError> {
        if let Smoothing::Given(weight) = smoothing
            && !(0.0..=1.0).contains(&weight)
        {
            return Err(StatsError::Parameter {
                what: "smoothing",
                value: weight,
                expected: "a number from 0 to 1",
            });
        }
        Ok(Self { smoothing, family })
    }

    /// Smoothing by maximum likelihood, negative binomial forecasts.
    #[must_use]
    pub fn fitted() -> Self {
        Self {
            smoothing: Smoothing::MaximumLikelihood,
            family: CountFamily::NegativeBinomial,
        }
    }

    /// Fits to a history.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] if no cell is known.
    pub fn fit(&self, history: &History<'_>) -> Result<FittedEwma, StatsError> {
        let pooled = history.pooled_rate()?;
        let likelihood = |weight: f64| -> f64 {
            let places: Vec<f64> = (0..history.places())
                .into_par_iter()
                .map(|place| pass(history, place, pooled, weight).likelihood)
                .collect();
            places.iter().sum()
        };
        let smoothing = match self.smoothing {
            Smoothing::Given(weight) => weight.min(LARGEST),
            Smoothing::MaximumLikelihood => {
                let step = LARGEST / (GRID - 1) as f64;
                let best = most_likely((0..GRID).map(|i| i as f64 * step), likelihood);
                let inner = golden_section(
                    (best - step).max(0.0),
                    (best + step).min(LARGEST),
                    likelihood,
                );
                // Golden section never tries the ends, where the best can be.
                most_likely([best, inner].into_iter(), likelihood)
            }
        };
        let passes: Vec<Pass> = (0..history.places())
            .into_par_iter()
            .map(|place| pass(history, place, pooled, smoothing))
            .collect();
        let dispersion = passes.iter().fold(Dispersion::default(), |sum, pass| {
            sum.merge(pass.dispersion)
        });
        Ok(FittedEwma {
            smoothing,
            size: dispersion.size(self.family),
            log_likelihood: passes.iter().map(|pass| pass.likelihood).sum(),
            levels: passes.into_iter().map(|pass| pass.level).collect(),
        })
    }
}

impl ForecastModel for Ewma {
    fn name(&self) -> &str {
        "ewma"
    }

    fn forecast(&self, history: &History<'_>, horizon: usize) -> Result<Forecast, StatsError> {
        let periods = history.ahead(horizon)?;
        let fit = self.fit(history)?;
        let cells = periods
            .flat_map(|period| (0..history.places()).map(move |place| (period, place)))
            .map(|(period, place)| {
                let exposure = history.exposure(period, place)?;
                predictive(exposure * fit.levels[place], fit.size)
            })
            .collect();
        Forecast::new(history.places(), cells)
    }
}

/// The first of the weights with the largest likelihood.
fn most_likely(weights: impl Iterator<Item = f64>, likelihood: impl Fn(f64) -> f64) -> f64 {
    weights
        .map(|weight| (weight, likelihood(weight)))
        .fold((0.0, f64::NEG_INFINITY), |best, next| {
            if next.1 > best.1 { next } else { best }
        })
        .0
}

struct Pass {
    level: f64,
    likelihood: f64,
    dispersion: Dispersion,
}

fn pass(history: &History<'_>, place: usize, start: f64, weight: f64) -> Pass {
    let mut pass = Pass {
        level: start,
        likelihood: 0.0,
        dispersion: Dispersion::default(),
    };
    for (count, exposure) in (0..history.periods()).filter_map(|period| history.cell(period, place))
    {
        let mean = exposure * pass.level;
        pass.likelihood += if count > 0.0 {
            count * mean.ln() - mean
        } else {
            -mean
        };
        pass.dispersion.add(count, mean);
        pass.level += weight * (count / exposure - pass.level);
    }
    pass
}

/// Where a function with one peak between `low` and `high` is largest, to
/// about 10⁻⁸ of the width (the square root of the rounding).
pub(super) fn golden_section(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let width = high - low;
    let (mut left, mut right) = (high - RATIO * width, low + RATIO * width);
    let (mut at_left, mut at_right) = (value(left), value(right));
    while high - low > 1e-8 * width {
        if at_left >= at_right {
            high = right;
            (right, at_right) = (left, at_left);
            left = high - RATIO * (high - low);
            at_left = value(left);
        } else {
            low = left;
            (left, at_left) = (right, at_right);
            right = low + RATIO * (high - low);
            at_right = value(right);
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_weighted_sum_written_out() {
        let counts = [3.0, 0.0, 5.0, 2.0].map(Some);
        let history = History::new(1, &counts).unwrap();
        let ewma = Ewma::new(Smoothing::Given(0.3), CountFamily::Poisson).unwrap();
        let level = ewma.fit(&history).unwrap().levels[0];
        let written = 2.5 * 0.7_f64.powi(4) + 0.3 * (3.0 * 0.7_f64.powi(3) + 5.0 * 0.7 + 2.0);
        assert!((level - written).abs() < 1e-14);
    }

    #[test]
    fn the_most_likely_weight_is_not_beaten_on_a_fine_grid() {
        let counts: Vec<_> = (0..60)
            .map(|t| Some(f64::from((t * 7 + t / 9 * 5) % 11)))
            .collect();
        let history = History::new(3, &counts).unwrap();
        let best = Ewma::fitted().fit(&history).unwrap();
        for i in 0..=1000 {
            let given = Smoothing::Given(f64::from(i) / 1000.0);
            let fit = Ewma::new(given, CountFamily::Poisson)
                .unwrap()
                .fit(&history)
                .unwrap();
            assert!(fit.log_likelihood <= best.log_likelihood + 1e-9);
        }
    }

    #[test]
    fn an_unknown_cell_teaches_nothing() {
        let known = [3.0, 5.0].map(Some);
        let gap = [Some(3.0), None, Some(5.0)];
        let fit = |counts: &[Option<f64>]| {
            Ewma::new(Smoothing::Given(0.4), CountFamily::Poisson)
                .unwrap()
                .fit(&History::new(1, counts).unwrap())
                .unwrap()
                .levels
        };
        assert_eq!(fit(&known), fit(&gap));
        assert!(Ewma::new(Smoothing::Given(1.1), CountFamily::Poisson).is_err());
    }
}
