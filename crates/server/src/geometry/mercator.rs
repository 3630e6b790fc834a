//! Web Mercator (EPSG:3857) on the unit square.

use std::f64::consts::PI;

/// Latitude at which Web Mercator is cut, so that the world is a square.
const MAX_LATITUDE: f64 = 85.051_128_779_806_6;

/// Longitude and latitude in degrees to world coordinates.
///
/// Longitudes beyond ±180 are taken as they are, so that a shape unrolled
/// across the 180th meridian stays whole. Latitudes are cut at ±85.0511.
pub(crate) fn project(longitude: f64, latitude: f64) -> [f64; 2] {
    let latitude = latitude.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians();
    let x = longitude / 360.0 + 0.5;
    let y = 0.5 - (PI / 4.0 + latitude / 2.0).tan().ln() / (2.0 * PI);
    [x, y]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_world_are_the_corners_of_the_square() {
        let close = |a: [f64; 2], b: [f64; 2]| {
            assert!(
                (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9,
                "{a:?} {b:?}"
            );
        };
        close(project(0.0, 0.0), [0.5, 0.5]);
        close(project(-180.0, 90.0), [0.0, 0.0]);
        close(project(180.0, -90.0), [1.0, 1.0]);
    }
}
