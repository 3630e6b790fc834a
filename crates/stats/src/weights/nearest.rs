//! The k nearest neighbours.

use super::SpatialWeights;
use super::positions::Place;
use super::rows::collect_rows;
use super::sites::Sites;
use crate::StatsError;

/// The `count` nearest other units of each unit, binary; by great-circle or
/// planar distance, as the positions are. Not symmetric in general.
///
/// 1. Units at the same place are put together, and the places into a k-d tree.
/// 2. The tree is searched from each unit until all units at the distance of
///    the last wanted one have been seen.
///
/// Equally near units are taken in order of index, so that the result depends
/// neither on the order of search nor on the number of threads. (libpysal and
/// spdep take them in the order of their k-d tree.) Units at the same place are
/// neighbours at distance 0. Where there are no more than `count` other units,
/// all are neighbours. `None`, no position, is an island. O(n (k + log n)) for
/// places spread over the plane.
///
/// # Errors
/// [`StatsError::Value`] for a position that is not finite or off the globe.
pub fn nearest_neighbours<P: Place>(
    positions: &[Option<P>],
    count: usize,
) -> Result<SpatialWeights, StatsError> {
    let sites = Sites::new(positions)?;
    collect_rows(positions.len(), Vec::new, |found, unit, row| {
        sites.nearest(unit, count, found);
        row.extend(found.iter().map(|(_, other)| *other));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::{PlanarPosition, Position};

    #[test]
    fn nearest_neighbours_are_the_nearest() {
        let line: Vec<_> = (0..5)
            .map(|step| {
                Some(Position {
                    latitude: 0.0,
                    longitude: f64::from(step * step) * 0.1,
                })
            })
            .collect();
        let weights = nearest_neighbours(&line, 2).unwrap();
        let lists: Vec<Vec<usize>> = (0..5).map(|u| weights.neighbours(u).collect()).collect();
        assert_eq!(
            lists,
            [vec![1, 2], vec![0, 2], vec![0, 1], vec![2, 4], vec![2, 3]]
        );
    }

    #[test]
    fn coincident_units_are_nearest_in_order_of_index() {
        let heap = vec![
            Some(PlanarPosition {
                x_m: 1.0,
                y_m: -0.0
            });
            2_000
        ];
        let weights = nearest_neighbours(&heap, 2).unwrap();
        assert_eq!(weights.neighbours(0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(weights.neighbours(1).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(weights.neighbours(1_999).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn too_few_others_none_wanted_and_no_position_are_no_fault() {
        let at = |x_m| Some(PlanarPosition { x_m, y_m: 0.0 });
        let places = [at(0.0), None, at(5.0)];
        let all = nearest_neighbours(&places, 9).unwrap();
        assert_eq!((all.links(), all.islands()), (2, vec![1]));
        assert_eq!(nearest_neighbours(&places, 0).unwrap().links(), 0);
        assert!(nearest_neighbours(&[at(f64::NAN)], 1).is_err());
        assert!(nearest_neighbours::<Position>(&[], 1).unwrap().is_empty());
    }
}
