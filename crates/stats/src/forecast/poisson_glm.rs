//! Poisson regression on trend, season and the past of a place and its
//! neighbours.

use super::dispersion::{Dispersion, predictive};
use super::normal_equations::MOST_COLUMNS;
use super::{
    CountFamily, Forecast, ForecastModel, History, PoissonRegression, PoissonRegressionParams,
    poisson_regression,
};
use crate::StatsError;

/// Trend of a [`PoissonGlm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// None.
    None,
    /// Linear in the logarithm, one for all places, carried on.
    LogLinear,
}

/// What a [`PoissonGlm`] knows of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Nothing: places differ by exposure alone.
    None,
    /// The place's rate over all periods before, and its last period.
    Own,
    /// Also the last period of its neighbours (the spatial lag).
    OwnAndNeighbours,
}

/// Poisson regression as a forecasting model:
///
/// ln μ = ln exposure + β₀ + trend + Σ_k (a_k sin 2πkt/s + b_k cos 2πkt/s)
///        + c·ln P + d·ln L + e·ln N
///
/// where P is the place's rate over all earlier periods, L that of the period
/// before and N that of the neighbours in the period before (weighted by the
/// spatial weights), each relative to the pooled rate and shrunk to it by one
/// period of mean exposure, so that zeros have a logarithm. Past counts enter
/// as logarithms since raw ones would make the forecast explode (Fokianos &
/// Tjøstheim 2011, *Journal of Multivariate Analysis* 102); space-time models
/// of this form are the "endemic-epidemic" ones of Held, Höhle & Hofmann
/// (2005), *Statistical Modelling* 5, with a log link.
///
/// Unknown past counts are replaced by the place's mean, and are never scored.
/// An island has no neighbours' past: N is the pooled rate. Further periods
/// ahead are forecast with expected counts for the ones between. Harmonics
/// that the season cannot tell apart are left out, so is a column that does
/// not vary in the history. A history without any event gives half an event
/// over all its exposure everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonGlm {
    trend: Trend,
    harmonics: usize,
    past: Past,
    regression: PoissonRegressionParams,
    family: CountFamily,
}

/// Result of [`PoissonGlm::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPoissonGlm {
    /// Names of the columns, in the order of the coefficients.
    pub columns: Vec<&'static str>,
    /// The regression.
    pub regression: PoissonRegression,
    /// Size of the negative binomial; `None` for Poisson.
    pub size: Option<f64>,
}

impl Default for PoissonGlm {
    /// No trend, one harmonic, own and neighbours' past, no ridge.
    fn default() -> Self {
        Self {
            trend: Trend::None,
            harmonics: 1,
            past: Past::OwnAndNeighbours,
            regression: PoissonRegressionParams::maximum_likelihood(),
            family: CountFamily::NegativeBinomial,
        }
    }
}

const HARMONICS: [[&str; 2]; 4] = [
    ["sin 1", "cos 1"],
    ["sin 2", "cos 2"],
    ["sin 3", "cos 3"],
    ["sin 4", "cos 4"],
];

impl PoissonGlm {
    /// A model with the parts given.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] if these make more than 10 columns.
    pub fn new(trend: Trend, harmonics: usize, past: Past) -> Result<Self, StatsError> {
        let columns = 1
            + usize::from(trend == Trend::LogLinear)
            + 2 * harmonics.min(MOST_COLUMNS)
            + match past {
                Past::None => 0,
                Past::Own => 2,
                Past::OwnAndNeighbours => 3,
            };
        if columns > MOST_COLUMNS {
            return Err(StatsError::Parameter {
                what: "harmonics",
                value: harmonics as f64,
                expected: "so few that the model has at most 10 columns",
            });
        }
        Ok(Self {
            trend,
            harmonics,
            past,
            ..Self::default()
        })
    }

    /// With a ridge penalty or other parameters of the regression.
    #[must_use]
    pub fn with_regression(mut self, params: PoissonRegressionParams) -> Self {
        self.regression = params;
        self
    }

    /// With another distribution of the forecasts.
    #[must_use]
    pub fn with_family(mut self, family: CountFamily) -> Self {
        self.family = family;
        self
    }

    /// Fits to a history.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] for fewer known cells than columns, or fewer
    /// than two periods where the past is used; [`StatsError::Constant`]
    /// without any event; [`StatsError::Parameter`] without weights where
    /// neighbours are used.
    pub fn fit(&self, history: &History<'_>) -> Result<FittedPoissonGlm, StatsError> {
        self.check(history)?;
        Ok(self.fit_with_past(history)?.0)
    }

