//! Answers: rounded, with what the noise makes uncertain.

use serde::{Deserialize, Serialize};

use super::{Measure, PricedQuery};
use crate::noise::{DiscreteLaplace, Epsilon};

/// Level of the intervals.
const CONFIDENCE: f64 = 0.95;

/// One answer, shared by all who ask the question.
///
/// Standard error and intervals speak of the noise and the rounding: how far
/// the answer may be from the figure over the bounded rows. They do not speak
/// of rows beyond the bounds, nor of what was never recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Identity of the question.
    pub question: String,
    /// Name of the draw in the ledger.
    pub draw: String,
    /// The question in canonical form.
    pub canonical: String,
    /// What it cost.
    pub epsilon: Epsilon,
    /// How much one child and year can change it.
    pub sensitivity: u32,
    /// The most rows (or, for distinct children, groups) of one child and year
    /// that count.
    pub contribution_bound: u32,
    /// Standard error of every value.
    pub standard_error: f64,
    /// Level of `low` and `high`, each group for itself.
    pub confidence: f64,
    /// Values are multiples of this.
    pub rounded_to: i64,
    /// What is grouped by.
    pub groups: Vec<String>,
    /// One for each combination of group keys, empty ones included.
    pub cells: Vec<Cell>,
}

/// The answer for one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Its keys, in the order of [`Answer::groups`].
    pub keys: Vec<String>,
    /// The noisy value. Unbiased but for rounding, hence sometimes below zero
    /// where few were counted; sums over groups stay unbiased.
    pub value: i64,
    /// Lower end of the interval; for counts never below zero.
    pub low: i64,
    /// Upper end.
    pub high: i64,
}

impl Answer {
    pub(super) fn new(query: &PricedQuery, rounding: &Rounding, cells: Vec<Cell>) -> Self {
        let plan = &query.plan;
        Self {
            question: query.question.clone(),
            draw: query.draw.clone(),
            canonical: plan.canonical(),
            epsilon: query.epsilon,
            sensitivity: plan.sensitivity(),
            contribution_bound: match plan.measure {
                Measure::Children => plan.groups_per_child,
                Measure::Rows | Measure::Sum { .. } => plan.rows_per_child,
            },
            standard_error: rounding.standard_error,
            confidence: CONFIDENCE,
            rounded_to: rounding.step,
            groups: plan.groups(),
            cells,
        }
    }
}

/// How the answers of a question are rounded, from its noise alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rounding {
    step: i64,
    half_width: i64,
    standard_error: f64,
}

impl Rounding {
    /// Steps of 1, 2 or 5 times a power of ten, the largest that is at most a
    /// quarter of the noise's standard deviation σ: finer digits would be
    /// nothing but noise. Rounding adds (step² − 1)/12 to the variance, at most
    /// half a percent.
    pub(super) fn of(noise: &DiscreteLaplace) -> Self {
        let variance = noise.variance();
        let most = variance.sqrt() / 4.0;
        let mut step = 1;
        for next in [2, 5, 10].iter().cycle() {
            let decade = 10_i64.pow(step_decade(step));
            let candidate = decade * next;
            if candidate as f64 > most {
                break;
            }
            step = candidate;
        }
        let square = (step * step - 1) as f64;
        Self {
            step,
            half_width: half_width(noise) + step / 2,
            standard_error: (variance + square / 12.0).sqrt(),
        }
    }

    /// The nearest multiple; halves go to the even one, so that rounding
    /// pushes neither up nor down.
    pub(super) fn apply(&self, noisy: i64) -> i64 {
        let (below, rest) = (noisy.div_euclid(self.step), noisy.rem_euclid(self.step));
        let up = match (2 * rest).cmp(&self.step) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Greater => 1,
            std::cmp::Ordering::Equal => below.rem_euclid(2),
        };
        below.saturating_add(up).saturating_mul(self.step)
    }

    pub(super) fn interval(&self, value: i64) -> (i64, i64) {
        (
            value.saturating_sub(self.half_width),
            value.saturating_add(self.half_width),
        )
    }
}

/// Exponent of the largest power of ten that is at most a step.
fn step_decade(step: i64) -> u32 {
    step.checked_ilog10().unwrap_or(0)
}

/// The smallest w with P(|noise| > w) ≤ 5 %.
///
/// P(|X| > w) = 2q^(w+1)/(1 + q) with q = exp(−1/scale), so w is the first
/// whole number from ln(α(1 + q)/2)/ln q − 1.
fn half_width(noise: &DiscreteLaplace) -> i64 {
    let (t, s) = noise.scale();
    let rate = s as f64 / t as f64;
    let q = libm::exp(-rate);
    let alpha = 1.0 - CONFIDENCE;
    let w = -libm::log(alpha * (1.0 + q) / 2.0) / rate - 1.0;
    (w.ceil().max(0.0)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(sensitivity: u32, epsilon: &str) -> DiscreteLaplace {
        DiscreteLaplace::calibrate(sensitivity, epsilon.parse().unwrap()).unwrap()
    }

    #[test]
    fn steps_are_round_and_at_most_a_quarter_of_the_noise() {
        for (sensitivity, epsilon, step) in [
            (1, "1", 1),
            (1, "0.1", 2),
            (1, "0.05", 5),
            (1, "0.01", 20),
            (1000, "0.001", 200_000),
        ] {
            let noise = noise(sensitivity, epsilon);
            let rounding = Rounding::of(&noise);
            assert_eq!(rounding.step, step, "{sensitivity} {epsilon}");
            assert!(step == 1 || step as f64 <= noise.variance().sqrt() / 4.0);
            assert!(rounding.standard_error >= noise.variance().sqrt());
            assert!(rounding.standard_error <= 1.003 * noise.variance().sqrt());
        }
    }

    #[test]
    fn halves_go_to_the_even_multiple() {
        let rounding = Rounding::of(&noise(1, "0.1"));
        let values: Vec<i64> = [-3, -1, 0, 1, 2, 3, 5, i64::MAX]
            .into_iter()
            .map(|noisy| rounding.apply(noisy))
            .collect();
        assert_eq!(values[..7], [-4, 0, 0, 0, 2, 4, 4]);
        assert!(values[7] >= i64::MAX - 2);
    }

    #[test]
    fn the_interval_is_the_shortest_that_covers() {
        for (sensitivity, epsilon) in [(1, "1"), (2, "0.3"), (7, "0.02")] {
            let noise = noise(sensitivity, epsilon);
            let width = half_width(&noise);
            let outside = |w: i64| 1.0 - (-w..=w).map(|x| noise.probability(x)).sum::<f64>();
            assert!(outside(width) <= 0.05 + 1e-12, "{sensitivity} {epsilon}");
            assert!(outside(width - 1) > 0.05, "{sensitivity} {epsilon}");
        }
    }
}
