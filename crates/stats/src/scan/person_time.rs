//! Person-time from censuses, and what it lets expect.

use super::time::{Day, TimeIntervals};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Population of places, by stratum (age, sex), at some censuses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CensusPopulation<'a> {
    days: &'a [Day],
    strata: usize,
    counts: &'a [f64],
}

impl<'a> CensusPopulation<'a> {
    /// `counts` holds all censuses of the first stratum of the first place,
    /// those of its next stratum, and so on for the next place: (place ×
    /// strata + stratum) × censuses + census.
    ///
    /// A population that is known for a year only is that of 1 July in
    /// `SaTScan`, and that of the 15th if known for a month.
    ///
    /// # Errors
    /// [`StatsError`] without a census or stratum, if days do not ascend, a
    /// count is negative or not finite, or the length does not fit at least
    /// one place.
    pub fn new(days: &'a [Day], strata: usize, counts: &'a [f64]) -> Result<Self, StatsError> {
        crate::error::check_positive("number of censuses", days.len() as f64)?;
        crate::error::check_positive("number of strata", strata as f64)?;
        for (unit, pair) in days.windows(2).enumerate() {
            if pair[0] >= pair[1] {
                return Err(StatsError::Value {
                    what: "day of a census, days since 1970",
                    unit: unit + 1,
                    value: f64::from(pair[1].since_1970()),
                    expected: "later than the one before",
                });
            }
        }
        let of_place = strata.saturating_mul(days.len());
        // At least one place, so that strata are no more than there are counts.
        let places = (counts.len() / of_place).max(1);
        check_length("population", counts.len(), places.saturating_mul(of_place))?;
        let each: Vec<_> = counts.iter().copied().map(Some).collect();
        check_not_negative("population", &each)?;
        Ok(Self {
            days,
            strata,
            counts,
        })
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.counts.len() / (self.strata * self.days.len())
    }
}

/// Person-days of each place in each interval, place after place.
///
/// Population changes linearly from census to census and is constant before
/// the first and after the last one, each count being that of the beginning
/// of its day; person-days are the integral, as in `SaTScan`. O(places ×
/// strata × censuses × intervals).
#[must_use]
pub fn person_days(population: &CensusPopulation, intervals: &TimeIntervals) -> Vec<f64> {
    let risk = vec![1.0; population.strata];
    weighted(population, intervals, &risk)
}

/// Expected cases of each place in each interval by indirect standardisation,
/// place after place.
///
/// 1. The rate of a stratum is its cases in all places over its person-time
///    in the period.
/// 2. A place expects in an interval the sum over strata of rate ×
///    person-time, see [`person_days`].
///
/// The sum is the number of cases. For a scan of space alone sum the
/// intervals of each place, or give one interval. It is what `SaTScan` does
/// with covariates and population at several times.
///
/// # Errors
/// [`StatsError::Length`] unless there is a number of cases for each stratum,
/// [`StatsError::Value`] for a stratum with cases and no population.
pub fn standardised_expected(
    population: &CensusPopulation,
    cases_of_stratum: &[u64],
    intervals: &TimeIntervals,
) -> Result<Vec<f64>, StatsError> {
    check_length("cases of strata", cases_of_stratum.len(), population.strata)?;
    let mut risk = vec![0.0; population.strata];
    for (stratum, cases) in cases_of_stratum.iter().enumerate() {
        let mut alone = vec![0.0; population.strata];
        alone[stratum] = 1.0;
        let days: f64 = weighted(population, intervals, &alone).iter().sum();
        if *cases > 0 && days <= 0.0 {
            return Err(StatsError::Value {
                what: "person-days of a stratum",
                unit: stratum,
                value: days,
                expected: "above zero where there are cases",
            });
        }
        if *cases > 0 {
            risk[stratum] = *cases as f64 / days;
        }
    }
    Ok(weighted(population, intervals, &risk))
}

