//! Plain forecasts that a model has to beat.

use rand::Rng as _;

use super::dispersion::{Dispersion, predictive};
use super::{CountFamily, Forecast, ForecastModel, History};
use crate::StatsError;

/// What anyone can do without a model.
///
/// Rates per unit of exposure are carried forward with the place's last
/// exposure. A place without an event has as its mean half a count over the
/// exposure averaged, or the pooled rate if that is less: zero would call an
/// event impossible, and this keeps the order of places. The negative
/// binomial's size comes from the errors that the same rule made within the
/// history. O(places × periods).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Mean of the last year (the last season, or all periods if there are
    /// fewer; without a season, the last period): send teams where there was
    /// most last year.
    LastYear,
    /// Mean of all periods: the map of where it always was.
    HistoricalMean,
    /// The pooled rate everywhere: send teams where the people are.
    PopulationOnly,
    /// The pooled rate with a random order of places, from a seed and the
    /// length of the history.
    Random {
        /// Seed.
        seed: u64,
    },
}

impl Baseline {
    /// All four, with a seed for the random one.
    #[must_use]
    pub fn all(seed: u64) -> [Self; 4] {
        [
            Self::LastYear,
            Self::HistoricalMean,
            Self::PopulationOnly,
            Self::Random { seed },
        ]
    }
}

impl ForecastModel for Baseline {
    fn name(&self) -> &str {
        match self {
            Self::LastYear => "last year",
            Self::HistoricalMean => "historical mean",
            Self::PopulationOnly => "population only",
            Self::Random { .. } => "random",
        }
    }

    fn forecast(&self, history: &History<'_>, horizon: usize) -> Result<Forecast, StatsError> {
        let family = CountFamily::NegativeBinomial;
        match self {
            Self::LastYear => average_forecast(history, horizon, family, AverageOf::LastSeason),
            Self::HistoricalMean => average_forecast(history, horizon, family, AverageOf::All),
            Self::PopulationOnly => average_forecast(history, horizon, family, AverageOf::Pooled),
            Self::Random { seed } => {
                let mut random = crate::random::stream(*seed, history.periods() as u64);
                let ranking = (0..history.places()).map(|_| random.random()).collect();
                average_forecast(history, horizon, family, AverageOf::Pooled)?.with_ranking(ranking)
            }
        }
    }
}

/// Which cells of the past a forecast averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AverageOf {
    LastSeason,
    All,
    SameSeason,
    Pooled,
}

impl AverageOf {
    /// Counts and exposures averaged for the forecast of period `target`
    /// (which can lie within the history) from the periods before `now`.
    fn totals(
        self,
        history: &History<'_>,
        place: usize,
        now: usize,
        target: usize,
    ) -> Option<(f64, f64)> {
        let season = history.season().unwrap_or(1);
        let totals = match self {
            Self::LastSeason => history.totals(place, now.saturating_sub(season)..now),
            Self::All => history.totals(place, 0..now),
            Self::SameSeason => (0..now)
                .rev()
                .filter(|period| (target - period).is_multiple_of(season))
                .find_map(|period| history.cell(period, place))?,
            Self::Pooled => return None,
        };
        (totals.1 > 0.0).then_some(totals)
    }
}

pub(super) fn average_forecast(
    history: &History<'_>,
    horizon: usize,
    family: CountFamily,
    average: AverageOf,
) -> Result<Forecast, StatsError> {
    let periods = history.periods();
    if average == AverageOf::SameSeason && history.season().is_none_or(|season| season > periods) {
        return Err(StatsError::TooFew {
            method: "a seasonal naive forecast: it needs a season and as many periods",
            found: periods,
            least: history.season().unwrap_or(periods + 1),
        });
    }
    let pooled = history.pooled_rate()?;
    let rate = |totals: Option<(f64, f64)>| match totals {
        Some((count, exposure)) if count > 0.0 => count / exposure,
        Some((_, exposure)) => pooled.min(0.5 / exposure),
        None => pooled,
    };
    let mut dispersion = Dispersion::default();
    for place in 0..history.places() {
        let mut running = (0.0, 0.0);
        for period in 0..periods {
            let totals = match average {
                // Kept as a running sum, which spares a factor of the periods.
                AverageOf::All => (running.1 > 0.0).then_some(running),
                _ => average.totals(history, place, period, period),
            };
            let Some((count, exposure)) = history.cell(period, place) else {
                continue;
            };
            running = (running.0 + count, running.1 + exposure);
            if totals.is_some() || average == AverageOf::Pooled {
                dispersion.add(count, exposure * rate(totals));
            }
        }
    }
    let size = dispersion.size(family);
    let cells = history
        .ahead(horizon)?
        .flat_map(|target| (0..history.places()).map(move |place| (target, place)))
        .map(|(target, place)| {
            let exposure = history.exposure(target, place)?;
            let totals = average.totals(history, place, periods, target);
            predictive(exposure * rate(totals), size)
        })
        .collect();
    Forecast::new(history.places(), cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(baseline: Baseline, history: &History<'_>) -> Vec<Option<f64>> {
        baseline.forecast(history, 1).unwrap().totals()
    }

    #[test]
    fn each_baseline_is_the_mean_it_says() {
        let counts = [4.0, 0.0, 2.0, 0.0, 6.0, 3.0].map(Some);
        let history = History::new(2, &counts).unwrap().with_season(2).unwrap();
        assert_eq!(means(Baseline::LastYear, &history), [Some(4.0), Some(1.5)]);
        assert_eq!(
            means(Baseline::HistoricalMean, &history),
            [Some(4.0), Some(1.0)]
        );
        assert_eq!(
            means(Baseline::PopulationOnly, &history),
            [Some(2.5), Some(2.5)]
        );
    }

    #[test]
    fn the_population_alone_follows_exposure_and_a_place_without_has_none() {
        let counts = [4.0, 0.0, 2.0].map(Some);
        let exposure = [Some(1.0), Some(3.0), Some(0.0)];
        let history = History::new(3, &counts)
            .unwrap()
            .with_exposure_of_places(&exposure)
            .unwrap();
        assert_eq!(
            means(Baseline::PopulationOnly, &history),
            [Some(1.0), Some(3.0), None]
        );
    }

    #[test]
    fn no_event_so_far_is_not_called_impossible() {
        let counts = [5.0, 0.0, 7.0, 0.0].map(Some);
        let history = History::new(2, &counts).unwrap();
        assert_eq!(
            means(Baseline::HistoricalMean, &history),
            [Some(6.0), Some(0.25)]
        );
        let none = History::new(2, &[Some(0.0); 4]).unwrap();
        assert_eq!(
            means(Baseline::HistoricalMean, &none),
            [Some(0.125), Some(0.125)]
        );
    }

    #[test]
    fn the_random_order_depends_on_the_seed_alone() {
        let counts = [Some(1.0); 40];
        let history = History::new(20, &counts).unwrap();
        let sizes = [Some(1.0); 20];
        let order = |seed| {
            Baseline::Random { seed }
                .forecast(&history, 1)
                .unwrap()
                .priorities(&sizes)
                .unwrap()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
