//! How weights are scaled.

use super::SpatialWeights;
use crate::StatsError;

/// Coding schemes of the weights, with spdep's letters.
///
/// Tiefelsdorf, Griffith & Boots (1999), A variance-stabilizing coding scheme
/// for spatial link matrices, *Environment and Planning A* 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightStyle {
    /// B: the weights as they are (1 for each link of binary weights).
    Basic,
    /// W: every row sums to 1. Stresses units with few neighbours.
    RowStandardised,
    /// C: all weights are divided by their mean row sum, so that they sum to
    /// the number of units. Stresses units with many neighbours.
    GloballyStandardised,
    /// U: all weights sum to 1; libpysal's transformation D.
    UnitSum,
    /// S: every row is divided by the root of its sum of squares, then all are
    /// scaled to sum to the number of units; libpysal's V. Between W and C.
    VarianceStabilising,
}

impl SpatialWeights {
    /// The weights in a coding scheme. Self-weights count as any other weight.
    ///
    /// The number of units that C and S scale to leaves out rows without any
    /// weight, as spdep does with `zero.policy = TRUE`; libpysal counts these
    /// islands, so that its V differs by n ⁄ (n − islands). Rows of zeros stay
    /// zeros. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::TooFew`] for C, U and S where all weights are 0.
    pub fn styled(&self, style: WeightStyle) -> Result<Self, StatsError> {
        if style == WeightStyle::Basic {
            return Ok(self.clone());
        }
        if style == WeightStyle::RowStandardised {
            return Ok(self.row_standardised());
        }
        let sums: Vec<f64> = (0..self.len()).map(|unit| self.row_sum(unit)).collect();
        let rows = sums.iter().filter(|sum| **sum > 0.0).count();
        if rows == 0 {
            return Err(StatsError::TooFew {
                method: "scaling of the weights",
                found: 0,
                least: 1,
            });
        }
        let total: f64 = sums.iter().sum();
        Ok(match style {
            WeightStyle::GloballyStandardised => self.scaled(|_| rows as f64 / total),
            WeightStyle::UnitSum => self.scaled(|_| 1.0 / total),
            _ => {
                let roots: Vec<f64> = (0..self.len()).map(|unit| self.row_root(unit)).collect();
                let stabilised = sums.iter().zip(&roots).filter(|(_, root)| **root > 0.0);
                let total: f64 = stabilised.map(|(sum, root)| sum / root).sum();
                let factor = rows as f64 / total;
                self.scaled(|unit| {
                    if roots[unit] > 0.0 {
                        factor / roots[unit]
                    } else {
                        1.0
                    }
                })
            }
        })
    }

    /// Root of a row's sum of squares.
    fn row_root(&self, unit: usize) -> f64 {
        let own = self.self_weight(unit);
        let squares: f64 = self.weighted(unit).map(|(_, weight)| weight * weight).sum();
        (squares + own * own).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of three and an island, by hand. Binary rows: 1, 2, 1, none.
    #[test]
    fn the_styles_of_a_path_with_an_island_are_those_by_hand() {
        let path = SpatialWeights::from_lists(vec![vec![1], vec![0, 2], vec![1], vec![]]).unwrap();
        let rows = |style| {
            let weights = path.styled(style).unwrap();
            (weights.weight(0, 1).unwrap(), weights.weight(1, 0).unwrap())
        };
        let close = |ours: (f64, f64), theirs: (f64, f64)| {
            assert!((ours.0 - theirs.0).abs() < 1e-15, "{ours:?} {theirs:?}");
            assert!((ours.1 - theirs.1).abs() < 1e-15, "{ours:?} {theirs:?}");
        };
        close(rows(WeightStyle::Basic), (1.0, 1.0));
        close(rows(WeightStyle::RowStandardised), (1.0, 0.5));
        close(rows(WeightStyle::GloballyStandardised), (0.75, 0.75));
        close(rows(WeightStyle::UnitSum), (0.25, 0.25));
        // Roots 1, √2, 1; scaled row sums 1, √2, 1; factor 3 ⁄ (2 + √2).
        let factor = 3.0 / (2.0 + 2f64.sqrt());
        close(
            rows(WeightStyle::VarianceStabilising),
            (factor, factor / 2f64.sqrt()),
        );
        let none = SpatialWeights::from_lists(vec![vec![]; 2]).unwrap();
        assert!(none.styled(WeightStyle::UnitSum).is_err());
        assert_eq!(
            none.styled(WeightStyle::RowStandardised).unwrap().links(),
            0
        );
    }

    #[test]
    fn sums_are_as_the_style_says() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(0, 1.5), (1, 0.2)],
            vec![(0, 4.0), (2, 0.3)],
            vec![(1, 2.0)],
        ])
        .unwrap();
        let s0 = |style| weights.styled(style).unwrap().sums().s0;
        assert!((s0(WeightStyle::RowStandardised) - 3.0).abs() < 1e-12);
        assert!((s0(WeightStyle::GloballyStandardised) - 3.0).abs() < 1e-12);
        assert!((s0(WeightStyle::VarianceStabilising) - 3.0).abs() < 1e-12);
        assert!((s0(WeightStyle::UnitSum) - 1.0).abs() < 1e-12);
    }
}
