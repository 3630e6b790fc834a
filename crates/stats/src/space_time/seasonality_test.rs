//! Tests of seasonality of counts by harmonics.

use std::f64::consts::TAU;

use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::special::cholesky::Factor;
use crate::special::gamma::chi_square_upper;

/// A test of seasonality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonalityTest {
    /// Statistic.
    pub chi_square: f64,
    /// Two for each harmonic.
    pub degrees_of_freedom: usize,
    /// Upper tail.
    pub p: f64,
    /// Estimated amplitude of the first harmonic: the rate varies by this
    /// share above and below its mean.
    pub amplitude: f64,
    /// Where the first harmonic peaks, in periods from the middle of the
    /// first; below the number of periods.
    pub peak: f64,
}

/// Edwards' test of one cycle a year in counts by period of the year.
///
/// With k periods at angles θ_i = 2πi/k, S = Σ √N_i sin θ_i, C = Σ √N_i cos θ_i
/// and W = Σ √N_i, d = √(S² + C²)/W: amplitude 4d and statistic 8 N d², χ² with
/// 2 degrees of freedom. Edwards (1961), *Annals of Human Genetics* 25. It
/// supposes periods of equal length and exposure, and rejects too often below
/// about 50 cases; [`roger_test`] does neither.
///
/// # Errors
/// [`StatsError`] for fewer than 3 periods, a count that is negative or not
/// finite, or no cases.
pub fn edwards_test(counts: &[f64]) -> Result<SeasonalityTest, StatsError> {
    let total = checked_total(counts)?;
    let (mut sine, mut cosine, mut weight) = (0.0, 0.0, 0.0);
    for (index, count) in counts.iter().enumerate() {
        let angle = TAU * index as f64 / counts.len() as f64;
        sine += count.sqrt() * angle.sin();
        cosine += count.sqrt() * angle.cos();
        weight += count.sqrt();
    }
    let distance = sine.hypot(cosine) / weight;
    let chi_square = 8.0 * total * distance * distance;
    Ok(SeasonalityTest {
        chi_square,
        degrees_of_freedom: 2,
        p: chi_square_upper(chi_square, 2.0),
        amplitude: 4.0 * distance,
        peak: peak(sine, cosine, counts.len()),
    })
}

/// Roger's test, with exposure and any number of harmonics.
///
/// 1. Expected counts share the total by `exposure` (days × people of each
///    period of the year; `None` for equal ones).
/// 2. U = Σ (N_i − E_i)(sin hθ_i, cos hθ_i) for each harmonic h, V its
///    covariance under the multinomial distribution of N cases.
/// 3. Uᵀ V⁻¹ U is χ² with 2 degrees of freedom for each harmonic.
///
/// With equal exposures and one harmonic this is Roger (1977), *Biometrika*
/// 64: 2(S² + C²)/N with S = Σ N_i sin θ_i, C = Σ N_i cos θ_i: the score test,
/// efficient and valid for small counts. Cases that come in clusters are not
/// independent and make p too small.
///
/// # Errors
/// [`StatsError`] for fewer periods than 2 · harmonics + 1, no harmonics,
/// lengths that differ, numbers that are negative or not finite, no cases, or
/// exposure that leaves a harmonic without variance.
pub fn roger_test(
    counts: &[f64],
    exposure: Option<&[f64]>,
    harmonics: usize,
) -> Result<SeasonalityTest, StatsError> {
    const METHOD: &str = "Roger's test of seasonality";
    let total = checked_total(counts)?;
    let k = counts.len();
    if harmonics == 0 || harmonics > (k - 1) / 2 {
        return Err(StatsError::Parameter {
            what: "harmonics",
            value: harmonics as f64,
            expected: "at least one, and fewer than half the periods",
        });
    }
    let equal = vec![1.0; k];
    let exposure = exposure.unwrap_or(&equal);
    check_length("exposure", exposure.len(), k)?;
    check_all("exposure", exposure)?;
    let whole: f64 = exposure.iter().sum();
    let size = 2 * harmonics;
    let terms: Vec<Vec<f64>> = (0..k)
        .map(|index| {
            (1..=harmonics)
                .flat_map(|h| {
                    let angle = TAU * (h * index) as f64 / k as f64;
                    [angle.sin(), angle.cos()]
                })
                .collect()
        })
        .collect();
    let shares: Vec<f64> = exposure.iter().map(|e| e / whole).collect();
    let mean: Vec<f64> = (0..size)
        .map(|j| shares.iter().zip(&terms).map(|(p, t)| p * t[j]).sum())
        .collect();
    let mut score = vec![0.0; size];
    let mut covariance = vec![0.0; size * size];
    for ((count, share), term) in counts.iter().zip(&shares).zip(&terms) {
        for i in 0..size {
            score[i] += count * (term[i] - mean[i]);
            for j in 0..size {
                covariance[i * size + j] +=
                    total * share * (term[i] - mean[i]) * (term[j] - mean[j]);
            }
        }
    }
    // A harmonic with no variance of its own cannot be tested.
    let factor = Factor::new(size, 1e-12, |i, j| covariance[i * size + j])
        .map_err(|_| StatsError::NoFit { method: METHOD })?;
    let solved = factor.solve(&score);
    let chi_square: f64 = score.iter().zip(&solved).map(|(u, v)| u * v).sum();
    Ok(SeasonalityTest {
        chi_square,
        degrees_of_freedom: size,
        p: chi_square_upper(chi_square, size as f64),
        amplitude: solved[0].hypot(solved[1]),
        peak: peak(solved[0], solved[1], k),
    })
}

