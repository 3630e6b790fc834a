//! Weights of some of the units.

use super::SpatialWeights;
use super::rows::collect_weighted_rows;
use crate::StatsError;

impl SpatialWeights {
    /// The weights among some units, in the order given; unit k of the result
    /// is `units[k]` here. Links to units left out are gone. Weights and
    /// self-weights stay as they are, so that row-standardised weights no longer
    /// sum to 1: standardise afterwards. As libpysal's `w_subset`, spdep's
    /// `subset.nb`. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Neighbour`] for a unit beyond the last,
    /// [`StatsError::RepeatedUnit`] for one named twice.
    pub fn subset(&self, units: &[usize]) -> Result<Self, StatsError> {
        let mut place: Vec<Option<u32>> = vec![None; self.len()];
        for (at, unit) in units.iter().enumerate() {
            let slot = place.get_mut(*unit).ok_or(StatsError::Neighbour {
                unit: at,
                neighbour: *unit,
                units: self.len(),
            })?;
            if slot.replace(at as u32).is_some() {
                return Err(StatsError::RepeatedUnit { unit: *unit });
            }
        }
        let weights = collect_weighted_rows(
            units.len(),
            || (),
            |(), at, row| {
                let links = self.weighted(units[at]);
                row.extend(links.filter_map(|(other, weight)| Some((place[other]?, weight))));
                Ok(())
            },
        )?;
        let weights = if self.link_weights().is_none() {
            weights.binary()
        } else {
            weights
        };
        weights.with_self_weights(units.iter().map(|unit| self.self_weight(*unit)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_keeps_order_weights_and_self_weights() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(1, 0.5), (2, 0.25)],
            vec![(0, 2.0)],
            vec![(0, 3.0), (2, 7.0)],
        ])
        .unwrap();
        let some = weights.subset(&[2, 0]).unwrap();
        assert_eq!(some.weighted(0).collect::<Vec<_>>(), [(1, 3.0)]);
        assert_eq!(some.weighted(1).collect::<Vec<_>>(), [(0, 0.25)]);
        assert_eq!(some.self_weight(0), 7.0);
        assert!(matches!(
            weights.subset(&[0, 0]),
            Err(StatsError::RepeatedUnit { unit: 0 })
        ));
        assert!(weights.subset(&[3]).is_err());
        assert!(weights.subset(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_subset_of_all_units_is_the_same_weights() {
        let ring = SpatialWeights::from_lists(vec![vec![1], vec![2], vec![0]]).unwrap();
        assert_eq!(ring.subset(&[0, 1, 2]).unwrap(), ring);
    }
}
