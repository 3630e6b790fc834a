//! Weights as three columns: focal, neighbor, weight.

use super::SpatialWeights;
use super::rows::check_units;
use crate::StatsError;
use crate::error::check_length;

/// Weights in columns of equal length, sorted by focal, then neighbor; the
/// form (and the names) of libpysal's `Graph`, fit for a table.
///
/// An island is one row of the unit with itself and weight 0, so that no unit
/// is lost. A self-weight other than 0 is such a row with its weight.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Adjacency {
    /// Unit a link goes out from.
    pub focal: Vec<u32>,
    /// Unit it goes to.
    pub neighbor: Vec<u32>,
    /// Its weight.
    pub weight: Vec<f64>,
}

impl SpatialWeights {
    /// The weights as columns. O(units + links).
    #[must_use]
    pub fn to_adjacency(&self) -> Adjacency {
        let mut columns = Adjacency::default();
        for unit in 0..self.len() {
            let own = self.self_weight(unit);
            let own = (own != 0.0 || self.cardinality(unit) == 0).then_some((unit, own));
            let split = self
                .row(unit)
                .neighbours
                .partition_point(|other| (*other as usize) < unit);
            let before = self.weighted(unit).take(split);
            let after = self.weighted(unit).skip(split);
            for (other, weight) in before.chain(own).chain(after) {
                columns.focal.push(unit as u32);
                columns.neighbor.push(other as u32);
                columns.weight.push(weight);
            }
        }
        columns
    }
}

/// Weights from columns of focal unit, neighbour and weight, in any order. A
/// row of a unit with itself is its self-weight; with weight 0 it says only
/// that the unit is there. Units without a row are islands. O(units + links log
/// cardinality).
///
/// # Errors
/// [`StatsError::Length`] for columns of unequal length,
/// [`StatsError::Neighbour`] for an index not below `units`,
/// [`StatsError::RepeatedNeighbour`] for a pair given twice,
/// [`StatsError::Value`] for a weight that is negative or above 10¹⁰⁰.
pub fn from_adjacency(
    units: usize,
    focal: &[u32],
    neighbor: &[u32],
    weight: &[f64],
) -> Result<SpatialWeights, StatsError> {
    check_units(units)?;
    check_length("neighbor", neighbor.len(), focal.len())?;
    check_length("weight", weight.len(), focal.len())?;
    let mut starts = vec![0_usize; units + 1];
    for (from, to) in focal.iter().zip(neighbor) {
        if *from.max(to) as usize >= units {
            return Err(StatsError::Neighbour {
                unit: *from as usize,
                neighbour: *to as usize,
                units,
            });
        }
        starts[*from as usize + 1] += 1;
    }
    for unit in 0..units {
        starts[unit + 1] += starts[unit];
    }
    let mut next = starts.clone();
    let mut entries = vec![(0_u32, 0.0); focal.len()];
    for ((from, to), weight) in focal.iter().zip(neighbor).zip(weight) {
        let at = &mut next[*from as usize];
        entries[*at] = (*to, *weight);
        *at += 1;
    }
    SpatialWeights::from_sorted_rows(units, |unit, row| {
        let links = &entries[starts[unit]..starts[unit + 1]];
        row.extend(links.iter().map(|(to, weight)| (*to as usize, *weight)));
        row.sort_unstable_by_key(|(to, _)| *to);
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_island_is_a_row_of_its_own_with_weight_0() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(2, 0.5), (0, 2.0)],
            vec![],
            vec![(0, 1.0)],
        ])
        .unwrap();
        let columns = weights.to_adjacency();
        assert_eq!(columns.focal, [0, 0, 1, 2]);
        assert_eq!(columns.neighbor, [0, 2, 1, 0]);
        assert_eq!(columns.weight, [2.0, 0.5, 0.0, 1.0]);
    }

    #[test]
    fn columns_that_say_nothing_sure_are_refused() {
        assert!(from_adjacency(2, &[0], &[1, 1], &[1.0]).is_err());
        assert!(from_adjacency(2, &[0], &[2], &[1.0]).is_err());
        assert!(from_adjacency(2, &[0], &[1], &[f64::NAN]).is_err());
        let twice = from_adjacency(2, &[0, 0], &[1, 1], &[1.0, 2.0]).unwrap_err();
        assert!(matches!(
            twice,
            StatsError::RepeatedNeighbour {
                unit: 0,
                neighbour: 1
            }
        ));
        assert!(from_adjacency(0, &[], &[], &[]).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn columns_in_any_order_give_the_weights_back(
            rows in prop::collection::vec(prop::collection::btree_map(0..8_usize, 0.1..9.0f64, 0..5), 8),
            shift in 0..40_usize,
        ) {
            let lists = rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let weights = SpatialWeights::from_weighted_lists(lists).unwrap();
            let mut columns = weights.to_adjacency();
            let shift = shift % columns.focal.len();
            columns.focal.rotate_left(shift);
            columns.neighbor.rotate_left(shift);
            columns.weight.rotate_left(shift);
            let back = from_adjacency(8, &columns.focal, &columns.neighbor, &columns.weight).unwrap();
            prop_assert_eq!(back, weights);
        }
    }
}
