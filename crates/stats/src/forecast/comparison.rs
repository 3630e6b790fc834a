//! Whether a model forecasts better than the best baseline.

use rand::Rng as _;
use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_length, check_level, check_positive, check_repetitions};

/// By what a model and a baseline are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Hit rate at a share of size; so is PAI, which is that over the share.
    HitRate {
        /// Share of the total size.
        share: f64,
    },
    /// Logarithmic score.
    LogScore,
    /// Ranked probability score.
    RankedProbability,
}

/// What a back-test says of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval of the gain lies above the least gain.
    BeatsBaseline,
    /// The interval lies at or below the least gain.
    DoesNotBeatBaseline,
    /// The interval holds the least gain, or there are too few origins for an
    /// interval. Not a reason to use the model.
    Undecided,
}

/// Parameters of the comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparisonParams {
    level: f64,
    draws: usize,
    block: usize,
    seed: u64,
    least_gain: f64,
}

impl ComparisonParams {
    /// Intervals of confidence `level` (0.95) from `draws` bootstrap samples,
    /// in which runs of `block` origins stay together: 1 where test windows do
    /// not overlap.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a level outside 0 to 1, fewer than 99
    /// draws or more than ten million, or a block of 0.
    pub fn new(level: f64, draws: usize, block: usize, seed: u64) -> Result<Self, StatsError> {
        let parameter = |what, value, expected| StatsError::Parameter {
            what,
            value,
            expected,
        };
        check_level("level", level)?;
        check_repetitions("draws", draws, 99, "a number from 99 to 10,000,000")?;
        if block == 0 {
            return Err(parameter("block", 0.0, "at least 1"));
        }
        Ok(Self {
            level,
            draws,
            block,
            seed,
            least_gain: 0.0,
        })
    }

    /// With the gain that a model must exceed to be worth its trouble, in
    /// units of the measure.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless it is finite and above zero.
    pub fn with_least_gain(mut self, gain: f64) -> Result<Self, StatsError> {
        check_positive("least_gain", gain)?;
        self.least_gain = gain;
        Ok(self)
    }

    /// The same with the level raised for `models` compared at once
    /// (Bonferroni).
    pub(super) fn for_models(mut self, models: usize) -> Self {
        self.level = 1.0 - (1.0 - self.level) / models.max(1) as f64;
        self
    }

    /// The verdict that an interval gives.
    pub(super) fn verdict(&self, interval: Option<RatioInterval>) -> Verdict {
        match interval {
            Some(interval) if interval.low > self.least_gain => Verdict::BeatsBaseline,
            Some(interval) if interval.high <= self.least_gain => Verdict::DoesNotBeatBaseline,
            _ => Verdict::Undecided,
        }
    }
}

/// A model against the baseline that does best by the same measure on the
/// same origins.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the model.
    pub model: String,
    /// Name of the best baseline.
    pub baseline: String,
    /// By what they are compared.
    pub measure: Measure,
    /// The model's value.
    pub model_value: Option<f64>,
    /// The baseline's value.
    pub baseline_value: Option<f64>,
    /// Gain of the model, positive where it is better, with its bootstrap
    /// interval; `None` for too few origins or an infinite score.
    pub gain: Option<RatioInterval>,
    /// What follows.
    pub verdict: Verdict,
}

/// A ratio of sums with an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioInterval {
    /// Σ numerators / Σ denominators.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Fewest origins from which an interval is made.
const LEAST_ORIGINS: usize = 8;

/// Bootstrap interval of Σ numerators / Σ denominators over origins: the gain
/// in hits by all events, or the gain in score by forecasts scored. Because
/// model and baseline face the same events, their difference at each origin
/// is the datum (paired by period).
///
/// 1. R = Σd/Σw, with the standard error of a ratio: residuals d − R·w (Cochran
///    1977, *Sampling Techniques*, section 6.3), summed over blocks.
/// 2. Each draw takes blocks of neighbouring origins, wrapped round at the end
///    (Politis & Romano 1992, the circular block bootstrap), and gives
///    t* = (R* − R)/se*.
/// 3. The interval is R − se·t* at the upper and lower tail: the bootstrap-t of
///    Davison & Hinkley (1997), *Bootstrap Methods*, section 5.2, which with a
///    few dozen origins holds its level where the percentile interval is too
///    narrow.
///
/// Equal differences everywhere have a point as interval. `None` for fewer
/// than 8 blocks, denominators that sum to zero, numbers that are not finite,
/// or where more than half of the draws have no spread. O(draws × origins).
///
/// # Errors
/// [`StatsError::Length`] if the lengths differ.
pub fn paired_interval(
    numerators: &[f64],
    denominators: &[f64],
    params: &ComparisonParams,
) -> Result<Option<RatioInterval>, StatsError> {
    let n = numerators.len();
    check_length("denominators", denominators.len(), n)?;
    let blocks = n / params.block;
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    if blocks < LEAST_ORIGINS || !finite(numerators) || !finite(denominators) {
        return Ok(None);
    }
    let Some((estimate, error)) = ratio(numerators, denominators, params.block) else {
        return Ok(None);
    };
    let scale = numerators.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    let width: f64 = denominators.iter().sum();
    if error <= 1e-12 * scale * n as f64 / width.abs() {
        return Ok(Some(RatioInterval {
            estimate,
            low: estimate,
            high: estimate,
        }));
    }
    let mut pivots: Vec<f64> = (0..params.draws)
        .into_par_iter()
        .filter_map(|draw| {
            let mut random = crate::random::stream(params.seed, draw as u64);
            let (mut d, mut w) = (Vec::with_capacity(n), Vec::with_capacity(n));
            while d.len() < n {
                let start = random.random_range(0..n);
                for at in start..start + params.block.min(n - d.len()) {
                    d.push(numerators[at % n]);
                    w.push(denominators[at % n]);
                }
            }
            let (again, spread) = ratio(&d, &w, params.block)?;
            Some((again - estimate) / spread).filter(|t| t.is_finite())
        })
        .collect();
    if pivots.len() * 2 < params.draws {
        return Ok(None);
    }
    pivots.sort_by(f64::total_cmp);
    let tail = (1.0 - params.level) / 2.0;
    let at = |p: f64| {
        let rank = ((pivots.len() + 1) as f64 * p).round() as usize;
        pivots[rank.clamp(1, pivots.len()) - 1]
    };
    Ok(Some(RatioInterval {
        estimate,
        low: estimate - error * at(1.0 - tail),
        high: estimate - error * at(tail),
    }))
}

