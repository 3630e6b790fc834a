//! Units of the same region.

use super::SpatialWeights;
use super::rows::{check_units, collect_rows};
use crate::StatsError;

/// Block weights: all units of the same region are neighbours, binary and
/// symmetric; as libpysal's `block_weights`. `None`, no region, is an island.
///
/// A region of c units makes c (c − 1) links. O(n log n + links).
///
/// # Errors
/// [`StatsError::Parameter`] for more units than an index can name.
pub fn block_weights<R: Ord + Sync>(regions: &[Option<R>]) -> Result<SpatialWeights, StatsError> {
    check_units(regions.len())?;
    let mut order: Vec<u32> = (0..regions.len() as u32)
        .filter(|unit| regions[*unit as usize].is_some())
        .collect();
    order.sort_by(|a, b| regions[*a as usize].cmp(&regions[*b as usize]));
    let mut block_of: Vec<&[u32]> = vec![&[]; regions.len()];
    for block in order.chunk_by(|a, b| regions[*a as usize] == regions[*b as usize]) {
        for unit in block {
            block_of[*unit as usize] = block;
        }
    }
    collect_rows(
        regions.len(),
        || (),
        |(), unit, row| {
            let others = block_of[unit]
                .iter()
                .filter(|other| **other as usize != unit);
            row.extend(others);
            Ok(())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_region_are_neighbours_and_those_of_none_islands() {
        let regions = [Some("b"), Some("a"), None, Some("b"), Some("b"), None];
        let weights = block_weights(&regions).unwrap();
        assert_eq!(weights.neighbours(3).collect::<Vec<_>>(), [0, 4]);
        assert_eq!(weights.islands(), [1, 2, 5]);
        assert!(weights.is_symmetric());
    }
}
