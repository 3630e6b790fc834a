//! The same period of last year.

use super::baseline::{AverageOf, average_forecast};
use super::{CountFamily, Forecast, ForecastModel, History};
use crate::StatsError;

/// Seasonal naive forecast: what the same period of the last year saw.
///
/// Hyndman & Athanasopoulos (2021), *Forecasting: Principles and Practice*,
/// section 5.2: the forecast of period T + h is the count of the last known
/// year's period of the same season. With an exposure the rate is carried
/// over. Where that count is 0 the mean is half a count or the pooled mean,
/// whichever is less, so that the order of places stays and no event is
/// called impossible; where it is unknown, the year before is looked up, and
/// so on. Size of the negative binomial from the errors the same rule made
/// within the history. O(places × periods).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeasonalNaive {
    /// Distribution of the forecasts.
    pub family: CountFamily,
}

impl Default for SeasonalNaive {
    fn default() -> Self {
        Self {
            family: CountFamily::NegativeBinomial,
        }
    }
}

impl ForecastModel for SeasonalNaive {
    fn name(&self) -> &str {
        "seasonal naive"
    }

    /// # Errors
    /// [`StatsError::TooFew`] for a history shorter than its season, or
    /// without one.
    fn forecast(&self, history: &History<'_>, horizon: usize) -> Result<Forecast, StatsError> {
        average_forecast(history, horizon, self.family, AverageOf::SameSeason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_month_of_last_year_is_the_forecast() {
        let counts: Vec<_> = (0..24).map(|t| Some(f64::from(t % 12 + 1))).collect();
        let history = History::new(1, &counts).unwrap().with_season(12).unwrap();
        let forecast = SeasonalNaive::default().forecast(&history, 14).unwrap();
        for ahead in 0..14 {
            let mean = forecast.period(ahead)[0].unwrap().mean();
            assert_eq!(mean, (ahead % 12 + 1) as f64);
        }
    }

    #[test]
    fn a_history_without_a_season_is_refused() {
        let history = History::new(1, &[Some(1.0); 24]).unwrap();
        assert!(SeasonalNaive::default().forecast(&history, 1).is_err());
    }
}