    fn fit_with_past<'a>(
        &self,
        history: &'a History<'_>,
    ) -> Result<(FittedPoissonGlm, PastRates<'a>, Vec<usize>), StatsError> {
        let names = self.names(history);
        let mut past = PastRates::new(history)?;
        let (mut counts, mut design, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        let filled = history.filled()?;
        for period in 0..history.periods() {
            if period > 0 || self.past == Past::None {
                for place in 0..history.places() {
                    if let Some((count, exposure)) = history.cell(period, place) {
                        counts.push(count);
                        offsets.push(exposure.ln());
                        design.extend(self.row(history, &past, period, place));
                    }
                }
            }
            past.add(
                period,
                &filled[period * history.places()..(period + 1) * history.places()],
            );
        }
        let width = names.len();
        let rows = counts.len();
        let keep: Vec<usize> = (0..width)
            .filter(|j| *j == 0 || (1..rows).any(|row| design[row * width + j] != design[*j]))
            .collect();
        if rows < keep.len() {
            return Err(StatsError::TooFew {
                method: "a poisson regression of the history",
                found: rows,
                least: keep.len(),
            });
        }
        let design: Vec<f64> = design
            .chunks_exact(width)
            .flat_map(|row| keep.iter().map(|j| row[*j]))
            .collect();
        let regression = poisson_regression(&counts, &design, &offsets, &self.regression)?;
        let mut dispersion = Dispersion::default();
        for (row, x) in design.chunks_exact(keep.len()).enumerate() {
            let mean = mean(&regression.coefficients, x.iter().copied(), offsets[row]);
            dispersion.add(counts[row], mean);
        }
        let fit = FittedPoissonGlm {
            columns: keep.iter().map(|j| names[*j]).collect(),
            regression,
            size: dispersion.size(self.family),
        };
        Ok((fit, past, keep))
    }

    /// Harmonics that can be told apart from sums over whole seasons.
    fn harmonics(&self, history: &History<'_>) -> usize {
        history.season().map_or(0, |season| {
            self.harmonics.min((season.saturating_sub(1)) / 2)
        })
    }

    fn names(&self, history: &History<'_>) -> Vec<&'static str> {
        let mut names = vec!["intercept"];
        if self.trend == Trend::LogLinear {
            names.push("trend");
        }
        names.extend(HARMONICS.iter().take(self.harmonics(history)).flatten());
        if self.past != Past::None {
            names.extend(["own past", "own last"]);
        }
        if self.past == Past::OwnAndNeighbours {
            names.push("neighbours' last");
        }
        names
    }

    fn row(
        &self,
        history: &History<'_>,
        past: &PastRates<'_>,
        period: usize,
        place: usize,
    ) -> Vec<f64> {
        let mut row = vec![1.0];
        if self.trend == Trend::LogLinear {
            row.push(period as f64 / history.periods() as f64);
        }
        for k in 1..=self.harmonics(history) {
            // Reduced by the season first, so that the angle stays exact.
            let season = history.season().unwrap_or(1);
            let turn = ((k * period) % season) as f64 / season as f64;
            let (sin, cos) = (std::f64::consts::TAU * turn).sin_cos();
            row.extend([sin, cos]);
        }
        if self.past != Past::None {
            row.extend([past.own(place), past.last(place)]);
        }
        if self.past == Past::OwnAndNeighbours {
            row.push(past.neighbours(place));
        }
        row
    }

    fn check(&self, history: &History<'_>) -> Result<(), StatsError> {
        if self.past == Past::OwnAndNeighbours && history.weights().is_none() {
            return Err(StatsError::Parameter {
                what: "weights",
                value: 0.0,
                expected: "neighbours in the history: the model looks at their past",
            });
        }
        Ok(())
    }
}

impl ForecastModel for PoissonGlm {
    fn name(&self) -> &str {
        "poisson glm"
    }

    /// # Errors
    /// As [`PoissonGlm::fit`], but for a history without any event.
    fn forecast(&self, history: &History<'_>, horizon: usize) -> Result<Forecast, StatsError> {
        self.check(history)?;
        let places = history.places();
        let periods = history.ahead(horizon)?;
        let (fit, mut past, keep) = match self.fit_with_past(history) {
            Ok(fitted) => fitted,
            Err(StatsError::Constant { .. }) => {
                let rate = history.pooled_rate()?;
                let cells = periods
                    .flat_map(|period| (0..places).map(move |place| (period, place)))
                    .map(|(period, place)| {
                        predictive(rate * history.exposure(period, place)?, None)
                    })
                    .collect();
                return Forecast::new(places, cells);
            }
            Err(error) => return Err(error),
        };
        let mut cells = Vec::with_capacity(places * horizon);
        for period in periods {
            let means: Vec<f64> = (0..places)
                .map(|place| {
                    history.exposure(period, place).map_or(0.0, |exposure| {
                        let row = self.row(history, &past, period, place);
                        let x = keep.iter().map(|j| row[*j]);
                        mean(&fit.regression.coefficients, x, exposure.ln())
                    })
                })
                .collect();
            cells.extend((0..places).map(|place| {
                history
                    .exposure(period, place)
                    .and_then(|_| predictive(means[place], fit.size))
            }));
            past.add(period, &means);
        }
        Forecast::new(places, cells)
    }
}

fn mean(coefficients: &[f64], row: impl Iterator<Item = f64>, offset: f64) -> f64 {
    let linear: f64 = coefficients.iter().zip(row).map(|(b, x)| b * x).sum();
    (offset + linear).exp()
}

/// Rates up to a period, shrunk to the pooled one.
struct PastRates<'a> {
    history: &'a History<'a>,
    pooled: f64,
    /// Exposure with which the pooled rate counts.
    prior: f64,
    sums: Vec<(f64, f64)>,
    last: Vec<(f64, f64)>,
}

