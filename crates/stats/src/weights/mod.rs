//! Spatial weights: who is whose neighbour.

mod contiguity;
mod h3;
mod nearest;

pub use contiguity::{Contiguity, ContiguityParams, contiguity};
pub use h3::grid_disk;
pub use nearest::{Position, distance_band, nearest_neighbours};

use crate::StatsError;

/// Binary spatial weights in compressed sparse row form, without self-links.
///
/// Neighbours of a unit are sorted and unique. Units without a neighbour
/// (islands) are kept; methods say what they make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpatialWeights {
    starts: Vec<usize>,
    neighbours: Vec<u32>,
}

impl SpatialWeights {
    /// Weights from a neighbour list for each unit. Self-links and repeated
    /// entries are dropped.
    ///
    /// # Errors
    /// [`StatsError::Neighbour`] for an index beyond the last unit.
    pub fn from_lists(lists: Vec<Vec<usize>>) -> Result<Self, StatsError> {
        let units = lists.len();
        let mut starts = Vec::with_capacity(units + 1);
        let mut neighbours = Vec::new();
        starts.push(0);
        for (unit, mut list) in lists.into_iter().enumerate() {
            list.retain(|neighbour| *neighbour != unit);
            list.sort_unstable();
            list.dedup();
            for neighbour in list {
                let index = u32::try_from(neighbour)
                    .ok()
                    .filter(|_| neighbour < units)
                    .ok_or(StatsError::Neighbour {
                        unit,
                        neighbour,
                        units,
                    })?;
                neighbours.push(index);
            }
            starts.push(neighbours.len());
        }
        Ok(Self { starts, neighbours })
    }

    /// Number of units.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no units.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Neighbours of a unit, sorted.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    pub fn neighbours(&self, unit: usize) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.neighbours[self.starts[unit]..self.starts[unit + 1]]
            .iter()
            .map(|index| *index as usize)
    }

    /// Units without a neighbour, in order.
    #[must_use]
    pub fn islands(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|unit| self.starts[*unit] == self.starts[unit + 1])
            .collect()
    }

    /// The union of the weights and their transpose, so that `a` is a
    /// neighbour of `b` whenever `b` is one of `a`.
    #[must_use]
    pub fn symmetrised(&self) -> Self {
        let mut lists: Vec<Vec<usize>> = (0..self.len())
            .map(|unit| self.neighbours(unit).collect())
            .collect();
        for unit in 0..self.len() {
            for neighbour in self.neighbours(unit) {
                lists[neighbour].push(unit);
            }
        }
        Self::from_lists(lists).expect("neighbours of checked weights lie within them")
    }

    /// Number of links whose reverse is missing.
    #[must_use]
    pub fn asymmetries(&self) -> usize {
        (0..self.len())
            .flat_map(|unit| {
                self.neighbours(unit)
                    .map(move |neighbour| (unit, neighbour))
            })
            .filter(|(unit, neighbour)| !self.has(*neighbour, *unit))
            .count()
    }

    /// For each unit the number of its connected component, counted from 0 in
    /// order of first unit.
    #[must_use]
    pub fn components(&self) -> Vec<usize> {
        let both_ways = self.symmetrised();
        let mut component = vec![usize::MAX; self.len()];
        let mut count = 0;
        for first in 0..self.len() {
            if component[first] != usize::MAX {
                continue;
            }
            let mut waiting = vec![first];
            component[first] = count;
            while let Some(unit) = waiting.pop() {
                for neighbour in both_ways.neighbours(unit) {
                    if component[neighbour] == usize::MAX {
                        component[neighbour] = count;
                        waiting.push(neighbour);
                    }
                }
            }
            count += 1;
        }
        component
    }

    fn has(&self, unit: usize, neighbour: usize) -> bool {
        let list = &self.neighbours[self.starts[unit]..self.starts[unit + 1]];
        u32::try_from(neighbour).is_ok_and(|index| list.binary_search(&index).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn islands_components_and_asymmetries_are_reported() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 0, 1], vec![], vec![4], vec![]])
                .unwrap();
        assert_eq!(weights.islands(), [2, 4]);
        assert_eq!(weights.asymmetries(), 1);
        assert_eq!(weights.components(), [0, 0, 1, 2, 2]);
        assert_eq!(weights.symmetrised().asymmetries(), 0);
    }

    #[test]
    fn a_neighbour_beyond_the_last_unit_is_refused() {
        let error = SpatialWeights::from_lists(vec![vec![3]]).unwrap_err();
        assert!(error.to_string().contains("neighbour 3"));
    }
}