/// The ratio and its standard error; `None` for denominators that sum to zero.
fn ratio(numerators: &[f64], denominators: &[f64], block: usize) -> Option<(f64, f64)> {
    let (d, w): (f64, f64) = (numerators.iter().sum(), denominators.iter().sum());
    if w <= 0.0 {
        return None;
    }
    let ratio = d / w;
    let (mut squares, mut blocks) = (0.0, 0.0);
    for (d, w) in numerators.chunks(block).zip(denominators.chunks(block)) {
        let residual: f64 = d.iter().zip(w).map(|(d, w)| d - ratio * w).sum();
        squares += residual * residual;
        blocks += 1.0;
    }
    Some((ratio, (squares * blocks / (blocks - 1.0)).sqrt() / w))
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, Poisson};

    use super::*;

    fn params(draws: usize, seed: u64) -> ComparisonParams {
        ComparisonParams::new(0.95, draws, 1, seed).unwrap()
    }

    /// Differences of hits are differences of counts; the ratio's truth is the
    /// difference of the shares.
    #[test]
    fn intervals_hold_the_truth_in_95_of_100_cases() {
        let (runs, origins) = (1_500, 24);
        let mut held = 0;
        for run in 0..runs {
            let mut random = crate::random::stream(77, run);
            let mut draw = |mean: f64| Poisson::new(mean).unwrap().sample(&mut random);
            let (mut d, mut w) = (Vec::new(), Vec::new());
            for _ in 0..origins {
                let (both, model, baseline, rest) = (draw(8.0), draw(5.0), draw(3.0), draw(24.0));
                d.push(model - baseline);
                w.push(both + model + baseline + rest);
            }
            let interval = paired_interval(&d, &w, &params(199, run)).unwrap().unwrap();
            held += usize::from(interval.low <= 0.05 && 0.05 <= interval.high);
        }
        let coverage = held as f64 / runs as f64;
        assert!((coverage - 0.95).abs() <= 0.01, "{coverage}");
    }

    #[test]
    fn equal_differences_have_a_point_and_few_origins_nothing() {
        let run = |d: &[f64]| paired_interval(d, &vec![1.0; d.len()], &params(99, 1)).unwrap();
        let zero = run(&[0.0; 12]).unwrap();
        assert_eq!((zero.low, zero.high), (0.0, 0.0));
        assert_eq!(
            params(99, 1).verdict(Some(zero)),
            Verdict::DoesNotBeatBaseline
        );
        assert_eq!(run(&[1.0; 5]), None);
        assert_eq!(run(&[f64::INFINITY; 12]), None);
        assert_eq!(
            paired_interval(&[1.0; 12], &[0.0; 12], &params(99, 1)).unwrap(),
            None
        );
        assert!(ComparisonParams::new(0.95, 99, 0, 1).is_err());
    }

    #[test]
    fn the_verdict_follows_the_interval() {
        let interval = |low, high| {
            Some(RatioInterval {
                estimate: 0.0,
                low,
                high,
            })
        };
        let plain = params(99, 1);
        assert_eq!(plain.verdict(interval(0.1, 0.2)), Verdict::BeatsBaseline);
        assert_eq!(plain.verdict(interval(-0.1, 0.2)), Verdict::Undecided);
        assert_eq!(
            plain.verdict(interval(-0.2, -0.1)),
            Verdict::DoesNotBeatBaseline
        );
        assert_eq!(plain.verdict(None), Verdict::Undecided);
        let asking = plain.with_least_gain(0.3).unwrap();
        assert_eq!(
            asking.verdict(interval(0.1, 0.2)),
            Verdict::DoesNotBeatBaseline
        );
    }
}
