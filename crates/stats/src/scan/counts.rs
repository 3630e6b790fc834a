//! What happened where and when, and what was to be expected.

use super::likelihood::Likelihood;
use super::simulate::{Cases, Multinomial, Simulator};
use crate::StatsError;
use crate::error::check_length;

/// Counts of places in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpatialCounts<'a> {
    cases: &'a [u64],
    null: Null<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Null<'a> {
    Poisson(&'a [f64]),
    Bernoulli(&'a [u64]),
}

/// Counts as the engine takes them.
pub(super) struct Field {
    pub(super) cells: Vec<i32>,
    pub(super) weights: Vec<f64>,
    pub(super) likelihood: Likelihood,
    pub(super) simulator: Box<dyn Simulator>,
}

impl<'a> SpatialCounts<'a> {
    /// Cases that are Poisson distributed under the null hypothesis, with a
    /// mean proportional to `expected`: population, person-time, or expected
    /// cases standardised for covariates. It is scaled so that its sum is
    /// that of the cases. The simulations hold the number of cases fixed
    /// (multinomial), as in Kulldorff (1997).
    ///
    /// # Errors
    /// [`StatsError`] if lengths differ, an expectation is negative or not
    /// finite, a place has cases and expects none, there are no cases, or
    /// more than 2³⁰.
    pub fn poisson(cases: &'a [u64], expected: &'a [f64]) -> Result<Self, StatsError> {
        check_length("expected", expected.len(), cases.len())?;
        check_expected(cases, expected)?;
        check_total(cases)?;
        Ok(Self {
            cases,
            null: Null::Poisson(expected),
        })
    }

    /// Cases and controls: individuals of which each is a case with the same
    /// probability under the null hypothesis. Kulldorff & Nagarwalla (1995),
    /// *Statistics in Medicine* 14. The simulations draw the cases from all
    /// individuals without replacement.
    ///
    /// # Errors
    /// [`StatsError`] if lengths differ, there are no cases or no controls,
    /// or more than 2³⁰ individuals.
    pub fn bernoulli(cases: &'a [u64], controls: &'a [u64]) -> Result<Self, StatsError> {
        check_length("controls", controls.len(), cases.len())?;
        let total = check_total(cases)?;
        let others = check_total(controls)?;
        if total + others > MOST {
            return Err(too_many(total + others));
        }
        Ok(Self {
            cases,
            null: Null::Bernoulli(controls),
        })
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is no place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    pub(super) fn expected(&self) -> Option<Vec<f64>> {
        match self.null {
            Null::Poisson(expected) => Some(scaled(self.cases, expected)),
            Null::Bernoulli(_) => None,
        }
    }

    pub(super) fn field(&self) -> Field {
        let cells: Vec<i32> = self.cases.iter().map(|count| *count as i32).collect();
        let cases: u64 = self.cases.iter().sum();
        match self.null {
            Null::Poisson(expected) => {
                let weights = scaled(self.cases, expected);
                Field {
                    cells,
                    simulator: Box::new(Multinomial::new(&weights, cases as usize)),
                    weights,
                    likelihood: Likelihood::Poisson {
                        cases: cases as f64,
                    },
                }
            }
            Null::Bernoulli(controls) => {
                let individuals: Vec<u64> = self
                    .cases
                    .iter()
                    .zip(controls)
                    .map(|(a, b)| a + b)
                    .collect();
                Field {
                    cells,
                    weights: individuals.iter().map(|count| *count as f64).collect(),
                    likelihood: Likelihood::Bernoulli {
                        cases: cases as f64,
                        population: individuals.iter().sum::<u64>() as f64,
                    },
                    simulator: Box::new(Cases::new(&individuals, cases as usize)),
                }
            }
        }
    }
}

/// Counts of places in intervals of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpaceTimeCounts<'a> {
    places: usize,
    intervals: usize,
    cases: &'a [u64],
    expected: &'a [f64],
}

impl<'a> SpaceTimeCounts<'a> {
    /// Cases and expected cases of each place in each of `intervals`
    /// intervals: first all intervals of the first place, then those of the
    /// next. What is expected may be person-time, see
    /// [`super::standardised_expected`]; it is scaled to the number of cases.
    ///
    /// # Errors
    /// As [`SpatialCounts::poisson`], or if the length is not a multiple of
    /// `intervals`.
    pub fn poisson(
        intervals: usize,
        cases: &'a [u64],
        expected: &'a [f64],
    ) -> Result<Self, StatsError> {
        let places = check_grid(intervals, cases)?;
        check_length("expected", expected.len(), cases.len())?;
        check_expected(cases, expected)?;
        Ok(Self {
            places,
            intervals,
            cases,
            expected,
        })
    }

    /// Number of places.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// Number of intervals.
    #[must_use]
    pub fn intervals(&self) -> usize {
        self.intervals
    }

    /// Counts of the whole area.
    pub(super) fn summed(&self) -> (Vec<u64>, Vec<f64>) {
        let scaled = scaled(self.cases, self.expected);
        let mut cases = vec![0; self.intervals];
        let mut expected = vec![0.0; self.intervals];
        for (cell, (count, mean)) in self.cases.iter().zip(scaled).enumerate() {
            cases[cell % self.intervals] += count;
            expected[cell % self.intervals] += mean;
        }
        (cases, expected)
    }

    pub(super) fn field(&self) -> Field {
        poisson_field(self.cases, self.expected)
    }
}

fn poisson_field(cases: &[u64], expected: &[f64]) -> Field {
    let weights = scaled(cases, expected);
    let total: u64 = cases.iter().sum();
    Field {
        cells: cases.iter().map(|count| *count as i32).collect(),
        simulator: Box::new(Multinomial::new(&weights, total as usize)),
        weights,
        likelihood: Likelihood::Poisson {
            cases: total as f64,
        },
    }
}

/// Events that counts of 32 bits hold with room for sums and screens.
const MOST: u64 = 1 << 30;

fn too_many(total: u64) -> StatsError {
    StatsError::Parameter {
        what: "number of events",
        value: total as f64,
        expected: "at most 2^30",
    }
}

pub(super) fn check_total(counts: &[u64]) -> Result<u64, StatsError> {
    let total = counts
        .iter()
        .fold(0_u64, |sum, count| sum.saturating_add(*count));
    if total > MOST {
        Err(too_many(total))
    } else if total == 0 {
        Err(StatsError::TooFewEvents {
            method: "a scan",
            found: 0,
            least: 1,
        })
    } else {
        Ok(total)
    }
}

/// Number of places of counts by place and interval.
pub(super) fn check_grid(intervals: usize, cases: &[u64]) -> Result<usize, StatsError> {
    if intervals == 0 || intervals > u32::MAX as usize {
        return Err(StatsError::Parameter {
            what: "number of intervals",
            value: intervals as f64,
            expected: "at least 1 and at most 2^32 - 1",
        });
    }
    check_total(cases)?;
    let places = cases.len() / intervals;
    check_length("cases", cases.len(), places * intervals)?;
    Ok(places)
}

fn check_expected(cases: &[u64], expected: &[f64]) -> Result<(), StatsError> {
    for (unit, (count, mean)) in cases.iter().zip(expected).enumerate() {
        let domain = if !mean.is_finite() || *mean < 0.0 {
            "a finite number not below zero"
        } else if *count > 0 && *mean == 0.0 {
            "above zero where there are cases; give the population or leave out the cases"
        } else {
            continue;
        };
        return Err(StatsError::Value {
            what: "expected",
            unit,
            value: *mean,
            expected: domain,
        });
    }
    check_total(cases)?;
    Ok(())
}

/// Expected cases scaled to the number of cases.
fn scaled(cases: &[u64], expected: &[f64]) -> Vec<f64> {
    let largest = expected.iter().copied().fold(0.0, f64::max);
    // Divided first, so that the sum of finite numbers stays finite.
    let sum: f64 = expected.iter().map(|mean| mean / largest).sum();
    let total = cases.iter().sum::<u64>() as f64;
    expected
        .iter()
        .map(|mean| mean / largest * (total / sum))
        .collect()
}