fn peak(sine: f64, cosine: f64, periods: usize) -> f64 {
    let turns = (sine.atan2(cosine) / TAU).rem_euclid(1.0);
    if turns < 1.0 {
        turns * periods as f64
    } else {
        0.0
    }
}

fn check_all(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    check_not_negative(what, &values.iter().copied().map(Some).collect::<Vec<_>>())
}

fn checked_total(counts: &[f64]) -> Result<f64, StatsError> {
    const METHOD: &str = "the test of seasonality";
    check_all("count", counts)?;
    if counts.len() < 3 {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: counts.len(),
            least: 3,
        });
    }
    let total: f64 = counts.iter().sum();
    if total > 0.0 {
        Ok(total)
    } else {
        Err(StatsError::Constant {
            what: "counts",
            method: METHOD,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_exposures_give_rogers_formula() {
        let counts = [
            10.0, 19.0, 18.0, 15.0, 11.0, 13.0, 7.0, 10.0, 13.0, 23.0, 15.0, 22.0,
        ];
        let (mut s, mut c) = (0.0_f64, 0.0_f64);
        for (i, n) in counts.iter().enumerate() {
            s += n * (TAU * i as f64 / 12.0).sin();
            c += n * (TAU * i as f64 / 12.0).cos();
        }
        let total: f64 = counts.iter().sum();
        let test = roger_test(&counts, None, 1).unwrap();
        assert!((test.chi_square - 2.0 * (s * s + c * c) / total).abs() < 1e-12);
        assert!((test.amplitude - 2.0 * s.hypot(c) / total).abs() < 1e-12);
        assert!((test.p - (-test.chi_square / 2.0).exp()).abs() < 1e-12);
    }

    #[test]
    fn a_planted_season_is_found_where_it_peaks() {
        let counts: Vec<f64> = (0..12)
            .map(|i| 1000.0 * (1.0 + 0.3 * (TAU * (f64::from(i) - 4.0) / 12.0).cos()))
            .collect();
        for test in [edwards_test(&counts), roger_test(&counts, None, 1)] {
            let test = test.unwrap();
            assert!((test.peak - 4.0).abs() < 0.05, "{test:?}");
            assert!((test.amplitude - 0.3).abs() < 0.01, "{test:?}");
            assert!(test.p < 1e-9);
        }
    }

    #[test]
    fn no_cases_and_too_many_harmonics_are_refused() {
        assert!(edwards_test(&[0.0; 12]).is_err());
        assert!(roger_test(&[1.0; 4], None, 2).is_err());
        assert!(roger_test(&[1.0; 4], None, 0).is_err());
        assert!(roger_test(&[1.0, 2.0, 3.0], Some(&[1.0, 0.0, 0.0]), 1).is_err());
        assert!(edwards_test(&[1.0, f64::NAN, 2.0]).is_err());
    }
}
