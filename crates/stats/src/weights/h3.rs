//! Neighbours of H3 cells.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use h3o::CellIndex;

use super::SpatialWeights;
use super::rows::{check_units, collect_rows};
use crate::StatsError;

/// Most steps on the grid; the disk of so many has three million cells.
const MOST_STEPS: u32 = 1_000;

/// Cells no more than `k` steps away on the H3 grid (k-ring, `gridDisk`) that
/// are in the list themselves, binary; symmetric.
///
/// 1. The list goes into a hash table.
/// 2. The disk of each cell is looked up in it, in parallel.
///
/// Near one of the twelve pentagons a disk has fewer cells. Cells of different
/// resolutions are never neighbours. A cell that is in the list more than once
/// is so many units: they are 0 steps apart, so neighbours of each other, and
/// each of them is a neighbour of all units around it. O(n k²).
///
/// # Errors
/// [`StatsError::Parameter`] for more than 1,000 steps.
pub fn grid_disk(cells: &[CellIndex], k: u32) -> Result<SpatialWeights, StatsError> {
    neighbours(cells, k, |cell, near| {
        let whole = cell.grid_disk_fast(k).all(|other| {
            near.extend(other);
            other.is_some()
        });
        // The fast walk gives up where it meets a pentagon.
        if !whole {
            near.clear();
            near.extend(cell.grid_disk_safe(k));
        }
    })
}

/// Cells exactly `k` steps away on the H3 grid (`gridRing`) that are in the
/// list themselves, binary; symmetric. All else as in [`grid_disk`]; a ring of
/// 0 steps holds only the same cell given again.
///
/// # Errors
/// [`StatsError::Parameter`] for more than 1,000 steps.
pub fn grid_ring(cells: &[CellIndex], k: u32) -> Result<SpatialWeights, StatsError> {
    neighbours(cells, k, |cell, near| {
        let mut take =
            |(other, steps): (CellIndex, u32)| near.extend((steps == k).then_some(other));
        // The disk is walked, not the ring: the walk along a ring does not see
        // a pentagon inside.
        let whole = cell.grid_disk_distances_fast(k).all(|other| {
            other.into_iter().for_each(&mut take);
            other.is_some()
        });
        if !whole {
            near.clear();
            let disk = cell.grid_disk_distances_safe(k);
            near.extend(
                disk.filter(|(_, steps)| *steps == k)
                    .map(|(other, _)| other),
            );
        }
    })
}

fn neighbours(
    cells: &[CellIndex],
    k: u32,
    around: impl Fn(CellIndex, &mut Vec<CellIndex>) + Sync + Send,
) -> Result<SpatialWeights, StatsError> {
    if k > MOST_STEPS {
        return Err(StatsError::Parameter {
            what: "k",
            value: f64::from(k),
            expected: "at most 1,000 steps",
        });
    }
    check_units(cells.len())?;
    let units = Units::new(cells);
    collect_rows(cells.len(), Vec::new, |near, unit, row| {
        near.clear();
        around(cells[unit], near);
        for cell in near.iter() {
            row.extend(units.of(*cell).filter(|other| *other as usize != unit));
        }
        Ok(())
    })
}

/// Which units a cell is.
struct Units {
    first: HashMap<u64, u32, BuildHasherDefault<CellHasher>>,
    /// For each unit the next one of the same cell; empty where all differ.
    next: Vec<Option<u32>>,
}

impl Units {
    fn new(cells: &[CellIndex]) -> Self {
        let mut first = HashMap::with_capacity_and_hasher(cells.len(), Default::default());
        let mut next = Vec::new();
        for (unit, cell) in cells.iter().enumerate().rev() {
            match first.entry(u64::from(*cell)) {
                Entry::Vacant(place) => {
                    place.insert(unit as u32);
                }
                Entry::Occupied(mut place) => {
                    next.resize(cells.len(), None);
                    next[unit] = Some(place.insert(unit as u32));
                }
            }
        }
        Self { first, next }
    }

    fn of(&self, cell: CellIndex) -> impl Iterator<Item = u32> + '_ {
        let first = self.first.get(&u64::from(cell)).copied();
        std::iter::successors(first, |unit| *self.next.get(*unit as usize)?)
    }
}

