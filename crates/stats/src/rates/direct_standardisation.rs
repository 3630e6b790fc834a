//! Directly standardised rates with gamma intervals.

use super::poisson::Interval;
use super::stratified::{check_strata, check_table};
use crate::StatsError;
use crate::error::{check_length, check_level};
use crate::special::gamma::quantile;

/// How much the upper limit of a gamma interval adds for a case more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GammaInterval {
    /// One more case in the stratum of the largest weight: never covers less
    /// than its level, as far as is known. Fay & Feuer (1997), `ageadjust.direct`
    /// of the R package epitools, and esda.
    FayFeuer,
    /// One more case spread evenly over the strata: shorter, close to its
    /// level. Tiwari, Clegg & Zou (2006), *Stat. Methods Med. Res.* 15; the
    /// modified gamma interval of SEER*Stat.
    Tiwari,
}

/// Parameters of [`directly_standardised_rates`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectStandardisationParams {
    level: f64,
    interval: GammaInterval,
}

impl DirectStandardisationParams {
    /// Intervals at `level`, such as 0.95.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the level is from 10⁻⁶ to 1 − 10⁻¹².
    pub fn new(level: f64, interval: GammaInterval) -> Result<Self, StatsError> {
        check_level("level", level)?;
        Ok(Self { level, interval })
    }
}

/// Directly standardised rate of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectRate {
    /// Σ counts / Σ populations, without standardisation.
    pub crude: f64,
    /// Rate the standard population would have with the unit's stratum rates.
    pub rate: f64,
    /// Variance of the rate for Poisson counts.
    pub variance: f64,
    /// Gamma interval of the rate.
    pub interval: Interval,
}

/// Directly standardised rates.
///
/// Fay & Feuer (1997), *Statistics in Medicine* 16. For a unit with counts x_j
/// and populations n_j, and shares s_j of the standard population,
/// 1. weights w_j = s_j / n_j;
/// 2. rate R = Σ w_j x_j, variance v = Σ w_j² x_j;
/// 3. lower limit: α/2 quantile of the gamma distribution with mean R and
///    variance v (0 if there is no case);
/// 4. upper limit: 1 − α/2 quantile of the one with mean R + w and variance
///    v + w², w being the largest w_j ([`GammaInterval::FayFeuer`]); or w and
///    w² the means of w_j and w_j² ([`GammaInterval::Tiwari`]).
///
/// With one stratum this is the exact Poisson interval. Tables hold one row
/// for each unit with one cell for each stratum of `standard`, which may be
/// persons or shares. Strata of standard share 0 may be empty.
///
/// `None` for a unit with a missing cell or with nobody in a stratum that the
/// standard population has.
///
/// # Errors
/// [`StatsError`] if the tables differ in length, do not divide into strata,
/// hold a number that is negative or not finite, or the standard is empty.
pub fn directly_standardised_rates(
    counts: &[Option<f64>],
    populations: &[Option<f64>],
    standard: &[f64],
    params: &DirectStandardisationParams,
) -> Result<Vec<Option<DirectRate>>, StatsError> {
    check_length("populations", populations.len(), counts.len())?;
    check_strata("standard population", standard)?;
    check_table("count", counts, standard.len())?;
    check_table("population", populations, standard.len())?;
    let total: f64 = standard.iter().sum();
    crate::error::check_positive("total standard population", total)?;
    let shares: Vec<f64> = standard.iter().map(|s| s / total).collect();
    Ok(counts
        .chunks(standard.len())
        .zip(populations.chunks(standard.len()))
        .map(|(counts, populations)| standardise(counts, populations, &shares, params))
        .collect())
}

fn standardise(
    counts: &[Option<f64>],
    populations: &[Option<f64>],
    shares: &[f64],
    params: &DirectStandardisationParams,
) -> Option<DirectRate> {
    let (mut cases, mut people, mut rate, mut variance) = (0.0, 0.0, 0.0, 0.0);
    let (mut largest, mut mean, mut mean_square, mut strata) = (0.0_f64, 0.0, 0.0, 0.0);
    for ((count, population), share) in counts.iter().zip(populations).zip(shares) {
        let (count, population) = count.zip(*population)?;
        cases += count;
        people += population;
        if *share == 0.0 {
            continue;
        }
        if population == 0.0 {
            return None;
        }
        let weight = share / population;
        rate += weight * count;
        variance += weight * weight * count;
        largest = largest.max(weight);
        mean += weight;
        mean_square += weight * weight;
        strata += 1.0;
    }
    let (more, more_variance) = match params.interval {
        GammaInterval::FayFeuer => (largest, largest * largest),
        GammaInterval::Tiwari => (mean / strata, mean_square / strata),
    };
    let tail = 0.5 * (1.0 - params.level);
    let limit = |mean: f64, variance: f64, probability: f64| {
        quantile(mean * mean / variance, mean / variance, probability)
    };
    Some(DirectRate {
        crude: cases / people,
        rate,
        variance,
        interval: Interval {
            low: if rate > 0.0 {
                limit(rate, variance, tail)
            } else {
                0.0
            },
            high: limit(rate + more, variance + more_variance, 1.0 - tail),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::poisson_interval;

    #[test]
    fn with_one_stratum_the_interval_is_garwoods() {
        let params = DirectStandardisationParams::new(0.95, GammaInterval::FayFeuer).unwrap();
        for count in [0_u32, 1, 7, 120] {
            let rates = directly_standardised_rates(
                &[Some(f64::from(count))],
                &[Some(1000.0)],
                &[5.0],
                &params,
            )
            .unwrap();
            let rate = rates[0].unwrap();
            let exact = poisson_interval(u64::from(count));
            assert!((rate.interval.low - exact.low / 1000.0).abs() < 1e-14);
            assert!((rate.interval.high - exact.high / 1000.0).abs() < 1e-14);
            assert_eq!(rate.rate, f64::from(count) / 1000.0);
        }
    }

    #[test]
    fn an_empty_stratum_leaves_the_rate_undefined() {
        let params = DirectStandardisationParams::new(0.95, GammaInterval::Tiwari).unwrap();
        let rates = |population: f64, share: f64| {
            directly_standardised_rates(
                &[Some(2.0), Some(0.0)],
                &[Some(100.0), Some(population)],
                &[1.0, share],
                &params,
            )
        };
        assert_eq!(rates(0.0, 1.0).unwrap(), [None]);
        assert!(rates(0.0, 0.0).unwrap()[0].is_some());
        assert!(rates(10.0, 1.0).unwrap()[0].is_some());
        assert!(rates(10.0, -1.0).is_err());
    }
}
