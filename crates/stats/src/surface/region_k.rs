//! Ripley's K on the globe, in a region made of cells.

use std::f64::consts::PI;

use h3o::{CellIndex, LatLng};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::ball_index::BallIndex;
use super::envelope::envelope;
use super::locations::check_same_metric;
use super::ripley_k::check_radii;
use super::{EnvelopeParams, Locations, RipleyEnvelope, RipleyK, StudyRegion};
use crate::StatsError;
use crate::random::stream;
use crate::weights::Position;

/// Ripley's K of places in a region of pieces, by great-circle distance.
///
/// A circle's fate at the border is told by the area around each place that
/// is inside the region, A_i(r), and not by shares of circumferences, which
/// cells do not have:
///
/// K(r) = C(r)·|W|·Σ_i #{j ≠ i: d_ij ≤ r} / ((n − 1)·Σ_i A_i(r)),
///
/// with C(r) the area of a whole circle: 2πR²(1 − cos(r/R)) on the globe, πr²
/// in the plane. C(r) is expected for places at random. A_i(r) is the sum of
/// the pieces whose centres are within r, so radii should be some piece
/// widths. L(r) = √(K/π).
///
/// A ratio of sums: unlike Ripley's isotropic weights it is steady for ragged
/// regions, and like the border method slightly biased for few places.
/// `None` where no piece is within the radius of any place.
///
/// O(n·pieces within the largest radius).
///
/// # Errors
/// [`StatsError`] if there are fewer than three places, one lies outside a
/// region of cells, radii are not increasing, or globe and plane are mixed.
pub fn region_k(
    places: &Locations,
    region: &StudyRegion,
    radii_m: &[f64],
) -> Result<Vec<RipleyK>, StatsError> {
    check_radii(radii_m)?;
    check_same_metric("places and region", places, region.centres())?;
    if places.len() < 3 {
        return Err(StatsError::TooFew {
            method: "Ripley's K",
            found: places.len(),
            least: 3,
        });
    }
    if let Some(unit) = region.inside(places).iter().position(|inside| !inside) {
        return Err(StatsError::Value {
            what: "number of cells that hold the place",
            unit,
            value: 0.0,
            expected: "a place inside the region; leave out the others",
        });
    }
    Ok(curve(places, region, radii_m))
}

/// [`region_k`] with envelopes of as many places thrown at random into the
/// cells, each cell in proportion to its area.
///
/// # Errors
/// As [`region_k`].
pub fn region_envelope(
    places: &Locations,
    cells: &[CellIndex],
    radii_m: &[f64],
    params: &EnvelopeParams,
) -> Result<RipleyEnvelope, StatsError> {
    let region = StudyRegion::cells(cells)?;
    let observed = region_k(places, &region, radii_m)?;
    let mut up_to = 0.0;
    let cumulative: Vec<f64> = region
        .area_km2()
        .iter()
        .map(|area| {
            up_to += area;
            up_to
        })
        .collect();
    Ok(envelope(observed, params, |simulation| {
        let mut random = stream(params.seed, simulation as u64);
        let drawn: Vec<Position> = (0..places.len())
            .map(|_| {
                let mark = random.random::<f64>() * up_to;
                let cell = cumulative.partition_point(|sum| *sum <= mark);
                in_cell(cells[cell.min(cells.len() - 1)], &mut random)
            })
            .collect();
        let drawn = Locations::great_circle(&drawn).expect("drawn latitudes lie within -90 to 90");
        curve(&drawn, &region, radii_m)
    }))
}

/// A place drawn evenly from a cell: from the square of the sphere around it
/// until one falls inside.
fn in_cell(cell: CellIndex, random: &mut ChaCha8Rng) -> Position {
    let corners: Vec<LatLng> = cell.boundary().to_vec();
    let centre = LatLng::from(cell);
    let from_centre = |angle: f64| {
        let turns = ((angle - centre.lng()) / 360.0).round();
        angle - 360.0 * turns
    };
    let low = |values: &dyn Fn(&LatLng) -> f64| corners.iter().map(values).fold(f64::MAX, f64::min);
    let high =
        |values: &dyn Fn(&LatLng) -> f64| corners.iter().map(values).fold(f64::MIN, f64::max);
    let latitude = |corner: &LatLng| corner.lat();
    let longitude = |corner: &LatLng| from_centre(corner.lng());
    // Latitudes are drawn by their sine, since area goes by it. Sides bulge past
    // the corners; a margin covers them.
    let margin = 0.1 * (high(&latitude) - low(&latitude));
    let mut south = (low(&latitude) - margin).max(-90.0).to_radians().sin();
    let mut north = (high(&latitude) + margin).min(90.0).to_radians().sin();
    let wide = high(&longitude) - low(&longitude);
    let (west, wide) = if wide > 170.0 {
        // Corners all around: the pole is inside, or close enough.
        if centre.lat() > 0.0 {
            north = 1.0;
        } else {
            south = -1.0;
        }
        (-180.0, 360.0)
    } else {
        (low(&longitude) - 0.1 * wide, 1.2 * wide)
    };
    loop {
        let latitude = (south + random.random::<f64>() * (north - south))
            .clamp(-1.0, 1.0)
            .asin()
            .to_degrees();
        let longitude = west + random.random::<f64>() * wide;
        if LatLng::new(latitude, longitude)
            .is_ok_and(|place| place.to_cell(cell.resolution()) == cell)
        {
            return Position {
                latitude,
                longitude,
            };
        }
    }
}

fn curve(places: &Locations, region: &StudyRegion, radii_m: &[f64]) -> Vec<RipleyK> {
    let metric = places.metric();
    let radii: Vec<f64> = radii_m.iter().map(|radius| radius / 1000.0).collect();
    let widest = radii.last().map_or(0.0, |radius| metric.chord(*radius)) * (1.0 + 1e-12);
    let numbers = |count: usize| -> Vec<u32> { (0..count as u32).collect() };
    let others = BallIndex::new(places.vectors(), &numbers(places.len()), widest);
    let pieces = region.centres();
    let areas = BallIndex::new(pieces.vectors(), &numbers(pieces.len()), widest);
    let sums: Vec<Vec<(f64, f64)>> = places
        .vectors()
        .par_iter()
        .enumerate()
        .map(|(place, vector)| {
            let mut sums = vec![(0.0, 0.0); radii.len()];
            let bin = |chord: f64| {
                let distance = metric.squared(chord).sqrt();
                radii.partition_point(|radius| *radius < distance)
            };
            others.within(vector, |other, chord| {
                if other != place
                    && let Some(sum) = sums.get_mut(bin(chord))
                {
                    sum.0 += 1.0;
                }
            });
            areas.within(vector, |piece, chord| {
                if let Some(sum) = sums.get_mut(bin(chord)) {
                    sum.1 += region.area_km2()[piece];
                }
            });
            sums
        })
        .collect();
    let total: f64 = region.area_km2().iter().sum();
    let (mut pairs, mut area) = (0.0, 0.0);
    radii
        .iter()
        .enumerate()
        .map(|(bin, radius)| {
            pairs += sums.iter().map(|sums| sums[bin].0).sum::<f64>();
            area += sums.iter().map(|sums| sums[bin].1).sum::<f64>();
            // A cap's area is that of a flat circle whose radius is the chord.
            let circle = PI * metric.chord(*radius).powi(2);
            let n = places.len() as f64;
            let k = (area > 0.0).then(|| circle * total * pairs / ((n - 1.0) * area) * 1e6);
            RipleyK::new(radii_m[bin], k)
        })
        .collect()
}
