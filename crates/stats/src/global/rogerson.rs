//! Rogerson's R.

use super::cases::Cases;
use super::count_form::{CountForm, Form, test};
use super::permutation::Permutations;
use crate::StatsError;
use crate::error::check_length;
use crate::weights::SpatialWeights;

/// Rogerson's R: a spatial χ², the sum of a test of homogeneity and of the
/// products of neighbouring excesses.
///
/// Rogerson (1999), *Geographical Analysis* 31: with shares r of cases,
/// expected shares p and closeness w_ij,
///
/// R = Σ_ij w_ij (r_i − p_i)(r_j − p_j)/√(p_i p_j).
///
/// It is Tango's index ([`tango_index`](super::tango_index)) with closeness
/// w_ij/√(p_i p_j), so that small places weigh as much as large ones; null
/// distribution, simulations, cost and errors are those of that method.
///
/// # Errors
/// As [`tango_index`](super::tango_index).
pub fn rogerson_r(
    cases: &[Option<f64>],
    expected: &[Option<f64>],
    closeness: &SpatialWeights,
    simulations: Option<Permutations>,
) -> Result<CountForm, StatsError> {
    check_length("closeness", closeness.len(), cases.len())?;
    let cases = Cases::new("Rogerson's R", cases, expected)?;
    let p = &cases.shares;
    let form = Form::new(closeness, &cases.units, |row, column| {
        1.0 / (p[row] * p[column]).sqrt()
    });
    test(&form, &cases, simulations)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without neighbours N·R is Pearson's χ² with n − 1 degrees of freedom.
    #[test]
    fn without_neighbours_it_is_pearsons_chi_square() {
        let cases: Vec<_> = (0..9).map(|i| Some(f64::from((i * 5) % 7))).collect();
        let expected: Vec<_> = (0..9).map(|i| Some(f64::from(1 + i % 4))).collect();
        let alone = SpatialWeights::from_lists(vec![Vec::new(); 9])
            .unwrap()
            .with_self_weight(1.0)
            .unwrap();
        let result = rogerson_r(&cases, &expected, &alone, None).unwrap();
        let total: f64 = cases.iter().flatten().sum();
        let people: f64 = expected.iter().flatten().sum();
        let pearson: f64 = cases
            .iter()
            .flatten()
            .zip(expected.iter().flatten())
            .map(|(y, n)| (y - n * total / people).powi(2) / (n * total / people))
            .sum();
        assert!((total * result.statistic - pearson).abs() < 1e-9);
        assert!((result.degrees_of_freedom - 8.0).abs() < 1e-9);
        assert!((result.chi_square - pearson).abs() < 1e-9);
    }
}
