//! Neighbours of neighbours.

use super::SpatialWeights;
use super::rows::collect_rows;
use crate::StatsError;
use crate::error::check_positive;

/// Which steps along the links make a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// The shortest way takes exactly so many steps; spdep's `nblag`, libpysal's
    /// `higher_order`.
    Exactly(usize),
    /// It takes at most so many; libpysal's `lower_order=True`, GeoDa's
    /// "include lower orders".
    UpTo(usize),
}

impl SpatialWeights {
    /// Higher-order neighbours: binary weights of the units that the shortest
    /// way along the links reaches in the steps asked for.
    ///
    /// A breadth-first search from each unit; a unit is never its own
    /// neighbour, and weights and self-weights do not count. Links have a
    /// direction: from symmetric weights the result is symmetric. O(units ×
    /// units and links within reach), in parallel.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for 0 steps.
    pub fn higher_order(&self, steps: Steps) -> Result<Self, StatsError> {
        let (Steps::Exactly(most) | Steps::UpTo(most)) = steps;
        check_positive("steps", most as f64)?;
        // The seen units are marked with the unit the search began from, so
        // that the marks need no clearing in between.
        let scratch = || (vec![usize::MAX; self.len()], Vec::new(), Vec::new());
        collect_rows(self.len(), scratch, |(seen, edge, next), unit, row| {
            let start = row.len();
            seen[unit] = unit;
            edge.clear();
            edge.push(unit as u32);
            for _ in 0..most {
                next.clear();
                for from in edge.iter() {
                    for to in self.row(*from as usize).neighbours {
                        if seen[*to as usize] != unit {
                            seen[*to as usize] = unit;
                            next.push(*to);
                        }
                    }
                }
                std::mem::swap(edge, next);
                if let Steps::Exactly(_) = steps {
                    row.truncate(start);
                }
                if edge.is_empty() {
                    break;
                }
                row.extend_from_slice(edge);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::path;

    #[test]
    fn second_neighbours_on_a_path_are_two_steps_away() {
        let weights = path(6);
        let exact = weights.higher_order(Steps::Exactly(2)).unwrap();
        assert_eq!(exact.neighbours(2).collect::<Vec<_>>(), [0, 4]);
        let within = weights.higher_order(Steps::UpTo(2)).unwrap();
        assert_eq!(within.neighbours(2).collect::<Vec<_>>(), [0, 1, 3, 4]);
        assert_eq!(weights.higher_order(Steps::Exactly(9)).unwrap().links(), 0);
        let all = weights.higher_order(Steps::UpTo(usize::MAX)).unwrap();
        assert_eq!(all.links(), 30);
        assert!(weights.higher_order(Steps::UpTo(0)).is_err());
    }
}
