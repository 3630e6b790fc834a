//! Expected counts from reference rates (indirect standardisation).

use super::stratified::{check_strata, check_table};
use crate::StatsError;
use crate::error::check_length;

/// Rate of each stratum (age band, sex …) over all units:
/// Σ_units count / Σ_units population.
///
/// Tables hold one row of `strata` cells for each unit. A unit with a missing
/// cell is left out of all strata, so that all rates rest on the same units.
/// `None` for a stratum without anybody.
///
/// # Errors
/// [`StatsError`] if the tables differ in length, do not divide into strata,
/// or hold a number that is negative or not finite.
pub fn stratum_rates(
    counts: &[Option<f64>],
    populations: &[Option<f64>],
    strata: usize,
) -> Result<Vec<Option<f64>>, StatsError> {
    check_length("populations", populations.len(), counts.len())?;
    check_table("count", counts, strata)?;
    check_table("population", populations, strata)?;
    let mut sums = vec![(0.0, 0.0); strata];
    for (counts, populations) in counts.chunks(strata).zip(populations.chunks(strata)) {
        let row: Option<Vec<(f64, f64)>> = counts
            .iter()
            .zip(populations)
            .map(|(count, population)| count.zip(*population))
            .collect();
        for (sum, (count, population)) in sums.iter_mut().zip(row.into_iter().flatten()) {
            sum.0 += count;
            sum.1 += population;
        }
    }
    Ok(sums
        .into_iter()
        .map(|(count, population)| (population > 0.0).then(|| count / population))
        .collect())
}

/// Counts expected in each unit if its strata had the reference rates:
/// Σ_strata population · rate.
///
/// Breslow & Day (1987), *Statistical Methods in Cancer Research* II, section
/// 2.3. Reference rates come from outside or from [`stratum_rates`]; with the
/// latter the expected counts sum to the observed. `populations` holds one row
/// for each unit with one cell for each reference rate. Divide the observed
/// counts by the result with [`super::standardised_ratios`].
///
/// `None` for a unit with a missing cell. (`expected` of the R package
/// SpatialEpi gives the same figures from its own internal rates.)
///
/// # Errors
/// [`StatsError`] if the table does not divide into strata, there is no
/// stratum, or a number is negative or not finite.
pub fn expected_counts(
    populations: &[Option<f64>],
    reference_rates: &[f64],
) -> Result<Vec<Option<f64>>, StatsError> {
    check_strata("reference rate", reference_rates)?;
    check_table("population", populations, reference_rates.len())?;
    Ok(populations
        .chunks(reference_rates.len())
        .map(|row| {
            row.iter()
                .zip(reference_rates)
                .map(|(population, rate)| population.map(|n| n * rate))
                .sum()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn with_internal_rates_the_expected_sum_to_the_observed(
            data in prop::collection::vec((0..50_u32, 1..5000_u32), 24)
        ) {
            let counts: Vec<_> = data.iter().map(|(y, _)| Some(f64::from(*y))).collect();
            let populations: Vec<_> = data.iter().map(|(_, n)| Some(f64::from(*n))).collect();
            let rates: Vec<f64> = stratum_rates(&counts, &populations, 3)
                .unwrap()
                .into_iter()
                .map(Option::unwrap)
                .collect();
            let expected: f64 = expected_counts(&populations, &rates)
                .unwrap()
                .into_iter()
                .map(Option::unwrap)
                .sum();
            let observed: f64 = counts.iter().flatten().sum();
            prop_assert!((expected - observed).abs() < 1e-9 * (1.0 + observed));
        }
    }

    #[test]
    fn a_missing_stratum_leaves_the_unit_undefined() {
        let table = [Some(100.0), None, Some(100.0), Some(10.0)];
        let expected = expected_counts(&table, &[0.01, 0.1]).unwrap();
        assert_eq!(expected, [None, Some(2.0)]);
        let rates = stratum_rates(&[Some(9.0), Some(9.0), Some(1.0), Some(5.0)], &table, 2);
        assert_eq!(rates.unwrap(), [Some(0.01), Some(0.5)]);
        assert!(expected_counts(&table[..3], &[0.01, 0.1]).is_err());
        assert!(expected_counts(&table, &[]).is_err());
    }
}
