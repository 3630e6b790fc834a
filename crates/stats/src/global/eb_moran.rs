//! Moran's I of rates whose precision differs.

use super::autocorrelation::{Autocorrelation, AutocorrelationParams};
use super::moran::moran_i;
use super::permutation::{LANES, as_lanes, permutation_test};
use super::sample::{Centred, Sample};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::weights::SpatialWeights;

const METHOD: &str = "empirical Bayes Moran's I";

/// What is made of an estimated variance between the true rates that is
/// negative (the counts vary less than by chance).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BetweenVariance {
    /// It is 0: spdep.
    AtLeastZero,
    /// It is kept, and only a unit whose whole variance would be negative
    /// takes its Poisson variance: Assunção & Reis (1999), esda and `GeoDa`.
    AsEstimated,
}

/// What multiplies in the numerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EbNumerator {
    /// Standardised rates less their mean: esda, `GeoDa`, and spdep unless
    /// told otherwise.
    Centred,
    /// Standardised rates as they are, as published: spdep with
    /// `subtract_mean_in_numerator = FALSE`.
    Uncentred,
}

/// Parameters of [`eb_moran_i`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EbMoranParams {
    /// Weights, islands and permutations. spdep and esda both count islands.
    pub autocorrelation: AutocorrelationParams,
    /// Rule for a negative variance between the true rates.
    pub between_variance: BetweenVariance,
    /// Numerator.
    pub numerator: EbNumerator,
}

impl EbMoranParams {
    /// Variance clamped at 0 and centred numerator.
    #[must_use]
    pub fn new(autocorrelation: AutocorrelationParams) -> Self {
        Self {
            autocorrelation,
            between_variance: BetweenVariance::AtLeastZero,
            numerator: EbNumerator::Centred,
        }
    }
}

/// Moran's I of empirical Bayes standardised rates.
///
/// Assunção & Reis (1999), *Statistics in Medicine* 18: where populations
/// differ, the variance of crude rates differs too, and Moran's I of them
/// rejects too often or finds the small places. Here each rate is divided by
/// its own standard deviation first ([`eb_standardised_rates`]).
///
/// 1. z of each unit by [`eb_standardised_rates`].
/// 2. I of z as in [`moran_i`]; with [`EbNumerator::Uncentred`] only the
///    value and its permutation test are given.
///
/// The permutation test (`EBImoran.mc` of spdep, `Moran_Rate` of esda) is the
/// one to trust: the moments of z are not quite those of exchangeable values.
///
/// # Errors
/// As [`eb_standardised_rates`] and [`moran_i`].
pub fn eb_moran_i(
    cases: &[Option<f64>],
    population: &[Option<f64>],
    weights: &SpatialWeights,
    params: &EbMoranParams,
) -> Result<Autocorrelation, StatsError> {
    check_length("cases", cases.len(), weights.len())?;
    let rates = eb_standardised_rates(cases, population, params.between_variance)?;
    match params.numerator {
        EbNumerator::Centred => moran_i(&rates, weights, &params.autocorrelation),
        EbNumerator::Uncentred => uncentred(&rates, weights, &params.autocorrelation),
    }
}

fn uncentred(
    rates: &[Option<f64>],
    weights: &SpatialWeights,
    params: &AutocorrelationParams,
) -> Result<Autocorrelation, StatsError> {
    let sample = Sample::new(METHOD, rates, weights, params)?;
    let centred = Centred::of(METHOD, &sample.values)?;
    let whole: Vec<f64> = centred.z.iter().map(|z| z + centred.mean).collect();
    let factor = sample.counted as f64 / sample.sums.s0 / centred.squares;
    let evaluate =
        |block: &[[f64; LANES]]| sample.pairs.cross_products(block).map(|sum| sum * factor);
    Ok(Autocorrelation {
        statistic: evaluate(&as_lanes(&whole))[0],
        units: sample.counted,
        normality: None,
        randomisation: None,
        permutation: params
            .permutations
            .map(|permutations| permutation_test(&whole, permutations, evaluate)),
    })
}

