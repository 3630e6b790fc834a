//! Islands tied to their nearest unit.

use super::SpatialWeights;
use super::rows::collect_weighted_rows;
use crate::StatsError;
use crate::error::check_length;

impl SpatialWeights {
    /// The weights with each island linked, in both directions and with weight
    /// 1, to its neighbours in `nearest` (usually
    /// [`nearest_neighbours`](super::nearest_neighbours) with count 1); as
    /// libpysal's `attach_islands`. Everything else stays.
    ///
    /// Two islands nearest to each other become a pair linked once (libpysal
    /// lists the link twice). An island without a neighbour in `nearest` remains
    /// one. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Length`] unless both are of the same number of units.
    pub fn islands_attached(&self, nearest: &Self) -> Result<Self, StatsError> {
        check_length("nearest", nearest.len(), self.len())?;
        let mut added: Vec<Vec<u32>> = vec![Vec::new(); self.len()];
        for island in self.islands() {
            for other in nearest.neighbours(island) {
                added[island].push(other as u32);
                added[other].push(island as u32);
            }
        }
        for list in &mut added {
            list.sort_unstable();
            list.dedup();
        }
        let weights = collect_weighted_rows(
            self.len(),
            || (),
            |(), unit, row| {
                row.extend(
                    self.weighted(unit)
                        .map(|(other, weight)| (other as u32, weight)),
                );
                row.extend(added[unit].iter().map(|other| (*other, 1.0)));
                Ok(())
            },
        )?;
        let weights = if self.link_weights().is_none() {
            weights.binary()
        } else {
            weights
        };
        weights.with_self_weights((0..self.len()).map(|unit| self.self_weight(unit)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::{PlanarPosition, nearest_neighbours};

    #[test]
    fn an_island_is_tied_to_its_nearest_unit_in_both_directions() {
        let at = |x_m| Some(PlanarPosition { x_m, y_m: 0.0 });
        let places = [at(0.0), at(1.0), at(3.0), at(50.0), at(51.0), None];
        let nearest = nearest_neighbours(&places, 1).unwrap();
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0], vec![], vec![], vec![], vec![]])
                .unwrap();
        let attached = weights.islands_attached(&nearest).unwrap();
        assert_eq!(attached.neighbours(1).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(attached.neighbours(2).collect::<Vec<_>>(), [1]);
        assert_eq!(attached.neighbours(3).collect::<Vec<_>>(), [4]);
        assert_eq!(attached.islands(), [5], "it has no position");
        assert!(attached.is_symmetric() && attached.is_binary());
    }
}
