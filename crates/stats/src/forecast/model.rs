//! What all forecasting models have in common.

use super::{History, Predictive};
use crate::StatsError;

/// A model that learns from a history and forecasts the periods after it.
pub trait ForecastModel: Sync {
    /// Name under which reports list the model.
    fn name(&self) -> &str;

    /// Fits to the history and forecasts the next `horizon` periods.
    ///
    /// # Errors
    /// [`StatsError`] where the history does not allow a fit: no known cell,
    /// too few periods, no neighbours where the model needs them, a horizon
    /// that times the places is above fifty million.
    fn forecast(&self, history: &History<'_>, horizon: usize) -> Result<Forecast, StatsError>;
}

/// Distributions of counts to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    places: usize,
    cells: Vec<Option<Predictive>>,
    ranking: Option<Vec<f64>>,
}

impl Forecast {
    /// A forecast from its cells, period after period.
    ///
    /// # Errors
    /// [`StatsError::Length`] if the cells are not whole periods.
    pub fn new(places: usize, cells: Vec<Option<Predictive>>) -> Result<Self, StatsError> {
        let periods = cells.len().checked_div(places).unwrap_or(0);
        crate::error::check_length("forecast", cells.len(), places * periods)?;
        Ok(Self {
            places,
            cells,
            ranking: None,
        })
    }

    /// With an order of places that does not follow from the means, as that
    /// of a random baseline; larger comes first.
    ///
    /// # Errors
    /// [`StatsError::Length`] for another number of places.
    pub fn with_ranking(mut self, ranking: Vec<f64>) -> Result<Self, StatsError> {
        crate::error::check_length("ranking", ranking.len(), self.places)?;
        self.ranking = Some(ranking);
        Ok(self)
    }

    /// Number of periods ahead.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.cells.len().checked_div(self.places).unwrap_or(0)
    }

    /// Distributions of one period by place: 0 is the first after the history.
    /// `None` where nothing can be forecast.
    ///
    /// # Panics
    /// If `ahead` is not below [`Forecast::horizon`].
    #[must_use]
    pub fn period(&self, ahead: usize) -> &[Option<Predictive>] {
        &self.cells[ahead * self.places..(ahead + 1) * self.places]
    }

    /// Expected count of each place over all periods ahead.
    #[must_use]
    pub fn totals(&self) -> Vec<Option<f64>> {
        (0..self.places)
            .map(|place| {
                (0..self.horizon())
                    .map(|ahead| self.period(ahead)[place].map(|cell| cell.mean()))
                    .sum()
            })
            .collect()
    }

    /// What targeting ranks places by: the expected count over all periods
    /// ahead by unit of size, or the ranking where the model gave one. `None`
    /// where there is no forecast or no size above zero.
    ///
    /// # Errors
    /// [`StatsError::Length`] for another number of places.
    pub fn priorities(&self, sizes: &[Option<f64>]) -> Result<Vec<Option<f64>>, StatsError> {
        crate::error::check_length("sizes", sizes.len(), self.places)?;
        Ok(self
            .totals()
            .into_iter()
            .zip(sizes)
            .enumerate()
            .map(|(place, (total, size))| {
                let density = total? / size.filter(|size| *size > 0.0)?;
                Some(match &self.ranking {
                    Some(ranking) => ranking[place],
                    None => density,
                })
            })
            .collect())
    }
}
