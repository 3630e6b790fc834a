//! Tango's index of clustering.

use super::cases::Cases;
use super::count_form::{CountForm, Form, test};
use super::permutation::Permutations;
use crate::StatsError;
use crate::error::{check_length, check_positive};
use crate::weights::{Position, SpatialWeights};

/// Tango's index: whether cases cluster, given the population or expected
/// counts.
///
/// Tango (1995), *Statistics in Medicine* 14. With shares r of the N cases,
/// expected shares p, and closeness a_ij with a_ii = 1:
///
/// 1. C = Σ_ij a_ij (r_i − p_i)(r_j − p_j).
/// 2. Mean, variance and skewness of C if cases fall at random; C fits a χ²
///    shifted and scaled, with ν = 8/skewness² degrees of freedom.
/// 3. If asked for, C of N cases allotted at random (multinomial), which is
///    to be preferred with few cases.
///
/// Closeness comes as weights with self-weights, for instance from
/// [`exponential_closeness`]. It must be large nearby and small far away, and
/// is made symmetric by averaging both directions. p is one-sided: large C
/// means clusters.
///
/// With n units O(n²) memory and O(n³) time for a full matrix, on all threads,
/// and O(n²) for each simulation. Units without cases or expectation given,
/// or with nothing expected, are left out. `tango.stat` of R's `DCluster`
/// gives the same test.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative or not finite,
/// there are no cases, cases where none are expected, fewer than two units, a
/// closeness that is the same for all pairs, or (for simulations) cases that
/// are not whole.
pub fn tango_index(
    cases: &[Option<f64>],
    expected: &[Option<f64>],
    closeness: &SpatialWeights,
    simulations: Option<Permutations>,
) -> Result<CountForm, StatsError> {
    check_length("closeness", closeness.len(), cases.len())?;
    let cases = Cases::new("Tango's index", cases, expected)?;
    let form = Form::new(closeness, &cases.units, |_, _| 1.0);
    test(&form, &cases, simulations)
}

/// Closeness a_ij = exp(−d_ij/λ) of Tango (1995) by great-circle distance d,
/// with a_ii = 1 as self-weight. λ, `scale_m`, says how wide a cluster is
/// looked for: at 3λ closeness is 5 %.
///
/// Pairs farther than 36λ, whose closeness is below the rounding of 1, have no
/// link. Units without a position are close to themselves alone. O(n²).
///
/// # Errors
/// [`StatsError::Parameter`] for a scale that is not finite and above zero.
pub fn exponential_closeness(
    positions: &[Option<Position>],
    scale_m: f64,
) -> Result<SpatialWeights, StatsError> {
    check_positive("scale_m", scale_m)?;
    let lists = positions
        .iter()
        .enumerate()
        .map(|(unit, from)| {
            let mut list = vec![(unit, 1.0)];
            let Some(from) = from else { return list };
            for (other, to) in positions.iter().enumerate() {
                let Some(to) = to.as_ref().filter(|_| other != unit) else {
                    continue;
                };
                let scales = from.great_circle_m(*to) / scale_m;
                if scales <= 36.0 {
                    list.push((other, (-scales).exp()));
                }
            }
            list
        })
        .collect();
    SpatialWeights::from_weighted_lists(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::EARTH_RADIUS_M;

    #[test]
    fn closeness_falls_with_distance() {
        let at = |latitude, longitude| {
            Some(Position {
                latitude,
                longitude,
            })
        };
        let positions = [at(0.0, 0.0), at(0.0, 1.0), None, at(0.0, 90.0)];
        let closeness = exponential_closeness(&positions, 100_000.0).unwrap();
        assert_eq!(closeness.self_weight(2), 1.0);
        let degree = EARTH_RADIUS_M.to_radians();
        let expected = (-degree / 100_000.0).exp();
        assert!((closeness.weight(0, 1).unwrap() - expected).abs() < 1e-12);
        assert_eq!(closeness.weight(0, 3), None);
        assert!(exponential_closeness(&positions, 0.0).is_err());
    }

    /// With no closeness between units, N·C/p̄ is Pearson's χ² where all shares
    /// are equal: mean (n − 1)/n/N·(1) and skewness √(8/(n − 1)).
    #[test]
    fn without_neighbours_it_is_a_test_of_homogeneity() {
        let n = 11;
        let cases: Vec<_> = (0..n).map(|i| Some(f64::from((i * 5) % 7))).collect();
        let expected = vec![Some(2.0); 11];
        let alone = SpatialWeights::from_lists(vec![Vec::new(); 11])
            .unwrap()
            .with_self_weight(1.0)
            .unwrap();
        let result = tango_index(&cases, &expected, &alone, None).unwrap();
        let total: f64 = cases.iter().flatten().sum();
        let pearson: f64 = cases
            .iter()
            .flatten()
            .map(|y| (y - total / 11.0).powi(2) / (total / 11.0))
            .sum();
        assert!((result.degrees_of_freedom - 10.0).abs() < 1e-9);
        assert!((result.chi_square - pearson).abs() < 1e-9);
    }
}
