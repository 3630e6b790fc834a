//! The space-time permutation scan.

use super::cluster::{Scan, ScanParams};
use super::counts::{Field, check_grid, check_total};
use super::likelihood::Likelihood;
use super::places::Places;
use super::rings::{Axes, scan_rings};
use super::simulate::ShuffledTimes;
use super::time::TemporalLimits;
use crate::StatsError;
use crate::error::check_length;

/// Most cases: the time of each is drawn anew in each simulation.
const MOST_SHUFFLED: u64 = 1 << 26;

/// Cases alone, by place, stratum and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratifiedCases<'a> {
    places: usize,
    strata: usize,
    intervals: usize,
    cases: &'a [u64],
}

impl<'a> StratifiedCases<'a> {
    /// `cases` holds all intervals of the first stratum (age, sex, weekday) of
    /// the first place, those of its next stratum, and so on for the next
    /// place: (place × strata + stratum) × intervals + interval. Without
    /// covariates there is one stratum.
    ///
    /// # Errors
    /// [`StatsError`] without strata, intervals or cases, if the length does
    /// not fit, or with more than 2²⁶ cases, which are shuffled one by one.
    pub fn new(strata: usize, intervals: usize, cases: &'a [u64]) -> Result<Self, StatsError> {
        crate::error::check_positive("number of strata", strata as f64)?;
        let series = check_grid(intervals, cases)?;
        if check_total(cases)? > MOST_SHUFFLED {
            return Err(StatsError::Parameter {
                what: "number of cases",
                value: cases.iter().sum::<u64>() as f64,
                expected: "at most 2^26 in a space-time permutation scan",
            });
        }
        let places = series / strata;
        check_length("cases", cases.len(), places * strata * intervals)?;
        Ok(Self {
            places,
            strata,
            intervals,
            cases,
        })
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    fn field(&self) -> Field {
        let cells = self.places * self.intervals;
        let mut field = Field {
            cells: vec![0; cells],
            weights: vec![0.0; cells],
            likelihood: Likelihood::Poisson { cases: 0.0 },
            simulator: Box::new(ShuffledTimes::new(self.intervals)),
        };
        let mut shuffled = ShuffledTimes::new(self.intervals);
        let mut total = 0.0;
        for stratum in 0..self.strata {
            let place = |place: usize| {
                let start = (place * self.strata + stratum) * self.intervals;
                &self.cases[start..start + self.intervals]
            };
            let mut of_interval = vec![0; self.intervals];
            for (unit, series) in (0..self.places).map(|unit| (unit, place(unit))) {
                for (time, count) in series.iter().enumerate() {
                    of_interval[time] += count;
                    field.cells[unit * self.intervals + time] += *count as i32;
                    shuffled.add(unit, time, *count);
                }
            }
            shuffled.close();
            let of_stratum = of_interval.iter().sum::<u64>() as f64;
            total += of_stratum;
            for unit in 0..self.places {
                let share = place(unit).iter().sum::<u64>() as f64 / of_stratum.max(1.0);
                for (time, count) in of_interval.iter().enumerate() {
                    field.weights[unit * self.intervals + time] += share * *count as f64;
                }
            }
        }
        field.likelihood = Likelihood::Poisson { cases: total };
        field.simulator = Box::new(shuffled);
        field
    }
}

/// The space-time permutation scan statistic: clusters in space and time from
/// cases alone, with no population at risk.
///
/// Kulldorff, Heffernan, Hartman, Assunção & Mostashari (2005), *`PLoS`
/// Medicine* 2: e59.
///
/// 1. Expected in a place and interval is cases of the place × cases of the
///    interval / all cases: no interaction of place and time. With strata it
///    is the sum of that over strata.
/// 2. Windows are cylinders with the Poisson likelihood ratio of observed and
///    expected cases, an approximation where a window holds much of all
///    cases.
/// 3. Simulated data sets shuffle the times among the cases of a stratum, so
///    that both margins stay. What is purely spatial or purely temporal is
///    thus adjusted for.
///
/// The limit of the population is a share of the cases. There is no relative
/// risk; observed over expected says how strong a cluster is. Unequal growth
/// of population in different places looks like a cluster.
///
/// O(n² log n + n² t² m), as [`space_time_scan`](super::space_time_scan).
///
/// # Errors
/// [`StatsError`] if cases and places differ in number or no window in time
/// is within the limits.
pub fn space_time_permutation_scan(
    places: &Places,
    cases: &StratifiedCases,
    time: &TemporalLimits,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    check_length("cases", cases.places, places.len())?;
    let spans = time.spans(cases.intervals)?;
    let field = cases.field();
    let axes = [Axes::circle(places)];
    let mut scan = scan_rings(places, &axes, &field, (cases.intervals, &spans), params)?;
    for cluster in &mut scan.clusters {
        cluster.relative_risk = None;
    }
    Ok(scan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_cases_come_from_the_margins_of_each_stratum() {
        // Two places, two strata, two intervals.
        let cases = [3, 1, 0, 2, 1, 1, 4, 0];
        let field = StratifiedCases::new(2, 2, &cases).unwrap().field();
        assert_eq!(field.cells, [3, 3, 5, 1]);
        let first = |place: f64, time: f64| place * time / 6.0;
        let second = |place: f64, time: f64| place * time / 6.0;
        let expected = [
            first(4.0, 4.0) + second(2.0, 4.0),
            first(4.0, 2.0) + second(2.0, 2.0),
            first(2.0, 4.0) + second(4.0, 4.0),
            first(2.0, 2.0) + second(4.0, 2.0),
        ];
        for (found, expected) in field.weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!(StratifiedCases::new(0, 2, &cases).is_err());
        assert!(StratifiedCases::new(3, 2, &cases).is_err());
    }
}
