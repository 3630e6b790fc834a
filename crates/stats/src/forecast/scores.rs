//! Scores of predictive distributions of counts.

use super::Predictive;
use crate::StatsError;
use crate::error::{check_length, check_not_negative};

/// Most bins of the histogram.
const MOST_BINS: usize = 10_000;

/// Result of [`scores`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Forecasts scored.
    pub scored: usize,
    /// Forecasts whose count is unknown or not whole, or that are `None` or
    /// have an impossible mean or size.
    pub not_scored: usize,
    /// Mean of −ln P(Y = y); smaller is better. Infinite where something
    /// happened that was called impossible. `None` where nothing is scored, as
    /// in the means below.
    pub log: Option<f64>,
    /// Mean ranked probability score Σ_k (F(k) − 1[y ≤ k])², the continuous
    /// ranked probability score of counts; smaller is better.
    pub ranked_probability: Option<f64>,
    /// Mean Brier score of "at least one event"; smaller is better.
    pub brier: Option<f64>,
    /// Heights of the probability integral transform histogram, of mean 1: a
    /// flat one is calibrated, a U shape is too sure, a hump too unsure.
    /// Empty where nothing is scored.
    pub pit: Vec<f64>,
    /// Share of counts within the central 95 % interval. At least 95 % for a
    /// right forecast, since counts are whole.
    pub coverage_95: Option<f64>,
}

/// Log, ranked probability and Brier scores and the PIT histogram.
///
/// Czado, Gneiting & Held (2009), *Biometrics* 65: the non-randomised PIT
/// histogram of eq. 2 and 3, which is uniform on average for a right forecast;
/// scores of section 3.2. R's `surveillance::scores` has the first two as
/// `logs` and `rps`, and `pit` the histogram. O(forecasts × standard deviation
/// of the widest).
///
/// # Errors
/// [`StatsError`] if lengths differ, a count is negative or not finite, or
/// there are not 1 to 10,000 bins.
pub fn scores(
    forecasts: &[Option<Predictive>],
    observed: &[Option<f64>],
    bins: usize,
) -> Result<Scores, StatsError> {
    check_length("observed", observed.len(), forecasts.len())?;
    check_not_negative("observed count", observed)?;
    if !(1..=MOST_BINS).contains(&bins) {
        return Err(StatsError::Parameter {
            what: "bins",
            value: bins as f64,
            expected: "1 to 10,000",
        });
    }
    let mut sums = Sums::new(bins);
    for (forecast, count) in forecasts.iter().zip(observed) {
        sums.add(forecast.as_ref(), *count);
    }
    Ok(sums.scores())
}

/// Sums from which scores of many forecasts are made.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) scored: usize,
    not_scored: usize,
    pub(super) log: f64,
    pub(super) ranked_probability: f64,
    brier: f64,
    pit: Vec<f64>,
    within: usize,
}

impl Sums {
    pub(super) fn new(bins: usize) -> Self {
        Self {
            scored: 0,
            not_scored: 0,
            log: 0.0,
            ranked_probability: 0.0,
            brier: 0.0,
            pit: vec![0.0; bins],
            within: 0,
        }
    }