/// A hash for cell indexes, which are well spread in their middle bits but
/// share the others: one multiplication instead of the keyed hash of the
/// standard library (Fibonacci hashing; Knuth, vol. 3, 6.4).
#[derive(Default)]
struct CellHasher(u64);

impl Hasher for CellHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // The table takes its place from the low bits and a tag from the high
        // ones; the halves of the product are folded so that both are good.
        let product = u128::from(self.0 ^ value) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use h3o::{LatLng, Resolution};

    use super::*;
    use crate::testing::lists;

    #[test]
    fn a_full_disk_gives_the_centre_six_neighbours() {
        let centre = LatLng::new(-12.0, 78.0).unwrap().to_cell(Resolution::Five);
        let cells: Vec<_> = centre.grid_disk(1);
        let weights = grid_disk(&cells, 1).unwrap();
        let unit = cells.iter().position(|cell| *cell == centre).unwrap();
        assert_eq!(weights.neighbours(unit).len(), 6);
        assert_eq!(weights.asymmetries(), 0);
        assert!(grid_disk(&cells, 1_001).is_err());
    }

    /// Around a pentagon, where the fast walks fail, and around a hexagon:
    /// compared with steps counted along shared edges.
    #[test]
    fn disks_and_rings_are_steps_along_shared_edges() {
        let pentagon = CellIndex::base_cells()
            .find(|cell| cell.is_pentagon())
            .and_then(|cell| cell.center_child(Resolution::Four))
            .unwrap();
        let hexagon = LatLng::new(25.0, 86.0).unwrap().to_cell(Resolution::Four);
        for centre in [pentagon, hexagon] {
            let cells: Vec<CellIndex> = centre.grid_disk(5);
            let steps: Vec<Vec<usize>> = cells
                .iter()
                .map(|a| {
                    let edge = |b: &CellIndex| a != b && a.is_neighbor_with(*b) == Ok(true);
                    (0..cells.len()).filter(|b| edge(&cells[*b])).collect()
                })
                .collect();
            let edges = SpatialWeights::from_lists(steps).unwrap();
            assert_eq!(grid_disk(&cells, 1).unwrap(), edges);
            // Within two steps of the centre no shortest way leaves the list.
            let inner: Vec<usize> = (0..cells.len())
                .filter(|unit| {
                    let disk: Vec<CellIndex> = centre.grid_disk(2);
                    disk.contains(&cells[*unit])
                })
                .collect();
            for k in 1..=3 {
                let disk = edges.higher_order(super::super::Steps::UpTo(k)).unwrap();
                let ring = edges.higher_order(super::super::Steps::Exactly(k)).unwrap();
                let (our_disk, our_ring) = (
                    grid_disk(&cells, k as u32).unwrap(),
                    grid_ring(&cells, k as u32).unwrap(),
                );
                for unit in &inner {
                    assert_eq!(lists(&our_disk)[*unit], lists(&disk)[*unit], "{k}");
                    assert_eq!(lists(&our_ring)[*unit], lists(&ring)[*unit], "{k}");
                }
                assert!(our_disk.is_symmetric() && our_ring.is_symmetric());
            }
        }
    }

    #[test]
    fn a_cell_given_twice_is_two_units_that_are_neighbours() {
        let centre = LatLng::new(10.0, 20.0).unwrap().to_cell(Resolution::Six);
        let other = centre.grid_ring::<Vec<_>>(1)[0];
        let cells = [centre, other, centre, centre];
        let disk = grid_disk(&cells, 1).unwrap();
        assert_eq!(
            lists(&disk),
            [vec![1, 2, 3], vec![0, 2, 3], vec![0, 1, 3], vec![0, 1, 2]]
        );
        let ring = grid_ring(&cells, 1).unwrap();
        assert_eq!(lists(&ring), [vec![1], vec![0, 2, 3], vec![1], vec![1]]);
        assert_eq!(grid_ring(&cells, 0).unwrap().cardinality(0), 2);
        assert_eq!(grid_disk(&cells, 0).unwrap().cardinality(0), 2);
    }
}
