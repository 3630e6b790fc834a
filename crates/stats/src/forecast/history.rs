//! The cube of counts from which forecasts are made.

use std::ops::Range;

use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::weights::SpatialWeights;

/// Counts by place and period, with what is known about them.
///
/// Counts lie period after period: the count of place `i` in period `t` is
/// `counts[t * places + i]`, so that the first periods of a history are a
/// history themselves ([`History::until`]) without copying. `None` is a count
/// that is not known; it is never taken for zero. Counts need not be whole:
/// expected counts of protected cells can enter.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    places: usize,
    periods: usize,
    counts: &'a [Option<f64>],
    exposure: Exposure<'a>,
    weights: Option<&'a SpatialWeights>,
    season: Option<usize>,
}

/// Most cells of a forecast.
const MOST_CELLS: usize = 50_000_000;

#[derive(Debug, Clone, Copy)]
enum Exposure<'a> {
    Equal,
    OfPlaces(&'a [Option<f64>]),
    OfCells(&'a [Option<f64>]),
}

impl<'a> History<'a> {
    /// A history of `places`, period after period.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] without places or periods,
    /// [`StatsError::Length`] if the counts are not whole periods,
    /// [`StatsError::Value`] for a count that is negative or not finite. Noise
    /// can push protected counts below zero: set them to zero, and give the
    /// noise to [`protected_targeting`](super::protected_targeting).
    pub fn new(places: usize, counts: &'a [Option<f64>]) -> Result<Self, StatsError> {
        let periods = counts.len().checked_div(places).unwrap_or(0);
        if periods == 0 {
            return Err(StatsError::TooFew {
                method: "a history",
                found: 0,
                least: 1,
            });
        }
        check_length("counts", counts.len(), places * periods)?;
        check_not_negative("count", counts)?;
        Ok(Self {
            places,
            periods,
            counts,
            exposure: Exposure::Equal,
            weights: None,
            season: None,
        })
    }

    /// With an exposure for each place, the same in all periods: population,
    /// households, staff. Counts are then forecast per unit of exposure; a
    /// place without an exposure above zero has no forecast.
    ///
    /// # Errors
    /// [`StatsError`] for a wrong length or a number that is negative or not
    /// finite.
    pub fn with_exposure_of_places(
        mut self,
        exposure: &'a [Option<f64>],
    ) -> Result<Self, StatsError> {
        check_length("exposure", exposure.len(), self.places)?;
        check_not_negative("exposure", exposure)?;
        self.exposure = Exposure::OfPlaces(exposure);
        Ok(self)
    }

    /// With an exposure for each place and period, laid out as the counts:
    /// effort by place and month. The exposure of the last period is taken to
    /// go on, since that of periods to come is not known when planning; a
    /// back-test does not look at it either.
    ///
    /// # Errors
    /// As [`History::with_exposure_of_places`].
    pub fn with_exposure(mut self, exposure: &'a [Option<f64>]) -> Result<Self, StatsError> {
        check_length("exposure", exposure.len(), self.counts.len())?;
        check_not_negative("exposure", exposure)?;
        self.exposure = Exposure::OfCells(exposure);
        Ok(self)
    }

    /// With neighbours, for models that look at them.
    ///
    /// # Errors
    /// [`StatsError::Length`] if they are of another number of places.
    pub fn with_weights(mut self, weights: &'a SpatialWeights) -> Result<Self, StatsError> {
        check_length("weights", weights.len(), self.places)?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// With the number of periods of a year (or other season): 12 for months.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] below 1.
    pub fn with_season(mut self, periods: usize) -> Result<Self, StatsError> {
        if periods == 0 {
            return Err(StatsError::Parameter {
                what: "season",
                value: 0.0,
                expected: "at least 1 period",
            });
        }
        self.season = Some(periods);
        Ok(self)
    }

    /// The first `periods` of the history; all of it if there are not so many.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] for none.
    pub fn until(&self, periods: usize) -> Result<Self, StatsError> {
        if periods == 0 {
            return Err(StatsError::TooFew {
                method: "a history",
                found: 0,
                least: 1,
            });
        }
        let periods = periods.min(self.periods);
        let cells = periods * self.places;
        Ok(Self {
            periods,
            counts: &self.counts[..cells],
            exposure: match self.exposure {
                Exposure::OfCells(exposure) => Exposure::OfCells(&exposure[..cells]),
                other => other,
            },
            ..*self
        })
    }

    /// The periods after the history that a forecast is for.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for so many that the forecast would have more
    /// than fifty million cells.
    pub(super) fn ahead(&self, horizon: usize) -> Result<Range<usize>, StatsError> {
        match horizon.checked_mul(self.places) {
            Some(cells) if cells <= MOST_CELLS => Ok(self.periods..self.periods + horizon),
            _ => Err(StatsError::Parameter {
                what: "horizon",
                value: horizon as f64,
                expected: "so few periods that times the places they are at most 50,000,000",
            }),
        }
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// Number of periods.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Neighbours, if given.
    #[must_use]
    pub fn weights(&self) -> Option<&'a SpatialWeights> {
        self.weights
    }

    /// Periods of a season, if given.
    #[must_use]
    pub fn season(&self) -> Option<usize> {
        self.season
    }

    /// Counts of a period by place.
    ///
    /// # Panics
    /// If `period` is not below [`History::periods`].
    #[must_use]
    pub fn counts(&self, period: usize) -> &'a [Option<f64>] {
        &self.counts[period * self.places..(period + 1) * self.places]
    }

    /// Count of a place in a period; `None` where unknown.
    ///
    /// # Panics
    /// If `period` or `place` is beyond the cube.
    #[must_use]
    pub fn count(&self, period: usize, place: usize) -> Option<f64> {
        self.counts(period)[place]
    }

    /// Exposure of a place in a period, above zero; 1 where none was given,
    /// `None` where unknown or zero. Periods to come have that of the last.
    ///
    /// # Panics
    /// If `place` is beyond the cube.
    #[must_use]
    pub fn exposure(&self, period: usize, place: usize) -> Option<f64> {
        match self.exposure {
            Exposure::Equal => Some(1.0),
            Exposure::OfPlaces(exposure) => exposure[place],
            Exposure::OfCells(exposure) => {
                exposure[period.min(self.periods - 1) * self.places + place]
            }
        }
        .filter(|exposure| *exposure > 0.0)
    }

    /// Count and exposure of a cell where both are known.
    pub(super) fn cell(&self, period: usize, place: usize) -> Option<(f64, f64)> {
        Some((self.count(period, place)?, self.exposure(period, place)?))
    }

    /// Counts and exposures of a place summed over known cells of `periods`.
    pub(super) fn totals(&self, place: usize, periods: std::ops::Range<usize>) -> (f64, f64) {
        periods
            .filter_map(|period| self.cell(period, place))
            .fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
    }

    /// Pooled rate of all known cells; half a count where there is none at
    /// all, for no count in so many cells does not make one impossible.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] if no cell has a count and an exposure.
    pub(super) fn pooled_rate(&self) -> Result<f64, StatsError> {
        let (count, exposure) = (0..self.places)
            .map(|place| self.totals(place, 0..self.periods))
            .fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        if exposure == 0.0 {
            return Err(StatsError::TooFew {
                method: "a forecast",
                found: 0,
                least: 1,
            });
        }
        Ok(if count > 0.0 { count } else { 0.5 } / exposure)
    }

    /// Counts with unknown ones replaced by what the place's other periods
    /// lead to expect (the pooled rate where it has none), for models that
    /// need the past of neighbours. Cells without exposure get 0: nothing can
    /// happen there.
    pub(super) fn filled(&self) -> Result<Vec<f64>, StatsError> {
        let pooled = self.pooled_rate()?;
        let rates: Vec<f64> = (0..self.places)
            .map(|place| match self.totals(place, 0..self.periods) {
                (_, 0.0) => pooled,
                (count, exposure) => count / exposure,
            })
            .collect();
        Ok((0..self.periods)
            .flat_map(|period| (0..self.places).map(move |place| (period, place)))
            .map(|(period, place)| {
                self.exposure(period, place).map_or(0.0, |exposure| {
                    self.count(period, place).unwrap_or(rates[place] * exposure)
                })
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_periods_of_a_history_are_a_history() {
        let counts: Vec<_> = (0..12).map(|c| Some(f64::from(c))).collect();
        let history = History::new(3, &counts).unwrap();
        assert_eq!(history.periods(), 4);
        assert_eq!(history.count(2, 1), Some(7.0));
        let start = history.until(2).unwrap();
        assert_eq!(start.periods(), 2);
        assert_eq!(start.totals(1, 0..2), (5.0, 2.0));
        assert!(history.until(0).is_err());
    }

    #[test]
    fn bad_cubes_are_refused() {
        assert!(History::new(0, &[]).is_err());
        assert!(History::new(2, &[Some(1.0); 3]).is_err());
        assert!(History::new(1, &[Some(-1.0)]).is_err());
        assert!(History::new(1, &[Some(f64::NAN)]).is_err());
    }

    #[test]
    fn an_unknown_count_is_filled_from_the_place_and_not_with_zero() {
        let counts = [Some(4.0), None, None, Some(2.0)];
        let history = History::new(1, &counts).unwrap();
        assert_eq!(history.filled().unwrap(), [4.0, 3.0, 3.0, 2.0]);
    }
}
