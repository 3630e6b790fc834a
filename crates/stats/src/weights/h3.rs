//! Neighbours of H3 cells.

use std::collections::HashMap;

use h3o::CellIndex;

use super::SpatialWeights;

/// Cells within `k` steps on the H3 grid (k-ring) that are in the list
/// themselves; symmetric. Near one of the twelve pentagons a ring has fewer
/// cells. Cells of different resolutions are never neighbours.
///
/// Source: Uber H3, grid traversal, `gridDisk`.
#[must_use]
pub fn grid_disk(cells: &[CellIndex], k: u32) -> SpatialWeights {
    let index: HashMap<CellIndex, usize> = cells
        .iter()
        .enumerate()
        .map(|(unit, cell)| (*cell, unit))
        .collect();
    let lists = cells
        .iter()
        .map(|cell| {
            cell.grid_disk::<Vec<_>>(k)
                .into_iter()
                .filter_map(|near| index.get(&near).copied())
                .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).expect("the index holds only units of this list")
}

#[cfg(test)]
mod tests {
    use h3o::{LatLng, Resolution};

    use super::*;

    #[test]
    fn a_full_disk_gives_the_centre_six_neighbours() {
        let centre = LatLng::new(-12.0, 78.0).unwrap().to_cell(Resolution::Five);
        let cells: Vec<_> = centre.grid_disk(1);
        let weights = grid_disk(&cells, 1);
        let unit = cells.iter().position(|cell| *cell == centre).unwrap();
        assert_eq!(weights.neighbours(unit).len(), 6);
        assert_eq!(weights.asymmetries(), 0);
    }
}
