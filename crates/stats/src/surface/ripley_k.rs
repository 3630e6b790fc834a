//! Ripley's K and L: how many others are within a distance.

use std::f64::consts::PI;

use geo::Coord;
use rayon::prelude::*;

use super::Window;
use super::ball_index::BallIndex;
use crate::StatsError;
use crate::error::check_positive;

/// Ripley's K of points in a window, at each radius.
///
/// K(r) = |W|/(n(n − 1))·Σ_i Σ_{j≠i} 1(d_ij ≤ r)·e_ij, with the weight e_ij of
/// [`RipleyCorrection`]; πr² for points that fall at random. Ripley (1976),
/// *Journal of Applied Probability* 13; (1977), *JRSS B* 39. L(r) = √(K(r)/π)
/// (Besag 1977).
///
/// The same figures as spatstat's `Kest`, which uses n(n − 1) too; pointpats
/// has no edge correction. Points at one place are at distance 0 and count.
///
/// O(n log n + pairs within the largest radius · border segments).
///
/// # Errors
/// [`StatsError`] if there are fewer than three points or one lies outside.
pub fn ripley_k(
    points: &[Coord<f64>],
    window: &Window,
    params: &RipleyParams,
) -> Result<Vec<RipleyK>, StatsError> {
    enough(points)?;
    window.check(points)?;
    Ok(curve(points, points, Pairing::Within, window, params))
}

/// Cross-K: how many of the second kind are within a distance of the first.
///
/// K₁₂(r) = |W|/(n₁n₂)·Σ_i Σ_j 1(d_ij ≤ r)·e_ij; πr² where the two kinds are
/// independent and one of them is even. spatstat's `Kcross`.
///
/// # Errors
/// [`StatsError`] if a kind has no points or a point lies outside.
pub fn cross_k(
    first: &[Coord<f64>],
    second: &[Coord<f64>],
    window: &Window,
    params: &RipleyParams,
) -> Result<Vec<RipleyK>, StatsError> {
    for points in [first, second] {
        if points.is_empty() {
            return Err(StatsError::TooFew {
                method: "cross-K",
                found: 0,
                least: 1,
            });
        }
        window.check(points)?;
    }
    Ok(curve(first, second, Pairing::Across, window, params))
}

/// K and L at one radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RipleyK {
    /// Radius, metres.
    pub radius_m: f64,
    /// K, m². `None` where it cannot be estimated: border correction with no
    /// point that far from the border.
    pub k_m2: Option<f64>,
    /// L = √(K/π), metres; the radius itself for points at random.
    pub l_m: Option<f64>,
}

impl RipleyK {
    pub(crate) fn new(radius_m: f64, k_m2: Option<f64>) -> Self {
        Self {
            radius_m,
            k_m2,
            l_m: k_m2.map(|k| (k / PI).sqrt()),
        }
    }
}

/// What is done about circles that reach beyond the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RipleyCorrection {
    /// Nothing; K is too low. For comparison with other programs.
    None,
    /// Only points at least r from the border are looked from:
    /// K = #pairs/(λ·#points so far inside) with λ = n/|W| (n₂/|W| for
    /// cross-K). Unbiased but for λ, and wasteful.
    Border,
    /// e_ij = 1/share of the circle around i through j inside the window,
    /// at most 100 (spatstat's limit). Ripley (1977). `None` for radii of half
    /// the diagonal of the window's bounding box or more, where whole circles
    /// are outside.
    Isotropic,
    /// e_ij = |W|/|W ∩ (W moved by x_j − x_i)|, at most 100. Ohser (1983).
    /// `None` for radii of the bounding box's shorter side or more.
    Translation,
}

/// Parameters of [`ripley_k`] and [`cross_k`].
#[derive(Debug, Clone, PartialEq)]
pub struct RipleyParams {
    radii_m: Vec<f64>,
    correction: RipleyCorrection,
}

impl RipleyParams {
    /// Checked parameters: radii in metres and the edge correction. Radii
    /// above a quarter of the window's shorter side say little.
    ///
    /// # Errors
    /// [`StatsError`] unless there are radii, all above zero, finite and in
    /// increasing order.
    pub fn new(radii_m: Vec<f64>, correction: RipleyCorrection) -> Result<Self, StatsError> {
        check_radii(&radii_m)?;
        Ok(Self {
            radii_m,
            correction,
        })
    }
}

