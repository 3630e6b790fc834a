//! Conditional permutation of Gi and Gi*.

use crate::StatsError;
use crate::permutation::{PermutationParams, Population, Reference, Summary, lag_references};
use crate::weights::SpatialWeights;

/// Reference distributions of the neighbours' sum Σ_{j≠i} w_ij x_j, which
/// serve Gi and Gi* alike: the unit's own value is held, so that both differ
/// from this sum by constants and have the same p-values (`G_*_psim` and
/// `Gstar_*_psim` of esda).
///
/// Large sums are hot spots, [`crate::significance::Alternative::Greater`].
/// For the ratio form divide the observed value and the mean by the total;
/// where that is negative, esda's sides are swapped.
///
/// The result is `None` where [`super::getis_ord()`] is, except that Gi* of a unit
/// whose neighbours are all other units has a z but no other permutation.
/// Cost: [`crate::permutation`].
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn getis_ord_permutation(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> Result<Vec<Option<Reference>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let references = lag_references(&population, all.mean, 0.0, permutation, |_| true);
    Ok(population.scatter(references))
}
