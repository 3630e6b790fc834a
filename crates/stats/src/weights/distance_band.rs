//! Everything within a distance.

use rayon::prelude::*;

use super::SpatialWeights;
use super::positions::Place;
use super::rows::collect_rows;
use super::sites::Sites;
use crate::StatsError;
use crate::error::check_positive;

/// All other units no further away than `radius_m` metres, binary; by
/// great-circle or planar distance, as the positions are. Symmetric.
///
/// The boundary belongs to the band, as in libpysal's `DistanceBand` and
/// spdep's `dnearneigh`; a distance counts as it comes out in double precision,
/// so that [`connecting_distance`] as radius leaves no unit out. Units at the
/// same place are neighbours. `None`, no position, is an island. About
/// O(n log n + links).
///
/// # Errors
/// [`StatsError::Parameter`] unless the radius is finite and above zero,
/// [`StatsError::Value`] for a position that is not finite or off the globe.
pub fn distance_band<P: Place>(
    positions: &[Option<P>],
    radius_m: f64,
) -> Result<SpatialWeights, StatsError> {
    check_positive("radius_m", radius_m)?;
    let sites = Sites::new(positions)?;
    collect_rows(
        positions.len(),
        || (),
        |(), unit, row| {
            sites.push_within(unit, radius_m, row);
            Ok(())
        },
    )
}

/// The smallest radius at which every unit with a position has a neighbour:
/// the largest distance of a unit to its nearest other, metres. `None` where
/// fewer than two units have a position.
///
/// The default threshold of GeoDa ("max-min distance") and libpysal's
/// `min_threshold_distance`.
///
/// # Errors
/// [`StatsError::Value`] for a position that is not finite or off the globe.
pub fn connecting_distance<P: Place>(positions: &[Option<P>]) -> Result<Option<f64>, StatsError> {
    let sites = Sites::new(positions)?;
    Ok((0..positions.len())
        .into_par_iter()
        .map_init(Vec::new, |found, unit| {
            sites.nearest(unit, 1, found);
            sites.distance_m(unit, found.first()?.1)
        })
        .flatten()
        .reduce_with(f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::lists;
    use crate::weights::{PlanarPosition, Position};

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
        let all = distance_band(&[at(0.0), at(180.0)], 3e7).unwrap();
        assert_eq!(all.links(), 2, "the radius spans the globe");
    }

    /// The worked example of libpysal's `DistanceBand`.
    #[test]
    fn the_worked_example_of_libpysal_comes_out_the_same() {
        let points = [
            (10.0, 10.0),
            (20.0, 10.0),
            (40.0, 10.0),
            (15.0, 20.0),
            (30.0, 20.0),
            (30.0, 30.0),
        ];
        let points = points.map(|(x_m, y_m)| Some(PlanarPosition { x_m, y_m }));
        let near = distance_band(&points, 11.2).unwrap();
        assert_eq!(
            lists(&near),
            [vec![1, 3], vec![0, 3], vec![], vec![0, 1], vec![5], vec![4]]
        );
        let wide = distance_band(&points, 14.2).unwrap();
        assert_eq!(lists(&wide)[4], [1, 2, 5]);
    }

    #[test]
    fn the_boundary_belongs_to_the_band_and_the_connecting_distance_connects() {
        let at = |x_m, y_m| Some(PlanarPosition { x_m, y_m });
        let places = [at(0.0, 0.0), at(3.0, 4.0), at(3.0, 4.0), at(0.0, -0.1)];
        assert_eq!(distance_band(&places, 5.0).unwrap().cardinality(0), 3);
        assert_eq!(distance_band(&places, 4.999_999).unwrap().cardinality(0), 1);
        let globe: Vec<_> = (0..60)
            .map(|step| {
                Some(Position {
                    latitude: f64::from(step * 37 % 61) - 30.0,
                    longitude: f64::from(step * step % 97) * 3.7 - 180.0,
                })
            })
            .collect();
        let radius = connecting_distance(&globe).unwrap().unwrap();
        assert!(distance_band(&globe, radius).unwrap().islands().is_empty());
        let below = distance_band(&globe, radius * (1.0 - 1e-12)).unwrap();
        assert!(!below.islands().is_empty());
        assert_eq!(connecting_distance::<Position>(&[None]).unwrap(), None);
    }
}
