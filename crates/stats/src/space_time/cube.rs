//! Places × periods.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative};

use super::mann_kendall::{MannKendall, MannKendallParams, mann_kendall};

/// A space-time cube: one value for each place and period, borrowed.
///
/// Layout: period by period, places running fastest; the value of a place in
/// a period is `values[period * places + place]`, so that one period (a
/// slice) lies together. `None` is a place without a value in that period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpaceTimeCube<'a> {
    places: usize,
    periods: usize,
    values: &'a [Option<f64>],
}

impl<'a> SpaceTimeCube<'a> {
    /// A cube over `values`, period by period.
    ///
    /// # Errors
    /// [`StatsError::Length`] unless there are places × periods values, and
    /// [`StatsError::Value`] for one that is not finite.
    pub fn new(
        places: usize,
        periods: usize,
        values: &'a [Option<f64>],
    ) -> Result<Self, StatsError> {
        let expected = places.saturating_mul(periods);
        check_length("values of the cube", values.len(), expected)?;
        check_finite("value of the cube", values)?;
        Ok(Self {
            places,
            periods,
            values,
        })
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

    /// All values, period by period.
    #[must_use]
    pub fn values(&self) -> &'a [Option<f64>] {
        self.values
    }

    /// Values of all places in one period; empty beyond the last period.
    #[must_use]
    pub fn slice(&self, period: usize) -> &'a [Option<f64>] {
        let start = period.saturating_mul(self.places);
        self.values
            .get(start..start.saturating_add(self.places))
            .unwrap_or(&[])
    }

    /// Values of one place in all periods.
    #[must_use]
    pub fn series(&self, place: usize) -> Vec<Option<f64>> {
        (0..self.periods)
            .map(|period| self.slice(period).get(place).copied().flatten())
            .collect()
    }
}

/// Values of a cube from one series for each place, in the layout of
/// [`SpaceTimeCube`].
///
/// # Errors
/// [`StatsError::Length`] if the series differ in length.
pub fn cube_values(series: &[Vec<Option<f64>>]) -> Result<Vec<Option<f64>>, StatsError> {
    let periods = series.first().map_or(0, Vec::len);
    for one in series {
        check_length("series of a place", one.len(), periods)?;
    }
    Ok((0..periods)
        .flat_map(|period| series.iter().map(move |one| one[period]))
        .collect())
}

/// Rates of a cube of counts with the exposure of each place and period:
/// count over exposure, `None` where either is missing or the exposure is
/// zero. Denominators may differ from period to period, as populations and
/// days do; pass children or child-days, not one figure for all.
///
/// # Errors
/// [`StatsError`] if the cubes differ in shape or a number is negative.
pub fn cube_rates(
    counts: &SpaceTimeCube,
    exposure: &SpaceTimeCube,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("places of the exposure", exposure.places, counts.places)?;
    check_length("periods of the exposure", exposure.periods, counts.periods)?;
    check_not_negative("count", counts.values)?;
    check_not_negative("exposure", exposure.values)?;
    Ok(counts
        .values
        .iter()
        .zip(exposure.values)
        .map(|(count, exposure)| {
            let exposure = exposure.filter(|exposure| *exposure > 0.0)?;
            count.map(|count| count / exposure)
        })
        .collect())
}

/// Mann-Kendall test of every place; `None` where it is undefined (fewer than
/// 3 values, or all equal). On all threads.
#[must_use]
pub fn cube_trends(cube: &SpaceTimeCube, params: &MannKendallParams) -> Vec<Option<MannKendall>> {
    (0..cube.places)
        .into_par_iter()
        .map(|place| mann_kendall(&cube.series(place), params).ok())
        .collect()
}
