//! Getis-Ord Gi and Gi*.

use rayon::prelude::*;

use crate::StatsError;
use crate::normal;
use crate::permutation::{Population, Summary};
use crate::weights::SpatialWeights;

/// Whether a unit belongs to its own neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfNeighbour {
    /// Gi*: the unit counts, with its self-weight where the weights have any,
    /// else with the largest weight of its row (1 if the weights are binary).
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

    /// Gi, which asks of the surroundings alone.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            self_neighbour: SelfNeighbour::Excluded,
        }
    }
}

/// Gi or Gi* of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GetisOrd {
    /// Standard deviate: how far the neighbourhood's sum lies from what a
    /// random arrangement of the same values gives.
    pub z: f64,
    /// Neighbours with a value, the unit itself not counted.
    pub neighbours: usize,
}

impl GetisOrd {
    /// Two-sided p-value under the normal approximation. Worked out when
    /// asked for: it takes longer than z itself.
    #[must_use]
    pub fn p(&self) -> f64 {
        normal::two_sided(self.z)
    }
}

/// Gi or Gi* as Getis & Ord (1992), *Geographical Analysis* 24, define it: the
/// share of the total that lies in the neighbourhood. Meaningful for values
/// with a natural zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GetisOrdRatio {
    /// Σ_j w_ij x_j / Σ_j x_j; Gi leaves x_i out of both.
    pub statistic: f64,
    /// Its expectation under random arrangement, W/n.
    pub expectation: f64,
    /// Its variance under random arrangement.
    pub variance: f64,
}

/// Getis-Ord Gi or Gi*.
///
/// Ord & Getis (1995), *Geographical Analysis* 27, eq. 5 and 8. Over the n
/// units with a value, with mean x̄ and variance s² = Σx²/n − x̄² (divisor n),
/// W = Σ_j w_ij and S = Σ_j w_ij², the unit itself included:
///
/// Gi* z = (Σ_j w_ij x_j − W·x̄) / (s · √((n·S − W²)/(n − 1)))
///
/// Gi leaves unit i out of the sums, the mean and the variance, and has n − 1
/// for n. With binary weights S = W is the number of neighbours.
///
/// z does not depend on row standardisation, which cancels: W² and S both
/// scale. esda's z for row-standardised weights puts W for S and differs; its
/// z for binary weights, and spdep's for any, are the ones here. The share of
/// the total, which does scale with the weights, is [`getis_ord_ratio`].
///
/// `None` units (no value) are left out altogether: from mean and variance and
/// as neighbours. The result is `None` for them, for a unit without any
/// neighbour that has a value (an island says nothing of clustering; spdep and
/// esda report Gi* of the island alone), for a neighbourhood that holds all
/// units with equal weights, and where all values are equal.
///
/// O(n + links); the inner loop reads plain floating-point numbers.
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn getis_ord(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &GetisOrdParams,
) -> Result<Vec<Option<GetisOrd>>, StatsError> {
    each(values, weights, |row, all, centred| {
        let parts = row.parts(params.self_neighbour, all, centred)?;
        Some(GetisOrd {
            z: parts.deviation / (parts.variance * parts.room).sqrt(),
            neighbours: row.neighbours,
        })
    })
}

/// Gi or Gi* as the share of the total that lies in the neighbourhood, with
/// its moments: the form of Getis & Ord (1992), which esda and GeoDa report.
///
/// For row-standardised Gi* set the self-weight first,
/// `weights.with_self_weight(1.0)?.row_standardised()`. `None` where
/// [`getis_ord`] is, and where the values sum to 0, so that there is no share.
/// O(n + links).
///
/// # Errors
/// [`StatsError`] if the lengths differ or a value is not finite.
pub fn getis_ord_ratio(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    params: &GetisOrdParams,
) -> Result<Vec<Option<GetisOrdRatio>>, StatsError> {
    each(values, weights, |row, all, centred| {
        let parts = row.parts(params.self_neighbour, all, centred)?;
        let level = all.mean + parts.mean;
        let share = 1.0 / (parts.n * level);
        (level != 0.0).then(|| GetisOrdRatio {
            statistic: (parts.total + parts.weight * all.mean) * share,
            expectation: parts.weight / parts.n,
            variance: parts.variance * parts.room * share * share,
        })
    })
}

/// Works out something for each unit that has a value.
fn each<T: Clone + Send>(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    of: impl Fn(&Neighbourhood, &Summary, &[f64]) -> Option<T> + Sync,
) -> Result<Vec<Option<T>>, StatsError> {
    let population = Population::new(values, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let centred: Vec<f64> = population.values.iter().map(|x| x - all.mean).collect();
    let results = (0..population.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            of(
                &Neighbourhood::new(unit, &centred, &population),
                &all,
                &centred,
            )
        })
        .collect();
    Ok(population.scatter(results))
}

/// Sums over one unit's neighbours, itself left out.
struct Neighbourhood {
    unit: usize,
    neighbours: usize,
    /// Σ w (x − x̄).
    total: f64,
    /// Σ w.
    weight: f64,
    /// Σ w².
    squares: f64,
    /// Weight of the unit on itself.
    own_weight: f64,
}