/// Σ over strata of factor × person-days.
fn weighted(population: &CensusPopulation, intervals: &TimeIntervals, factor: &[f64]) -> Vec<f64> {
    let shares = days_of_censuses(population.days, intervals);
    let censuses = population.days.len();
    let mut sums = Vec::with_capacity(population.places() * intervals.len());
    for place in population.counts.chunks(population.strata * censuses) {
        let at_census: Vec<f64> = (0..censuses)
            .map(|census| {
                (factor.iter().enumerate())
                    .map(|(stratum, factor)| factor * place[stratum * censuses + census])
                    .sum()
            })
            .collect();
        sums.extend(shares.iter().map(|share| {
            (share.iter().zip(&at_census))
                .map(|(days, count)| days * count)
                .sum::<f64>()
        }));
    }
    sums
}

/// For each interval the days for which each census counts, by linear
/// interpolation.
fn days_of_censuses(days: &[Day], intervals: &TimeIntervals) -> Vec<Vec<f64>> {
    let day = |day: Day| f64::from(day.since_1970());
    intervals
        .boundaries()
        .windows(2)
        .map(|interval| {
            let (from, until) = (day(interval[0]), day(interval[1]));
            let mut shares = vec![0.0; days.len()];
            let (first, last) = (day(days[0]), day(days[days.len() - 1]));
            shares[0] += (until.min(first) - from).max(0.0);
            shares[days.len() - 1] += (until - from.max(last)).max(0.0);
            for (census, pair) in days.windows(2).enumerate() {
                let (start, end) = (day(pair[0]), day(pair[1]));
                let (low, high) = (from.max(start), until.min(end));
                if high > low {
                    let middle = (low + high) / 2.0;
                    let later = (high - low) * (middle - start) / (end - start);
                    shares[census] += high - low - later;
                    shares[census + 1] += later;
                }
            }
            shares
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Day {
        Day::new(year, month, day).unwrap()
    }

    #[test]
    fn person_days_are_the_sum_over_days() {
        let census = [day(2000, 1, 11), day(2000, 1, 21)];
        let counts = [100.0, 200.0, 10.0, 0.0];
        let population = CensusPopulation::new(&census, 1, &counts).unwrap();
        let intervals = TimeIntervals::of_days(day(2000, 1, 1), day(2000, 1, 30), 15).unwrap();
        let at = |day: f64, first: f64, last: f64| {
            first + (last - first) * ((day - 10.0) / 10.0).clamp(0.0, 1.0)
        };
        // A linear function sums over its middles.
        let sum = |from: i32, first, last| -> f64 {
            (from..from + 15)
                .map(|d| at(f64::from(d) + 0.5, first, last))
                .sum()
        };
        let found = person_days(&population, &intervals);
        let expected = [
            sum(0, 100.0, 200.0),
            sum(15, 100.0, 200.0),
            sum(0, 10.0, 0.0),
            sum(15, 10.0, 0.0),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn expected_cases_sum_to_the_cases() {
        let census = [day(2000, 7, 1)];
        let counts = [10.0, 30.0, 20.0, 5.0];
        let population = CensusPopulation::new(&census, 2, &counts).unwrap();
        let intervals = TimeIntervals::years(2000, 2002).unwrap();
        let expected = standardised_expected(&population, &[6, 7], &intervals).unwrap();
        assert_eq!(expected.len(), 6);
        assert!((expected.iter().sum::<f64>() - 13.0).abs() < 1e-12);
        let first: f64 = expected[..3].iter().sum();
        assert!((first - (10.0 * 6.0 / 30.0 + 30.0 * 7.0 / 35.0)).abs() < 1e-12);
        assert!((expected[0] / expected[1] - 366.0 / 365.0).abs() < 1e-12);
        assert!(standardised_expected(&population, &[1], &intervals).is_err());
        let nobody = CensusPopulation::new(&census, 1, &[0.0]).unwrap();
        assert!(standardised_expected(&nobody, &[1], &intervals).is_err());
        assert!(CensusPopulation::new(&census, 2, &[1.0]).is_err());
        assert!(CensusPopulation::new(&[], 1, &[]).is_err());
    }
}
