//! Weights that fall with distance.

use super::SpatialWeights;
use super::matrix::LARGEST_WEIGHT;
use super::positions::Place;
use super::rows::collect_weighted_rows;
use super::sites::Sites;
use crate::StatsError;
use crate::error::check_positive;

/// What to make of units at the same place, whose inverse distance is
/// infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coincident {
    /// Fail with [`StatsError::Coincident`].
    Refuse,
    /// Treat whatever is nearer as this many metres away.
    AtLeast {
        /// Least distance, metres.
        distance_m: f64,
    },
}

/// Parameters of [`inverse_distance`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InverseDistanceParams {
    power: f64,
    cut_off_m: Option<f64>,
    coincident: Coincident,
}

impl InverseDistanceParams {
    /// Checked parameters. `power` is the exponent of the distance (1 and 2 are
    /// usual; libpysal writes it as `alpha` with a minus sign). Units further
    /// away than `cut_off_m` metres are no neighbours; at the cut-off they still
    /// are. Without it, all n (n − 1) pairs are linked.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless power, cut-off and least distance are
    /// finite and above zero.
    pub fn new(
        power: f64,
        cut_off_m: Option<f64>,
        coincident: Coincident,
    ) -> Result<Self, StatsError> {
        check_positive("power", power)?;
        if let Some(cut_off_m) = cut_off_m {
            check_positive("cut_off_m", cut_off_m)?;
        }
        if let Coincident::AtLeast { distance_m } = coincident {
            check_positive("distance_m", distance_m)?;
        }
        Ok(Self {
            power,
            cut_off_m,
            coincident,
        })
    }
}

/// Weights d⁻ᵖ of the distance d in metres, as libpysal's `DistanceBand` with
/// `binary=False` and `alpha=-p`. Symmetric; no self-weights.
///
/// `None`, no position, is an island. libpysal gives coincident units an
/// infinite weight; here the caller says what to do. A distance so large that
/// its weight rounds to 0 stays a link of weight 0. O(n log n + links).
///
/// # Errors
/// [`StatsError::Value`] for a position that is not finite or off the globe and
/// for a weight too large for a number, [`StatsError::Coincident`] as asked.
pub fn inverse_distance<P: Place>(
    positions: &[Option<P>],
    params: &InverseDistanceParams,
) -> Result<SpatialWeights, StatsError> {
    let sites = Sites::new(positions)?;
    let radius = params.cut_off_m.unwrap_or(f64::MAX);
    collect_weighted_rows(
        positions.len(),
        || (),
        |(), unit, row| {
            let start = row.len();
            sites.within(unit, radius, |other, distance| row.push((other, distance)));
            for (other, weight) in &mut row[start..] {
                *weight = params.weight(unit, *other as usize, *weight)?;
            }
            Ok(())
        },
    )
}

impl InverseDistanceParams {
    fn weight(&self, unit: usize, other: usize, distance: f64) -> Result<f64, StatsError> {
        let distance = match self.coincident {
            Coincident::AtLeast { distance_m } => distance.max(distance_m),
            Coincident::Refuse if distance == 0.0 => {
                return Err(StatsError::Coincident {
                    unit: unit.min(other),
                    other: unit.max(other),
                });
            }
            Coincident::Refuse => distance,
        };
        let weight = distance.powf(-self.power);
        if weight <= LARGEST_WEIGHT {
            Ok(weight)
        } else {
            Err(StatsError::Value {
                what: "inverse distance",
                unit,
                value: weight,
                expected: "a weight of at most 10^100; set a least distance or a lower power",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::PlanarPosition;

    fn points() -> Vec<Option<PlanarPosition>> {
        [(10.0, 10.0), (20.0, 10.0), (40.0, 10.0), (15.0, 20.0)]
            .map(|(x_m, y_m)| Some(PlanarPosition { x_m, y_m }))
            .to_vec()
    }

    /// The worked examples of libpysal's `DistanceBand`.
    #[test]
    fn the_worked_examples_of_libpysal_come_out_the_same() {
        for (power, expected) in [(1.0, [0.1, 0.089_442_719_099_991_59]), (2.0, [0.01, 0.008])] {
            let params = InverseDistanceParams::new(power, Some(11.2), Coincident::Refuse).unwrap();
            let weights = inverse_distance(&points(), &params).unwrap();
            for ((_, ours), theirs) in weights.weighted(0).zip(expected) {
                assert!((ours - theirs).abs() < 1e-15, "{ours} {theirs}");
            }
            assert_eq!(weights.islands(), [2]);
        }
    }

    #[test]
    fn coincident_units_are_refused_or_kept_apart_as_asked() {
        let mut places = points();
        places.push(places[1]);
        places.push(None);
        let refuse = InverseDistanceParams::new(1.0, None, Coincident::Refuse).unwrap();
        let error = inverse_distance(&places, &refuse).unwrap_err();
        assert_eq!(error, StatsError::Coincident { unit: 1, other: 4 });
        let least = Coincident::AtLeast { distance_m: 0.5 };
        let apart = InverseDistanceParams::new(1.0, None, least).unwrap();
        let weights = inverse_distance(&places, &apart).unwrap();
        assert_eq!(weights.weight(1, 4), Some(2.0));
        assert_eq!(weights.cardinality(0), 4);
        assert_eq!(weights.islands(), [5]);
        assert!(InverseDistanceParams::new(0.0, None, Coincident::Refuse).is_err());
        assert!(InverseDistanceParams::new(1.0, Some(f64::NAN), Coincident::Refuse).is_err());
    }
}