impl Neighbourhood {
    fn new(unit: usize, centred: &[f64], population: &Population<'_>) -> Self {
        let row = population.row(unit);
        let neighbours = row.neighbours.len();
        let (mut total, mut weight, mut squares, mut largest) = (0.0, 0.0, 0.0, 0.0_f64);
        if let Some(weights) = row.weights {
            for (neighbour, w) in row.neighbours.iter().zip(weights) {
                total += w * centred[*neighbour as usize];
                weight += w;
                squares += w * w;
                largest = largest.max(*w);
            }
        } else {
            for neighbour in row.neighbours {
                total += centred[*neighbour as usize];
            }
            weight = neighbours as f64;
            squares = weight;
            largest = 1.0;
        }
        Self {
            unit,
            neighbours,
            total,
            weight,
            squares,
            own_weight: population.self_weight(unit).unwrap_or(largest),
        }
    }

    /// What both forms are made of; `None` where they are undefined.
    fn parts(
        &self,
        self_neighbour: SelfNeighbour,
        all: &Summary,
        centred: &[f64],
    ) -> Option<Parts> {
        if self.neighbours == 0 || self.weight <= 0.0 {
            return None;
        }
        let own = centred[self.unit];
        let (n, mean, spread, total, weight, squares) = match self_neighbour {
            SelfNeighbour::Included => (
                all.n,
                0.0,
                all.squares,
                self.total + self.own_weight * own,
                self.weight + self.own_weight,
                self.squares + self.own_weight * self.own_weight,
            ),
            SelfNeighbour::Excluded => {
                let mean = -own / (all.n - 1.0);
                (
                    all.n - 1.0,
                    mean,
                    all.squares_without(own, centred, self.unit),
                    self.total,
                    self.weight,
                    self.squares,
                )
            }
        };
        let variance = spread / n;
        let room = (n * squares - weight * weight) / (n - 1.0);
        // Rounding may leave a little where the neighbourhood is everything.
        let no_room = room.is_nan() || room <= 1e-12 * squares;
        if no_room || variance <= 0.0 {
            return None;
        }
        Some(Parts {
            n,
            mean,
            total,
            weight,
            deviation: total - weight * mean,
            variance,
            room,
        })
    }
}

/// The neighbourhood's sum and what it is compared with; values are centred
/// at the mean of all.
struct Parts {
    /// Units that the moments are taken over.
    n: f64,
    /// Their mean.
    mean: f64,
    /// Σ w (x − x̄).
    total: f64,
    /// Σ w.
    weight: f64,
    /// Σ w (x − x̄) less its expectation.
    deviation: f64,
    /// Variance of the values.
    variance: f64,
    /// (n Σw² − (Σw)²)/(n − 1).
    room: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::ring;

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
            let results = star(&values, &ring(x.len(), 1));
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
            let weights = ring(x.len(), 1);
            for (a, b) in star(&plain, &weights).iter().zip(star(&moved, &weights)) {
                prop_assert!((a.unwrap().z - b.unwrap().z).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn z_does_not_depend_on_row_standardisation() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0].map(Some);
        let binary = ring(8, 1);
        for params in [GetisOrdParams::star(), GetisOrdParams::plain()] {
            let plain = getis_ord(&x, &binary, &params).unwrap();
            for weights in [
                binary.row_standardised(),
                binary
                    .clone()
                    .with_self_weight(1.0)
                    .unwrap()
                    .row_standardised(),
            ] {
                for (a, b) in plain.iter().zip(getis_ord(&x, &weights, &params).unwrap()) {
                    assert!((a.unwrap().z - b.unwrap().z).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn an_outlier_left_out_leaves_the_spread_of_the_others() {
        let mut x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(Some);
        let without = |x: &[Option<f64>]| {
            getis_ord(x, &ring(7, 1), &GetisOrdParams::plain()).unwrap()[0]
                .unwrap()
                .z
        };
        let z = without(&x);
        x[0] = Some(1e9);
        assert!((without(&x) - z).abs() < 1e-9);
    }

    #[test]
    fn the_ratio_form_has_the_same_deviate() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0].map(Some);
        for params in [GetisOrdParams::star(), GetisOrdParams::plain()] {
            let deviates = getis_ord(&x, &ring(8, 1), &params).unwrap();
            let ratios = getis_ord_ratio(&x, &ring(8, 1), &params).unwrap();
            for (g, ratio) in deviates.into_iter().zip(ratios) {
                let (g, ratio) = (g.unwrap(), ratio.unwrap());
                let z = (ratio.statistic - ratio.expectation) / ratio.variance.sqrt();
                assert!((z - g.z).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn constant_values_islands_and_gaps_are_undefined() {
        assert!(
            star(&[Some(0.1); 7], &ring(7, 1))
                .iter()
                .all(Option::is_none)
        );
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![0], vec![], vec![2]]).unwrap();
        let results = star(&[Some(1.0), None, Some(2.0), Some(5.0)], &weights);
        assert!(results[0].is_none(), "its only neighbour has no value");
        assert!(results[1].is_none(), "it has no value");
        assert!(results[2].is_none(), "it is an island");
        assert!(results[3].is_some());
    }
}