/// Each rate less the pooled one, divided by its standard deviation.
///
/// Assunção & Reis (1999). With cases y, population n and m units:
///
/// 1. b = Σy/Σn, s² = Σ n (y/n − b)² / Σn.
/// 2. a = s² − b/(Σn/m), the variance between the true rates.
/// 3. v_i = a + b/n_i; z_i = (y_i/n_i − b)/√v_i.
///
/// `None` for a unit without cases or population given, or with a population
/// of 0. `assuncao_rate` of esda is [`BetweenVariance::AsEstimated`].
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite,
/// fewer than two units have a rate, or there are no cases at all.
pub fn eb_standardised_rates(
    cases: &[Option<f64>],
    population: &[Option<f64>],
    between_variance: BetweenVariance,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("population", population.len(), cases.len())?;
    check_not_negative("cases", cases)?;
    check_not_negative("population", population)?;
    let units: Vec<Option<(f64, f64)>> = cases
        .iter()
        .zip(population)
        .map(|(cases, population)| Some(((*cases)?, population.filter(|n| *n > 0.0)?)))
        .collect();
    let known = || units.iter().flatten();
    let count = known().count();
    if count < 2 {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: count,
            least: 2,
        });
    }
    let persons: f64 = known().map(|(_, n)| n).sum();
    let pooled = known().map(|(y, _)| y).sum::<f64>() / persons;
    if pooled.is_nan() || pooled <= 0.0 {
        return Err(StatsError::Constant {
            what: "cases",
            method: METHOD,
        });
    }
    let spread = known()
        .map(|(y, n)| n / persons * (y / n - pooled).powi(2))
        .sum::<f64>();
    let estimated = spread - pooled / (persons / count as f64);
    let between = match between_variance {
        BetweenVariance::AtLeastZero => estimated.max(0.0),
        BetweenVariance::AsEstimated => estimated,
    };
    Ok(units
        .iter()
        .map(|unit| {
            let (y, n) = (*unit)?;
            let variance = between + pooled / n;
            let variance = if variance > 0.0 { variance } else { pooled / n };
            Some((y / n - pooled) / variance.sqrt())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rates that vary less than by chance: b = 0.1, s² = 0, a = −0.1/n̄.
    #[test]
    fn the_two_rules_for_a_negative_variance_differ() {
        let cases = [Some(10.0), Some(20.0), Some(31.0), None, Some(3.0)];
        let population = [Some(100.0), Some(200.0), Some(300.0), Some(9.0), Some(0.0)];
        let clamped =
            eb_standardised_rates(&cases, &population, BetweenVariance::AtLeastZero).unwrap();
        let kept =
            eb_standardised_rates(&cases, &population, BetweenVariance::AsEstimated).unwrap();
        assert_eq!((clamped[3], clamped[4]), (None, None));
        let b = 61.0 / 600.0;
        let z = (0.1 - b) / (b / 100.0_f64).sqrt();
        assert!((clamped[0].unwrap() - z).abs() < 1e-12);
        // a = −b/200 nearly: unit 0 keeps b/100 − b/200, unit 2 falls back.
        assert!(kept[0].unwrap() < clamped[0].unwrap());
        assert_eq!(kept[2], clamped[2]);
    }

    #[test]
    fn no_cases_or_no_population_are_errors() {
        let rule = BetweenVariance::AtLeastZero;
        let people = [Some(10.0), Some(20.0)];
        assert!(eb_standardised_rates(&[Some(0.0); 2], &people, rule).is_err());
        assert!(eb_standardised_rates(&[Some(1.0); 2], &[Some(0.0); 2], rule).is_err());
        assert!(eb_standardised_rates(&[Some(-1.0); 2], &people, rule).is_err());
    }
}
