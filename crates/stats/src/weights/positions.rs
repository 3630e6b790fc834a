//! Where units are: on the globe or on a projected plane.

use crate::StatsError;
use crate::error::check_value;

/// Mean radius of the Earth (IUGG R1), metres.
pub(crate) const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place that distances can be measured from: [`Position`] on the globe by
/// great circle, [`PlanarPosition`] on a plane by straight line. Every method
/// of distance takes either; sealed.
pub trait Place: embedded::Embedded {}

/// A position on the globe, degrees. Distances are great-circle distances on a
/// sphere of radius 6,371,008.8 m (haversine formula).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −360 to 360, so that both −180…180 and 0…360 are read.
    pub longitude: f64,
}

/// A position on a projected plane, metres. Distances are straight lines.
///
/// Any other unit of length will do as well: everything named in metres is
/// then in that unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarPosition {
    /// Metres east.
    pub x_m: f64,
    /// Metres north.
    pub y_m: f64,
}

impl Position {
    /// Place on the sphere of radius 1, x through the meridian of Greenwich on
    /// the equator and z through the North Pole.
    pub(crate) fn unit_vector(self) -> [f64; 3] {
        let (latitude, longitude) = (self.latitude.to_radians(), self.longitude.to_radians());
        [
            latitude.cos() * longitude.cos(),
            latitude.cos() * longitude.sin(),
            latitude.sin(),
        ]
    }

    /// Great-circle distance, metres; the same to the bit in both directions.
    pub(crate) fn great_circle_m(self, other: Self) -> f64 {
        let half = |a: f64, b: f64| ((a - b) / 2.0).to_radians().sin().powi(2);
        let cosines = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let haversine =
            half(self.latitude, other.latitude) + cosines * half(self.longitude, other.longitude);
        2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin()
    }
}

impl Place for Position {}
impl Place for PlanarPosition {}

pub(super) mod embedded {
    use crate::StatsError;

    /// What the search needs to know of a place.
    pub trait Embedded: Copy + Send + Sync {
        /// The place as a vector whose straight-line distances order pairs as
        /// the distances between places do.
        fn vector(self) -> [f64; 3];
        /// Distance, metres; the same to the bit in both directions.
        fn distance_m(self, other: Self) -> f64;
        /// Straight-line distance of vectors that lie `distance_m` apart, a
        /// little more so that rounding loses none.
        fn reach(distance_m: f64) -> f64;
        /// The same, a little less: what is nearer is nearer in spite of
        /// rounding. 0 where nothing is sure.
        fn surely(distance_m: f64) -> f64;
        /// The place in the one form of those that mean the same.
        fn checked(self, unit: usize) -> Result<Self, StatsError>;
    }
}

impl embedded::Embedded for Position {
    fn vector(self) -> [f64; 3] {
        self.unit_vector()
    }

    fn distance_m(self, other: Self) -> f64 {
        self.great_circle_m(other)
    }

    fn reach(distance_m: f64) -> f64 {
        chord(distance_m) * (1.0 + 1e-9) + 1e-15
    }

    fn surely(distance_m: f64) -> f64 {
        (chord(distance_m) * (1.0 - 1e-9) - 1e-15).max(0.0)
    }

    fn checked(self, unit: usize) -> Result<Self, StatsError> {
        check("latitude", unit, self.latitude, 90.0, "−90 to 90 degrees")?;
        check(
            "longitude",
            unit,
            self.longitude,
            360.0,
            "−360 to 360 degrees",
        )?;
        // Adding 0 makes −0 to 0; −180 and 180 are the same meridian.
        let longitude = if self.longitude > 180.0 {
            self.longitude - 360.0
        } else if self.longitude <= -180.0 {
            self.longitude + 360.0
        } else {
            self.longitude
        };
        Ok(Self {
            latitude: self.latitude + 0.0,
            longitude: longitude + 0.0,
        })
    }
}

impl embedded::Embedded for PlanarPosition {
    fn vector(self) -> [f64; 3] {
        [self.x_m, self.y_m, 0.0]
    }

    fn distance_m(self, other: Self) -> f64 {
        (self.x_m - other.x_m).hypot(self.y_m - other.y_m)
    }

    fn reach(distance_m: f64) -> f64 {
        distance_m * (1.0 + 1e-9)
    }

    fn surely(distance_m: f64) -> f64 {
        distance_m * (1.0 - 1e-9)
    }

    fn checked(self, unit: usize) -> Result<Self, StatsError> {
        // Squares of differences of coordinates must not overflow.
        let expected = "a finite number below 1e150 in size";
        check("x_m", unit, self.x_m, 1e150, expected)?;
        check("y_m", unit, self.y_m, 1e150, expected)?;
        Ok(Self {
            x_m: self.x_m + 0.0,
            y_m: self.y_m + 0.0,
        })
    }
}

/// Straight line through the unit sphere between places so far apart.
fn chord(distance_m: f64) -> f64 {
    let half_angle = (distance_m / EARTH_RADIUS_M / 2.0).min(std::f64::consts::FRAC_PI_2);
    2.0 * half_angle.sin()
}

fn check(
    what: &'static str,
    unit: usize,
    value: f64,
    largest: f64,
    expected: &'static str,
) -> Result<(), StatsError> {
    check_value(what, unit, value, value.abs() <= largest, expected)
}

#[cfg(test)]
mod tests {
    use super::embedded::Embedded as _;
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position {
            latitude,
            longitude,
        }
    }

    #[test]
    fn a_degree_along_the_equator_and_half_the_globe_are_known_lengths() {
        let degree = EARTH_RADIUS_M.to_radians();
        assert!((at(0.0, 10.0).distance_m(at(0.0, 11.0)) - degree).abs() < 1e-6);
        let half = at(90.0, 0.0).distance_m(at(-90.0, 70.0));
        assert!((half - 180.0 * degree).abs() < 1e-6);
    }

    #[test]
    fn the_two_names_of_the_date_line_are_one_meridian() {
        assert_eq!(at(5.0, -180.0).checked(0), at(5.0, 180.0).checked(0));
        assert_eq!(at(5.0, 190.0).checked(0), at(5.0, -170.0).checked(0));
    }

    #[test]
    fn positions_off_the_globe_and_without_a_number_are_refused() {
        assert!(at(91.0, 0.0).checked(3).is_err());
        let error = at(0.0, f64::NAN).checked(3).unwrap_err().to_string();
        assert!(error.contains("longitude of unit 3"), "{error}");
        let far = PlanarPosition {
            x_m: f64::INFINITY,
            y_m: 0.0,
        };
        assert!(far.checked(0).is_err());
    }
}
