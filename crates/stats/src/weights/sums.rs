//! Sums of the weights that the moments of global statistics need.

use super::SpatialWeights;

/// S0, S1 and S2 of a weights matrix.
///
/// Cliff & Ord (1981), *Spatial Processes*, ch. 1: the moments of Moran's I,
/// Geary's c, the join counts and the global G under a null hypothesis are
/// functions of these three and of the values alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightSums {
    /// Sum of all weights: Σ_i Σ_j w_ij.
    pub s0: f64,
    /// ½ Σ_i Σ_j (w_ij + w_ji)². The same number is the trace of WᵀW + WW.
    pub s1: f64,
    /// Σ_i (Σ_j w_ij + Σ_j w_ji)²: row and column sum of each unit, squared.
    pub s2: f64,
}

impl SpatialWeights {
    /// S0, S1 and S2. Self-weights count where they are set, as in spdep and
    /// esda; take them off for statistics that are defined without them.
    ///
    /// 1. Walk the rows upward; for the link i→j the entry of the reverse link
    ///    j→i is found by a mark in row j that only moves forward.
    /// 2. S1 is gathered as Σ w_ij (w_ij + w_ji), which is the same sum.
    ///
    /// O(units + links), one pass, sums in a fixed order. All three are 0 where
    /// there is no link: a statistic must then say that it is undefined.
    #[must_use]
    pub fn sums(&self) -> WeightSums {
        let mut marks = vec![0_usize; self.len()];
        let mut columns = vec![0.0; self.len()];
        let mut rows = vec![0.0; self.len()];
        let (mut s0, mut s1) = (0.0, 0.0);
        for unit in 0..self.len() {
            let own = self.self_weight(unit);
            let mut sum = own;
            s1 += 2.0 * own * own;
            columns[unit] += own;
            for (neighbour, weight) in self.weighted(unit) {
                let row = self.row(neighbour);
                let mark = &mut marks[neighbour];
                while row
                    .neighbours
                    .get(*mark)
                    .is_some_and(|other| (*other as usize) < unit)
                {
                    *mark += 1;
                }
                let is_mutual = row
                    .neighbours
                    .get(*mark)
                    .is_some_and(|other| *other as usize == unit);
                let reverse = match row.weights {
                    _ if !is_mutual => 0.0,
                    Some(weights) => weights[*mark],
                    None => 1.0,
                };
                s1 += weight * (weight + reverse);
                columns[neighbour] += weight;
                sum += weight;
            }
            rows[unit] = sum;
            s0 += sum;
        }
        let s2 = rows
            .iter()
            .zip(&columns)
            .map(|(row, column)| (row + column) * (row + column))
            .sum();
        WeightSums { s0, s1, s2 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn sums_are_the_definitions_on_the_dense_matrix(
            cells in prop::collection::vec((0.0..3.0f64, any::<bool>()), 49),
        ) {
            let dense: Vec<Vec<f64>> = cells
                .chunks(7)
                .map(|row| row.iter().map(|(w, there)| if *there { *w } else { 0.0 }).collect())
                .collect();
            let lists = dense
                .iter()
                .map(|row| row.iter().copied().enumerate().filter(|(_, w)| *w > 0.0).collect())
                .collect();
            let sums = SpatialWeights::from_weighted_lists(lists).unwrap().sums();
            let (mut s0, mut s1, mut s2) = (0.0, 0.0, 0.0);
            for (i, row) in dense.iter().enumerate() {
                let pairs = row.iter().zip(&dense).map(|(w, other)| (w, w + other[i]));
                s0 += pairs.clone().map(|(w, _)| w).sum::<f64>();
                s1 += pairs.clone().map(|(_, both)| 0.5 * both * both).sum::<f64>();
                s2 += pairs.map(|(_, both)| both).sum::<f64>().powi(2);
            }
            prop_assert!((sums.s0 - s0).abs() <= 1e-12 * s0);
            prop_assert!((sums.s1 - s1).abs() <= 1e-12 * s1);
            prop_assert!((sums.s2 - s2).abs() <= 1e-12 * s2);
        }
    }

    /// Binary symmetric weights: S0 = links, S1 = 2·S0, S2 = 4·Σ cardinality².
    #[test]
    fn sums_of_a_path_of_three_are_those_by_hand() {
        let path = SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1]]).unwrap();
        let (s0, s1, s2) = (4.0, 8.0, 24.0);
        assert_eq!(path.sums(), WeightSums { s0, s1, s2 });
        let none = SpatialWeights::from_lists(vec![vec![]; 3]).unwrap();
        assert_eq!(none.sums().s0, 0.0);
    }
}