pub(crate) fn check_radii(radii_m: &[f64]) -> Result<(), StatsError> {
    if radii_m.is_empty() {
        return Err(StatsError::TooFew {
            method: "a curve over radii",
            found: 0,
            least: 1,
        });
    }
    for radius in radii_m {
        check_positive("radius_m", *radius)?;
    }
    for pair in radii_m.windows(2) {
        if pair[0] >= pair[1] {
            return Err(StatsError::Parameter {
                what: "radius_m",
                value: pair[1],
                expected: "more than the radius before it",
            });
        }
    }
    Ok(())
}

fn enough(points: &[Coord<f64>]) -> Result<(), StatsError> {
    if points.len() < 3 {
        return Err(StatsError::TooFew {
            method: "Ripley's K",
            found: points.len(),
            least: 3,
        });
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// Both lists are the same points; no point is its own neighbour.
    Within,
    /// Two kinds of points.
    Across,
}

/// Edge weights above this are noise; spatstat's `maxedgewt`.
const LARGEST_WEIGHT: f64 = 100.0;

/// Points of one list with their sums, summed in order whatever the number of
/// threads.
const CHUNK: usize = 64;

/// The curve of points that are known to lie inside.
pub(crate) fn curve(
    first: &[Coord<f64>],
    second: &[Coord<f64>],
    pairing: Pairing,
    window: &Window,
    params: &RipleyParams,
) -> Vec<RipleyK> {
    let radii = &params.radii_m;
    let vectors: Vec<[f64; 3]> = second.iter().map(|point| [point.x, point.y, 0.0]).collect();
    let all: Vec<u32> = (0..second.len() as u32).collect();
    let widest = radii.last().copied().unwrap_or(0.0);
    let index = BallIndex::new(&vectors, &all, widest * (1.0 + 1e-12));
    let chunks: Vec<Vec<(f64, f64)>> = first
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, points)| {
            // By radius: sum of weights, and points far enough inside.
            let mut sums = vec![(0.0, 0.0); radii.len()];
            let mut steps = vec![0.0; radii.len()];
            for (offset, point) in points.iter().enumerate() {
                steps.fill(0.0);
                let border = match params.correction {
                    RipleyCorrection::None => f64::INFINITY,
                    _ => window.border_distance(*point),
                };
                index.within(&[point.x, point.y, 0.0], |other, chord| {
                    if pairing == Pairing::Within && other == chunk * CHUNK + offset {
                        return;
                    }
                    let distance = chord.sqrt();
                    let bin = radii.partition_point(|radius| *radius < distance);
                    if bin < radii.len() {
                        steps[bin] +=
                            weight(*point, second[other], distance, border, window, params);
                    }
                });
                let mut total = 0.0;
                for (bin, radius) in radii.iter().enumerate() {
                    total += steps[bin];
                    if params.correction != RipleyCorrection::Border || border >= *radius {
                        sums[bin].0 += total;
                        sums[bin].1 += 1.0;
                    }
                }
            }
            sums
        })
        .collect();
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let others = match pairing {
        Pairing::Within => n2 - 1.0,
        Pairing::Across => n2,
    };
    radii
        .iter()
        .enumerate()
        .map(|(bin, radius)| {
            let sum: f64 = chunks.iter().map(|sums| sums[bin].0).sum();
            let looked_from: f64 = chunks.iter().map(|sums| sums[bin].1).sum();
            let k = match params.correction {
                RipleyCorrection::Border => {
                    (looked_from > 0.0).then(|| sum * window.area_m2() / (n2 * looked_from))
                }
                RipleyCorrection::Isotropic if *radius >= window.diagonal() / 2.0 => None,
                RipleyCorrection::Translation if *radius >= window.shorter_side() => None,
                _ => Some(sum * window.area_m2() / (n1 * others)),
            };
            RipleyK::new(*radius, k)
        })
        .collect()
}

fn weight(
    from: Coord<f64>,
    to: Coord<f64>,
    distance: f64,
    border: f64,
    window: &Window,
    params: &RipleyParams,
) -> f64 {
    match params.correction {
        RipleyCorrection::None | RipleyCorrection::Border => 1.0,
        RipleyCorrection::Isotropic if distance <= border => 1.0,
        RipleyCorrection::Isotropic => {
            (1.0 / window.circle_share(from, distance)).min(LARGEST_WEIGHT)
        }
        RipleyCorrection::Translation => {
            let shared = window.shared_area(to.x - from.x, to.y - from.y);
            (window.area_m2() / shared).min(LARGEST_WEIGHT)
        }
    }
}
