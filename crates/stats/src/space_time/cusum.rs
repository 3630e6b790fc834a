//! CUSUM control chart of counts.

use rand_distr::{Distribution as _, Poisson};
use rayon::prelude::*;

use crate::StatsError;
use crate::error::{
    check_length, check_not_negative, check_positive, check_repetitions, check_share,
};
use crate::random;

/// Where a chart starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeadStart {
    /// At zero.
    #[default]
    None,
    /// At half the threshold, so that a process that starts out of control is
    /// found fast: Lucas & Crosier (1982).
    Half,
}

/// What a chart does after an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterAlarm {
    /// Starts again, at the head start.
    #[default]
    Restart,
    /// Goes on.
    Continue,
}

/// Parameters of [`poisson_cusum`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CusumParams {
    /// Where the chart starts.
    pub head_start: HeadStart,
    /// What happens after an alarm.
    pub after_alarm: AfterAlarm,
    rate_ratio: f64,
    threshold: f64,
}

impl CusumParams {
    /// A chart tuned to a rate of `rate_ratio` times the expected one (above
    /// 1 for a rise, below 1 for a fall), alarming above `threshold` on the
    /// scale of the log likelihood ratio; see [`cusum_threshold`].
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless both are above zero and the ratio is
    /// not 1.
    pub fn new(rate_ratio: f64, threshold: f64) -> Result<Self, StatsError> {
        check_ratio(rate_ratio)?;
        check_positive("threshold", threshold)?;
        Ok(Self {
            head_start: HeadStart::default(),
            after_alarm: AfterAlarm::default(),
            rate_ratio,
            threshold,
        })
    }
}

fn check_ratio(rate_ratio: f64) -> Result<(), StatsError> {
    check_positive("rate ratio", rate_ratio)?;
    if rate_ratio == 1.0 {
        return Err(StatsError::Parameter {
            what: "rate ratio",
            value: rate_ratio,
            expected: "a ratio other than one",
        });
    }
    Ok(())
}

/// A chart at one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartPoint {
    /// Value of the chart, before any restart.
    pub value: f64,
    /// Whether it is beyond the limit.
    pub alarm: bool,
}

/// Log-likelihood-ratio CUSUM of Poisson counts with varying expectation.
///
/// C_t = max(0, C_{t−1} + y_t ln R − μ_t (R − 1)), alarm when C_t exceeds the
/// threshold. Lucas (1985), *Technometrics* 27, with reference value
/// k = μ(R − 1)/ln R: his chart is this one over ln R, and his threshold h is
/// this threshold over ln R.
///
/// `expected` are the counts of the period in control: rate × exposure, or
/// what a model says. A missing period leaves the chart where it was and has
/// no point. O(periods).
///
/// # Errors
/// [`StatsError`] if the lengths differ or a number is negative or not finite.
pub fn poisson_cusum(
    counts: &[Option<f64>],
    expected: &[Option<f64>],
    params: &CusumParams,
) -> Result<Vec<Option<ChartPoint>>, StatsError> {
    check_length("expected counts", expected.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("expected count", expected)?;
    let start = match params.head_start {
        HeadStart::None => 0.0,
        HeadStart::Half => params.threshold / 2.0,
    };
    let mut value = start;
    Ok(counts
        .iter()
        .zip(expected)
        .map(|(count, expected)| {
            value = step(value, (*count)?, (*expected)?, params.rate_ratio);
            let point = ChartPoint {
                value,
                alarm: value > params.threshold,
            };
            if point.alarm && params.after_alarm == AfterAlarm::Restart {
                value = start;
            }
            Some(point)
        })
        .collect())
}

fn step(value: f64, count: f64, expected: f64, rate_ratio: f64) -> f64 {
    (value + count * rate_ratio.ln() - expected * (rate_ratio - 1.0)).max(0.0)
}

/// Parameters of [`cusum_threshold`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CusumThresholdParams {
    /// Number of simulated series.
    pub simulations: usize,
    /// Seed of the simulation.
    pub seed: u64,
    rate_ratio: f64,
    false_alarm: f64,
}

impl CusumThresholdParams {
    /// Parameters with the chance of any false alarm over the whole series;
    /// 9,999 simulations.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a ratio that is not above zero or is 1,
    /// or a chance that does not lie strictly between 0 and 1.
    pub fn new(rate_ratio: f64, false_alarm: f64, seed: u64) -> Result<Self, StatsError> {
        check_ratio(rate_ratio)?;
        check_share("chance of a false alarm", false_alarm)?;
        Ok(Self {
            simulations: 9_999,
            seed,
            rate_ratio,
            false_alarm,
        })
    }
}

/// The threshold that a CUSUM without head start exceeds anywhere in a series
/// of these expected counts with the wanted chance, by simulation of Poisson
/// counts: the value of rank ⌈(1 − chance)(m + 1)⌉ among the maxima of m
/// simulated charts. On all threads; the same figure on any number of them.
///
/// # Errors
/// [`StatsError`] if an expected count is negative or not finite, none is
/// above zero, or there are no simulations.
pub fn cusum_threshold(expected: &[f64], params: &CusumThresholdParams) -> Result<f64, StatsError> {
    let optional: Vec<Option<f64>> = expected.iter().copied().map(Some).collect();
    check_not_negative("expected count", &optional)?;
    check_repetitions(
        "simulations",
        params.simulations,
        1,
        "a number from 1 to 10,000,000",
    )?;
    if let Some(unit) = expected.iter().position(|mean| *mean > 1e15) {
        return Err(StatsError::Value {
            what: "expected count",
            unit,
            value: expected[unit],
            expected: "a count that can be simulated, below 1e15",
        });
    }
    if !expected.iter().any(|mean| *mean > 0.0) {
        return Err(StatsError::TooFew {
            method: "the threshold of a CUSUM",
            found: 0,
            least: 1,
        });
    }
    let counts: Vec<Option<Poisson<f64>>> = expected
        .iter()
        .map(|mean| Poisson::new(*mean).ok())
        .collect();
    let mut maxima: Vec<f64> = (0..params.simulations)
        .into_par_iter()
        .map(|simulation| {
            let mut random = random::stream(params.seed, simulation as u64);
            let (mut value, mut most) = (0.0, 0.0_f64);
            for (mean, count) in expected.iter().zip(&counts) {
                let count = count
                    .as_ref()
                    .map_or(0.0, |count| count.sample(&mut random));
                value = step(value, count, *mean, params.rate_ratio);
                most = most.max(value);
            }
            most
        })
        .collect();
    maxima.sort_unstable_by(f64::total_cmp);
    let rank = ((1.0 - params.false_alarm) * (params.simulations + 1) as f64).ceil() as usize;
    Ok(maxima[rank.clamp(1, params.simulations) - 1])
}
