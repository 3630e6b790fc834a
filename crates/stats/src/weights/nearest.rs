//! Neighbours by great-circle distance.

use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::SpatialWeights;
use crate::StatsError;
use crate::error::check_positive;

/// Mean radius of the Earth (IUGG R1), metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A position on the globe, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Position {
    /// Unit vector from the centre of the Earth. Straight-line distance
    /// between such vectors orders pairs as great-circle distance does.
    fn vector(self) -> [f64; 3] {
        let (latitude, longitude) = (self.latitude.to_radians(), self.longitude.to_radians());
        [
            latitude.cos() * longitude.cos(),
            latitude.cos() * longitude.sin(),
            latitude.sin(),
        ]
    }
}

type Tree = RTree<GeomWithData<[f64; 3], usize>>;

fn tree(positions: &[Option<Position>]) -> Tree {
    RTree::bulk_load(
        positions
            .iter()
            .enumerate()
            .filter_map(|(unit, position)| {
                position.map(|position| GeomWithData::new(position.vector(), unit))
            })
            .collect(),
    )
}

fn build(
    positions: &[Option<Position>],
    list: impl Fn(usize, [f64; 3], &Tree) -> Vec<usize> + Sync,
) -> SpatialWeights {
    let tree = tree(positions);
    let lists = positions
        .par_iter()
        .enumerate()
        .map(|(unit, position)| match position {
            Some(position) => list(unit, position.vector(), &tree),
            None => Vec::new(),
        })
        .collect();
    SpatialWeights::from_lists(lists).expect("the tree holds only units of this list")
}

/// The `count` nearest other units of each unit, by great-circle distance.
/// Not symmetric in general. Ties are broken by index, so that the result
/// does not depend on the order of search. `None` is an island.
#[must_use]
pub fn nearest_neighbours(positions: &[Option<Position>], count: usize) -> SpatialWeights {
    build(positions, |unit, vector, tree| {
        let mut found: Vec<(f64, usize)> = Vec::with_capacity(count + 2);
        for (entry, distance) in tree.nearest_neighbor_iter_with_distance_2(&vector) {
            if entry.data == unit {
                continue;
            }
            // All at the distance of the last wanted one are looked at.
            if found.len() >= count && found[count - 1].0 < distance {
                break;
            }
            found.push((distance, entry.data));
            if count == 0 {
                break;
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
            .into_iter()
            .take(count)
            .map(|(_, unit)| unit)
            .collect()
    })
}

/// All other units within `radius_m` metres, by great-circle distance on a
/// sphere of radius 6,371,008.8 m. Symmetric.
///
/// # Errors
/// [`StatsError::Parameter`] unless the radius is finite and above zero.
pub fn distance_band(
    positions: &[Option<Position>],
    radius_m: f64,
) -> Result<SpatialWeights, StatsError> {
    check_positive("radius_m", radius_m)?;
    let half_angle = (radius_m / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
    let chord = 2.0 * half_angle.sin();
    Ok(build(positions, |unit, vector, tree| {
        tree.locate_within_distance(vector, chord * chord)
            .map(|entry| entry.data)
            .filter(|other| *other != unit)
            .collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(count: usize) -> Vec<Option<Position>> {
        (0..count)
            .map(|step| {
                Some(Position {
                    latitude: 0.0,
                    longitude: step as f64 * step as f64 * 0.1,
                })
            })
            .collect()
    }

    #[test]
    fn nearest_neighbours_are_the_nearest() {
        let weights = nearest_neighbours(&line(5), 2);
        let lists: Vec<Vec<usize>> = (0..5).map(|u| weights.neighbours(u).collect()).collect();
        assert_eq!(
            lists,
            [vec![1, 2], vec![0, 2], vec![0, 1], vec![2, 4], vec![2, 3]]
        );
    }

    #[test]
    fn a_band_crosses_the_date_line() {
        let at = |longitude| {
            Some(Position {
                latitude: 0.0,
                longitude,
            })
        };
        let weights = distance_band(&[at(179.9), at(-179.9), at(170.0), None], 30_000.0).unwrap();
        assert_eq!(weights.neighbours(0).collect::<Vec<_>>(), [1]);
        assert_eq!(weights.islands(), [2, 3]);
    }
}
