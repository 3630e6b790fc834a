//! Getis-Ord Gi and Gi*.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_finite, check_length};
use crate::normal;
use crate::weights::SpatialWeights;

/// Whether a unit belongs to its own neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfNeighbour {
    /// Gi*: the unit counts with weight 1.
    Included,
    /// Gi: the unit is left out, also from the mean and variance.
    Excluded,
}

/// Parameters of [`getis_ord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetisOrdParams {
    /// Gi* or Gi.
    pub self_neighbour: SelfNeighbour,
}

impl GetisOrdParams {
    /// Gi*, the statistic of hotspot maps.
    #[must_use]
    pub fn star() -> Self {
        Self {
            self_neighbour: SelfNeighbour::Included,
        }
    }
}

/// Gi or Gi* of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GetisOrd {
    /// Standard deviate: how far the neighbourhood's sum lies from what a
    /// random arrangement of the same values gives.
    pub z: f64,
    /// Two-sided p-value under the normal approximation.
    pub p: f64,
    /// Neighbours with a value, the unit itself not counted.
    pub neighbours: usize,
}

/// Getis-Ord Gi or Gi* with binary weights.
///
/// Ord & Getis (1995), *Geographical Analysis* 27, eq. 5 and 8. Over the n
/// units with a value, with mean x̄ and variance s² = Σx²/n − x̄² (divisor n),
/// and w neighbours in the neighbourhood, the unit included:
///
/// Gi* z = (Σ_j x_j − w·x̄) / (s · √((n·w − w²)/(n − 1)))
///
/// Gi leaves unit i out of the sum, the mean and the variance:
///
/// Gi z = (Σ_{j≠i} x_j − w·x̄₍ᵢ₎) / (s₍ᵢ₎ · √(((n−1)·w − w²)/(n − 2)))
///
/// z does not depend on row standardisation, which cancels.
///
/// `None` units (no value) are left out altogether: from mean and variance and
/// as neighbours. The result is `None` for them, for a unit without any
/// neighbour that has a value (an island says nothing of clustering), for a
/// neighbourhood that holds all units, and where all values are equal.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn getis_ord(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &GetisOrdParams,
) -> Result<Vec<Option<GetisOrd>>, StatsError> {
    check_length("values", values.len(), weights.len())?;
    check_finite("value", values)?;
    let n = values.iter().flatten().count() as f64;
    // Moments about a shift near the mean, so that large values with little
    // spread keep their digits.
    let shift = values.iter().flatten().sum::<f64>() / n.max(1.0);
    let sum: f64 = values.iter().flatten().map(|x| x - shift).sum();
    let squares: f64 = values.iter().flatten().map(|x| (x - shift).powi(2)).sum();
    let largest = values
        .iter()
        .flatten()
        .fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let moments = Moments {
        n,
        shift,
        sum,
        squares,
        least_variance: (largest * 1e-12).powi(2),
    };
    Ok((0..values.len())
        .into_par_iter()
        .map(|unit| local(unit, values, weights, params, &moments))
        .collect())
}

struct Moments {
    n: f64,
    shift: f64,
    sum: f64,
    squares: f64,
    /// Below this the spread is rounding, not variation.
    least_variance: f64,
}

fn local(
    unit: usize,
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &GetisOrdParams,
    all: &Moments,
) -> Option<GetisOrd> {
    let own = values[unit]? - all.shift;
    let mut total = 0.0;
    let mut neighbours = 0_usize;
    for value in weights.neighbours(unit).filter_map(|other| values[other]) {
        total += value - all.shift;
        neighbours += 1;
    }
    if neighbours == 0 {
        return None;
    }
    let (n, sum, squares, w) = match params.self_neighbour {
        SelfNeighbour::Included => {
            total += own;
            (all.n, all.sum, all.squares, neighbours as f64 + 1.0)
        }
        SelfNeighbour::Excluded => (
            all.n - 1.0,
            all.sum - own,
            all.squares - own * own,
            neighbours as f64,
        ),
    };
    let mean = sum / n;
    let variance = squares / n - mean * mean;
    let room = (n * w - w * w) / (n - 1.0);
    if variance <= all.least_variance || room.is_nan() || room <= 0.0 {
        return None;
    }
    let z = (total - w * mean) / (variance * room).sqrt();
    Some(GetisOrd {
        z,
        p: normal::two_sided(z),
        neighbours,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(n: usize) -> SpatialWeights {
        SpatialWeights::from_lists((0..n).map(|i| vec![(i + 1) % n, (i + n - 1) % n]).collect())
            .unwrap()
    }

    fn star(values: &[Option<f64>], weights: &SpatialWeights) -> Vec<Option<GetisOrd>> {
        getis_ord(values, weights, &GetisOrdParams::star()).unwrap()
    }

    proptest! {
        #[test]
        fn z_is_the_definition_written_out(x in prop::collection::vec(0.0..100.0f64, 5..30)) {
            let n = x.len() as f64;
            let mean = x.iter().sum::<f64>() / n;
            let s = (x.iter().map(|v| v * v).sum::<f64>() / n - mean * mean).sqrt();
            prop_assume!(s > 1e-6);
            let values: Vec<_> = x.iter().copied().map(Some).collect();
            let results = star(&values, &ring(x.len()));
            for i in 0..x.len() {
                let near = x[i] + x[(i + 1) % x.len()] + x[(i + x.len() - 1) % x.len()];
                let z = (near - 3.0 * mean) / (s * ((n * 3.0 - 9.0) / (n - 1.0)).sqrt());
                prop_assert!((results[i].unwrap().z - z).abs() < 1e-8 * (1.0 + z.abs()));
            }
        }

        #[test]
        fn z_does_not_change_with_scale_and_offset(
            x in prop::collection::vec(0.0..100.0f64, 5..30),
            scale in 0.1..1000.0f64,
            offset in -1e6..1e6f64,
        ) {
            prop_assume!(x.iter().any(|v| (v - x[0]).abs() > 1.0));
            let plain: Vec<_> = x.iter().copied().map(Some).collect();
            let moved: Vec<_> = x.iter().map(|v| Some(v * scale + offset)).collect();
            let weights = ring(x.len());
            for (a, b) in star(&plain, &weights).iter().zip(star(&moved, &weights)) {
                prop_assert!((a.unwrap().z - b.unwrap().z).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn constant_values_islands_and_gaps_are_undefined() {
        assert!(star(&[Some(0.1); 7], &ring(7)).iter().all(Option::is_none));
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![0], vec![], vec![2]]).unwrap();
        let results = star(&[Some(1.0), None, Some(2.0), Some(5.0)], &weights);
        assert!(results[0].is_none(), "its only neighbour has no value");
        assert!(results[1].is_none(), "it has no value");
        assert!(results[2].is_none(), "it is an island");
        assert!(results[3].is_some());
    }
}