    pub(super) fn add(&mut self, forecast: Option<&Predictive>, count: Option<f64>) {
        let whole = count.filter(|count| count.fract() == 0.0 && *count < 9e15);
        let forecast = forecast.filter(|forecast| forecast.is_possible());
        let (Some(forecast), Some(count)) = (forecast, whole) else {
            self.not_scored += 1;
            return;
        };
        let y = count as u64;
        self.scored += 1;
        self.log -= forecast.ln_probability(y);
        self.ranked_probability += ranked_probability(forecast, y);
        let none = forecast.cumulative(0);
        let happened = if y > 0 { 1.0 } else { 0.0 };
        self.brier += (1.0 - none - happened).powi(2);
        let (below, upto) = (forecast.below(y), forecast.cumulative(y));
        let bins = self.pit.len();
        for (bin, height) in self.pit.iter_mut().enumerate() {
            let reached = |edge: usize| pit_reached(edge as f64 / bins as f64, below, upto);
            *height += reached(bin + 1) - reached(bin);
        }
        if upto >= 0.025 && below < 0.975 {
            self.within += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.scored += other.scored;
        self.not_scored += other.not_scored;
        self.log += other.log;
        self.ranked_probability += other.ranked_probability;
        self.brier += other.brier;
        self.within += other.within;
        for (sum, next) in self.pit.iter_mut().zip(&other.pit) {
            *sum += next;
        }
    }

    pub(super) fn scores(&self) -> Scores {
        let n = self.scored as f64;
        let mean = |sum: f64| (self.scored > 0).then(|| sum / n);
        let bins = self.pit.len() as f64;
        Scores {
            scored: self.scored,
            not_scored: self.not_scored,
            log: mean(self.log),
            ranked_probability: mean(self.ranked_probability),
            brier: mean(self.brier),
            pit: match self.scored {
                0 => Vec::new(),
                _ => self.pit.iter().map(|height| height * bins / n).collect(),
            },
            coverage_95: mean(self.within as f64),
        }
    }
}

/// F(u | y) of Czado, Gneiting & Held (2009), eq. 2.
fn pit_reached(u: f64, below: f64, upto: f64) -> f64 {
    if u >= upto {
        1.0
    } else if u <= below {
        0.0
    } else {
        (u - below) / (upto - below)
    }
}

/// Sums the squares from the first count of any probability until both the
/// count is passed and the tail is negligible; each probability from the one
/// before.
fn ranked_probability(forecast: &Predictive, y: u64) -> f64 {
    let least = forecast.quantile(1e-12).unwrap_or(0);
    // Below it the distribution is 0 to all digits, so that each count from y
    // on adds 1.
    let mut sum = least.saturating_sub(y) as f64;
    let mut probability = forecast.ln_probability(least).exp();
    let mut cumulative = forecast.below(least);
    let mut k = least;
    loop {
        cumulative = (cumulative + probability).min(1.0);
        let gap = if k >= y { 1.0 - cumulative } else { cumulative };
        sum += gap * gap;
        // 1e-9 squared is beyond the digits of the sum; the rounding of the
        // running sum itself must not keep the loop going.
        if k >= y && gap < 1e-9 {
            return sum;
        }
        probability *= forecast.growth(k);
        k += 1;
        if k - least > 100_000 {
            // So wide a distribution is finished in steps, as an integral.
            return sum + wide_tail(forecast, k, y);
        }
    }
}

fn wide_tail(forecast: &Predictive, from: u64, y: u64) -> f64 {
    let end = forecast
        .quantile(1.0 - 1e-9)
        .unwrap_or(from)
        .max(y)
        .max(from);
    let steps = 20_000_u64.min(end - from + 1);
    let width = (end - from + 1) as f64 / steps as f64;
    (0..steps)
        .map(|step| {
            let k = from + ((step as f64 + 0.5) * width) as u64;
            let at = forecast.cumulative(k);
            let gap = if k >= y { 1.0 - at } else { at };
            gap * gap * width
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(forecast: Predictive, y: f64) -> Scores {
        scores(&[Some(forecast)], &[Some(y)], 10).unwrap()
    }

    /// The closed form of the Poisson ranked probability score at y = 0 needs
    /// no Bessel function when summed directly: Σ (1 − F(k))².
    #[test]
    fn the_ranked_probability_score_is_the_sum_written_out() {
        for (forecast, y) in [
            (Predictive::poisson(0.3).unwrap(), 0),
            (Predictive::poisson(6.0).unwrap(), 11),
            (Predictive::negative_binomial(6.0, 0.8).unwrap(), 2),
            (Predictive::poisson(400.0).unwrap(), 20),
            (Predictive::poisson(0.01).unwrap(), 300),
        ] {
            let direct: f64 = (0..3_000_u64)
                .map(|k| (forecast.cumulative(k) - if y <= k { 1.0 } else { 0.0 }).powi(2))
                .sum();
            let ours = one(forecast, y as f64).ranked_probability.unwrap();
            assert!(
                (ours - direct).abs() < 1e-9 * (1.0 + direct),
                "{ours} {direct}"
            );
        }
    }

    /// The expected absolute difference form of the score,
    /// E|Y − y| − E|Y − Y′|/2, at a Poisson mean of 1 and y = 0:
    /// 1 − e⁻²(I₀(2) + I₁(2)) with I₀(2) = 2.2795853, I₁(2) = 1.5906369.
    #[test]
    fn the_poisson_score_has_its_closed_form() {
        let closed = 1.0 - (-2.0_f64).exp() * (2.279_585_302_336_067 + 1.590_636_854_637_329);
        let ours = one(Predictive::poisson(1.0).unwrap(), 0.0);
        assert!((ours.ranked_probability.unwrap() - closed).abs() < 1e-12);
        assert!((ours.log.unwrap() - 1.0).abs() < 1e-12);
        assert!((ours.brier.unwrap() - (1.0 - (-1.0_f64).exp()).powi(2)).abs() < 1e-12);
    }

    #[test]
    fn a_right_forecast_has_a_flat_histogram_and_a_wrong_one_has_not() {
        // Each count weighted by its probability: the exact mean histogram.
        let truth = Predictive::poisson(3.0).unwrap();
        let heights = |forecast: Predictive| -> Vec<f64> {
            let mut sum = vec![0.0; 5];
            for y in 0..60 {
                let pit = scores(&[Some(forecast)], &[Some(y as f64)], 5).unwrap().pit;
                for (sum, height) in sum.iter_mut().zip(pit) {
                    *sum += height * truth.ln_probability(y).exp();
                }
            }
            sum
        };
        assert!(heights(truth).iter().all(|h| (h - 1.0).abs() < 1e-9));
        let low = heights(Predictive::poisson(1.0).unwrap());
        assert!(low[4] > 2.0);
    }

    #[test]
    fn what_cannot_be_scored_is_counted() {
        let forecast = Some(Predictive::poisson(1.0).unwrap());
        let result = scores(
            &[forecast, forecast, None],
            &[None, Some(0.5), Some(1.0)],
            10,
        )
        .unwrap();
        assert_eq!((result.scored, result.not_scored), (0, 3));
        assert_eq!((result.log, result.coverage_95), (None, None));
        let impossible = one(Predictive::Poisson { mean: 0.0 }, 1.0);
        assert_eq!(impossible.log, Some(f64::INFINITY));
        assert!(scores(&[], &[], 0).is_err());
    }

    #[test]
    fn a_very_wide_forecast_is_scored_in_time() {
        let wide = Predictive::negative_binomial(1e6, 0.5).unwrap();
        let result = one(wide, 1e6).ranked_probability.unwrap();
        assert!(result.is_finite() && result > 1e4);
    }
}
