//! Local Moran's I of rates.

use super::{LocalMoran, LocalMoranParams, local_moran, local_moran_permutation};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::permutation::{PermutationParams, Reference};
use crate::weights::SpatialWeights;

/// Deviates of rates from the overall rate, each divided by the standard
/// deviation that its own exposure lets one expect.
///
/// Assunção & Reis (1999), *Statistics in Medicine* 18, 2147–2162. With rates
/// p_i = y_i/e_i, overall rate b = Σy/Σe, s² = Σ e_i (p_i − b)²/Σe and
/// a = s² − b/(Σe/n):
///
/// z_i = (p_i − b)/√(a + b/e_i), and √(b/e_i) where a + b/e_i is negative, as
/// in GeoDa and spdep's `EBImoran`; esda divides by the root of the negative
/// number.
///
/// `None` without count or exposure, with exposure 0, and where no event was
/// counted at all.
///
/// # Errors
/// [`StatsError`] if the lengths differ or an input is negative or not finite.
pub fn rate_deviates(
    events: &[Option<f64>],
    exposures: &[Option<f64>],
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("exposures", exposures.len(), events.len())?;
    check_not_negative("events", events)?;
    check_not_negative("exposure", exposures)?;
    let pairs = || {
        events
            .iter()
            .zip(exposures)
            .map(|(y, e)| (*y).zip(e.filter(|e| *e > 0.0)))
    };
    let (mut count, mut y_sum, mut e_sum) = (0.0, 0.0, 0.0);
    for (y, e) in pairs().flatten() {
        count += 1.0;
        y_sum += y;
        e_sum += e;
    }
    let rate = y_sum / e_sum;
    if rate.is_nan() || rate <= 0.0 || rate.is_infinite() {
        return Ok(vec![None; events.len()]);
    }
    let squares: f64 = pairs()
        .flatten()
        .map(|(y, e)| e * (y / e - rate).powi(2))
        .sum();
    let between = squares / e_sum - rate / (e_sum / count);
    Ok(pairs()
        .map(|pair| {
            let (y, e) = pair?;
            let variance = between + rate / e;
            let variance = if variance < 0.0 { rate / e } else { variance };
            let deviate = (y / e - rate) / variance.sqrt();
            deviate.is_finite().then_some(deviate)
        })
        .collect())
}

/// Local Moran's I of rates with unequal exposure: [`local_moran()`] of
/// [`rate_deviates`]. `Moran_Local_Rate` of esda, `local_moran_eb` of GeoDa.
///
/// # Errors
/// [`StatsError`] if the lengths differ or an input is negative or not finite.
pub fn local_moran_rate(
    events: &[Option<f64>],
    exposures: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalMoranParams,
) -> Result<Vec<Option<LocalMoran>>, StatsError> {
    local_moran(&rate_deviates(events, exposures)?, weights, params)
}

/// Reference distributions of [`local_moran_rate`] by conditional permutation
/// of the deviates.
///
/// # Errors
/// [`StatsError`] if the lengths differ or an input is negative or not finite.
pub fn local_moran_rate_permutation(
    events: &[Option<f64>],
    exposures: &[Option<f64>],
    weights: &SpatialWeights,
    params: &LocalMoranParams,
    permutation: &PermutationParams,
) -> Result<Vec<Option<Reference>>, StatsError> {
    let deviates = rate_deviates(events, exposures)?;
    local_moran_permutation(&deviates, weights, params, permutation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_variance_falls_back_to_the_poisson_one() {
        // Equal rates leave less spread than chance would make.
        let events = [10.0, 20.0, 31.0].map(Some);
        let exposures = [100.0, 200.0, 300.0].map(Some);
        let deviates = rate_deviates(&events, &exposures).unwrap();
        let rate: f64 = 61.0 / 600.0;
        let expected = (31.0 / 300.0 - rate) / (rate / 300.0).sqrt();
        assert!((deviates[2].unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn no_exposure_and_no_event_are_undefined() {
        let exposures = [0.0, 5.0, 5.0].map(Some);
        let deviates = rate_deviates(&[Some(0.0), Some(1.0), None], &exposures).unwrap();
        assert!(deviates[0].is_none() && deviates[2].is_none());
        let none = rate_deviates(&[Some(0.0); 3], &[Some(9.0); 3]).unwrap();
        assert_eq!(none, [None; 3]);
        assert!(rate_deviates(&[Some(-1.0); 3], &[Some(9.0); 3]).is_err());
    }
}
