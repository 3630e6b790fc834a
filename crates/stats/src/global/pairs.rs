//! Each pair of neighbours once, with both of its weights.

use super::permutation::LANES;
use crate::weights::{SpatialWeights, WeightSums};

/// Pairs i < j of units that are linked in either direction, with
/// w_ij + w_ji.
///
/// Moran's I, Geary's C, G and join counts do not change when w_ij and w_ji
/// are exchanged, so that half of the links suffice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs {
    starts: Vec<usize>,
    others: Vec<u32>,
    weights: PairWeights,
    /// w_i. + w_.i of each unit.
    pub(super) totals: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum PairWeights {
    /// All pairs weigh the same, as symmetric binary ones do.
    All(f64),
    Each(Vec<f64>),
}

impl Pairs {
    /// O(units + links).
    pub(super) fn of(weights: &SpatialWeights) -> Self {
        let reverse = weights.transposed();
        let units = weights.len();
        let mut starts = Vec::with_capacity(units + 1);
        let mut others = Vec::with_capacity(weights.links() / 2);
        let mut each = Vec::with_capacity(weights.links() / 2);
        let mut totals = vec![0.0; units];
        starts.push(0);
        for unit in 0..units {
            let above = |(other, _): &(usize, f64)| *other > unit;
            let mut ours = weights.weighted(unit).filter(above).peekable();
            let mut theirs = reverse.weighted(unit).filter(above).peekable();
            loop {
                let other = match (ours.peek(), theirs.peek()) {
                    (Some(a), Some(b)) => a.0.min(b.0),
                    (Some(a), None) => a.0,
                    (None, Some(b)) => b.0,
                    (None, None) => break,
                };
                let take = |(index, _): &(usize, f64)| *index == other;
                let weight = ours.next_if(take).map_or(0.0, |link| link.1)
                    + theirs.next_if(take).map_or(0.0, |link| link.1);
                totals[unit] += weight;
                totals[other] += weight;
                others.push(u32::try_from(other).expect("weights hold their indices in u32"));
                each.push(weight);
            }
            starts.push(others.len());
        }
        let first = each.first().copied().unwrap_or(0.0);
        let weights = if each.iter().all(|weight| *weight == first) {
            PairWeights::All(first)
        } else {
            PairWeights::Each(each)
        };
        Self {
            starts,
            others,
            weights,
            totals,
        }
    }

    /// S₀, S₁ and S₂ of Cliff & Ord (1981). Self-weights are not among the
    /// pairs, unlike in [`SpatialWeights::sums`]: none of the statistics here
    /// compares a unit with itself.
    pub(super) fn sums(&self) -> WeightSums {
        let (s0, s1) = match &self.weights {
            PairWeights::All(weight) => {
                let pairs = self.others.len() as f64;
                (pairs * weight, pairs * weight * weight)
            }
            PairWeights::Each(weights) => {
                (weights.iter().sum(), weights.iter().map(|w| w * w).sum())
            }
        };
        WeightSums {
            s0,
            s1,
            s2: self.totals.iter().map(|total| total * total).sum(),
        }
    }

    /// Every pair with its weight, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        (0..self.starts.len() - 1).flat_map(move |unit| {
            (self.starts[unit]..self.starts[unit + 1])
                .map(move |at| (unit, self.others[at] as usize, self.weight(at)))
        })
    }

    fn weight(&self, at: usize) -> f64 {
        match &self.weights {
            PairWeights::All(weight) => *weight,
            PairWeights::Each(weights) => weights[at],
        }
    }

    /// Σ_ij w_ij z_i z_j of each lane.
    pub(super) fn cross_products(&self, z: &[[f64; LANES]]) -> [f64; LANES] {
        let mut total = [0.0; LANES];
        for (unit, own) in z.iter().enumerate() {
            let range = self.starts[unit]..self.starts[unit + 1];
            let others = &self.others[range.clone()];
            let mut near = [0.0; LANES];
            match &self.weights {
                PairWeights::All(_) => {
                    for other in others {
                        let value = &z[*other as usize];
                        for lane in 0..LANES {
                            near[lane] += value[lane];
                        }
                    }
                }
                PairWeights::Each(weights) => {
                    for (other, weight) in others.iter().zip(&weights[range]) {
                        let value = &z[*other as usize];
                        for lane in 0..LANES {
                            near[lane] += weight * value[lane];
                        }
                    }
                }
            }
            for lane in 0..LANES {
                total[lane] += own[lane] * near[lane];
            }
        }
        self.scaled(total)
    }

    /// Σ_ij w_ij (z_i − z_j)² of each lane.
    pub(super) fn squared_differences(&self, z: &[[f64; LANES]]) -> [f64; LANES] {
        let mut total = [0.0; LANES];
        for (unit, own) in z.iter().enumerate() {
            let range = self.starts[unit]..self.starts[unit + 1];
            let others = &self.others[range.clone()];
            match &self.weights {
                PairWeights::All(_) => {
                    for other in others {
                        let value = &z[*other as usize];
                        for lane in 0..LANES {
                            let gap = own[lane] - value[lane];
                            total[lane] += gap * gap;
                        }
                    }
                }
                PairWeights::Each(weights) => {
                    for (other, weight) in others.iter().zip(&weights[range]) {
                        let value = &z[*other as usize];
                        for lane in 0..LANES {
                            let gap = own[lane] - value[lane];
                            total[lane] += weight * gap * gap;
                        }
                    }
                }
            }
        }
        self.scaled(total)
    }

    fn scaled(&self, mut total: [f64; LANES]) -> [f64; LANES] {
        if let PairWeights::All(weight) = self.weights {
            for value in &mut total {
                *value *= weight;
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sided_and_unequal_links_are_summed_over_both_directions() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(1, 0.5), (2, 0.25)],
            vec![(2, 3.0)],
            vec![(0, 1.0)],
        ])
        .unwrap();
        let pairs = Pairs::of(&weights);
        assert_eq!(
            pairs.iter().collect::<Vec<_>>(),
            [(0, 1, 0.5), (0, 2, 1.25), (1, 2, 3.0)]
        );
        let sums = pairs.sums();
        assert_eq!(sums.s0, 4.75);
        assert_eq!(sums.s1, 0.25 + 1.5625 + 9.0);
        assert_eq!(sums.s2, 1.75 * 1.75 + 3.5 * 3.5 + 4.25 * 4.25);
        let z = [[1.0; LANES], [2.0; LANES], [4.0; LANES]];
        assert_eq!(pairs.cross_products(&z), [1.0 + 5.0 + 24.0; LANES]);
        assert_eq!(pairs.squared_differences(&z), [0.5 + 11.25 + 12.0; LANES]);
    }
}