impl<'a> PastRates<'a> {
    fn new(history: &'a History<'_>) -> Result<Self, StatsError> {
        let (places, periods) = (history.places(), history.periods());
        let known = (0..periods)
            .flat_map(|period| (0..places).map(move |place| (period, place)))
            .filter_map(|(period, place)| history.cell(period, place));
        let (sum, cells) = known.fold((0.0, 0.0), |sum, cell| (sum.0 + cell.1, sum.1 + 1.0));
        Ok(Self {
            history,
            pooled: history.pooled_rate()?,
            prior: sum / cells,
            sums: vec![(0.0, 0.0); places],
            last: vec![(0.0, 0.0); places],
        })
    }

    fn add(&mut self, period: usize, counts: &[f64]) {
        for (place, count) in counts.iter().enumerate() {
            let exposure = self.history.exposure(period, place).unwrap_or(0.0);
            self.last[place] = (*count, exposure);
            self.sums[place].0 += count;
            self.sums[place].1 += exposure;
        }
    }

    fn relative(&self, (count, exposure): (f64, f64)) -> f64 {
        let shrunk = (count / self.pooled + self.prior) / (exposure + self.prior);
        shrunk.ln()
    }

    fn own(&self, place: usize) -> f64 {
        self.relative(self.sums[place])
    }

    fn last(&self, place: usize) -> f64 {
        self.relative(self.last[place])
    }

    fn neighbours(&self, place: usize) -> f64 {
        let Some(weights) = self.history.weights() else {
            return 0.0;
        };
        let mut sum = (0.0, 0.0);
        let mut total = 0.0;
        for (other, weight) in weights.weighted(place) {
            sum.0 += weight * self.last[other].0;
            sum.1 += weight * self.last[other].1;
            total += weight;
        }
        if total > 0.0 {
            // A mean over neighbours, so that the prior weighs one neighbour.
            self.relative((sum.0 / total, sum.1 / total))
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Poisson};

    use super::*;

    #[test]
    fn season_and_trend_that_made_the_counts_are_found() {
        let mut random = crate::random::stream(11, 0);
        let rate = |t: usize| {
            let angle = std::f64::consts::TAU * t as f64 / 12.0;
            (1.0 + 0.6 * angle.sin() + 0.01 * t as f64).exp()
        };
        let counts: Vec<_> = (0..60 * 50)
            .map(|cell| Some(Poisson::new(rate(cell / 50)).unwrap().sample(&mut random)))
            .collect();
        let history = History::new(50, &counts).unwrap().with_season(12).unwrap();
        let model = PoissonGlm::new(Trend::LogLinear, 1, Past::None).unwrap();
        let fit = model.fit(&history).unwrap();
        assert_eq!(fit.columns, ["intercept", "trend", "sin 1", "cos 1"]);
        for (b, truth) in fit.regression.coefficients.iter().zip([1.0, 0.6, 0.6, 0.0]) {
            assert!((b - truth).abs() < 0.05, "{b} {truth}");
        }
        let forecast = model.forecast(&history, 12).unwrap();
        for ahead in 0..12 {
            let mean = forecast.period(ahead)[7].unwrap().mean();
            assert!((mean / rate(60 + ahead) - 1.0).abs() < 0.06);
        }
    }

    #[test]
    fn neighbours_are_needed_and_islands_allowed() {
        let counts: Vec<_> = (0..40).map(|c| Some(f64::from(c * 7 % 5))).collect();
        let history = History::new(4, &counts).unwrap();
        let model = PoissonGlm::default();
        assert!(model.forecast(&history, 1).is_err());
        let weights =
            crate::weights::SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1], vec![]])
                .unwrap();
        let history = history.with_weights(&weights).unwrap();
        let forecast = model.forecast(&history, 3).unwrap();
        assert!(forecast.totals().iter().all(Option::is_some));
    }

    #[test]
    fn a_history_without_any_event_has_a_forecast_above_zero() {
        let history = History::new(4, &[Some(0.0); 20]).unwrap();
        let model = PoissonGlm::new(Trend::None, 0, Past::Own).unwrap();
        let forecast = model.forecast(&history, 1).unwrap();
        assert_eq!(forecast.totals(), [Some(0.025); 4]);
        assert!(PoissonGlm::new(Trend::LogLinear, 4, Past::Own).is_err());
    }
}
