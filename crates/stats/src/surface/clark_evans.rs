//! Clark and Evans' nearest-neighbour index.

use std::f64::consts::PI;

use geo::Coord;
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::Window;
use crate::StatsError;
use crate::normal;

/// Clark and Evans' index of points in a window: their mean distance to the
/// nearest other point over what points at random have. Below 1 clustered,
/// above 1 regular, at most 2.149 (a triangular lattice).
///
/// Clark & Evans (1954), *Ecology* 35:
///
/// 1. expected distance E = 0.5·√(A/n), standard error √((4 − π)/(4π)·A)/n
///    (their 0.26136/√(nρ)), which hold for a window without a border;
/// 2. with [`NearestCorrection::Donnelly`],
///    E = 0.5·√(A/n) + (0.0514 + 0.0412/√n)·P/n and standard error
///    √(0.0703·A + 0.037·P·√(A/n))/n for perimeter P.
///    Donnelly (1978), in Hodder (ed.), *Simulation Studies in Archaeology*.
///    He fitted it to rectangles that are not too long; elsewhere it is an
///    approximation, and we give it for polygons too, where spatstat refuses;
/// 3. z = (mean − E)/standard error, with its two-sided normal p-value.
///
/// The index is spatstat's `clarkevans`. Its test always uses Clark and Evans'
/// standard error, and E without correction; ours uses the corrected pair,
/// since an uncorrected test calls points at random regular.
///
/// O(n log n).
///
/// # Errors
/// [`StatsError`] if there are fewer than three points or one lies outside.
pub fn clark_evans(
    points: &[Coord<f64>],
    window: &Window,
    correction: NearestCorrection,
) -> Result<ClarkEvans, StatsError> {
    if points.len() < 3 {
        return Err(StatsError::TooFew {
            method: "Clark and Evans' index",
            found: points.len(),
            least: 3,
        });
    }
    window.check(points)?;
    let tree = RTree::bulk_load(
        points
            .iter()
            .enumerate()
            .map(|(unit, point)| GeomWithData::new([point.x, point.y], unit))
            .collect(),
    );
    let distances: Vec<f64> = points
        .par_iter()
        .enumerate()
        .map(|(unit, point)| {
            tree.nearest_neighbor_iter_with_distance_2(&[point.x, point.y])
                .find(|(entry, _)| entry.data != unit)
                .map_or(f64::INFINITY, |(_, squared)| squared.sqrt())
        })
        .collect();
    let n = points.len() as f64;
    let mean_m = distances.iter().sum::<f64>() / n;
    let area = window.area_m2();
    let even = 0.5 * (area / n).sqrt();
    let perimeter = window.perimeter_m();
    let (expected_m, standard_error_m) = match correction {
        NearestCorrection::None => (even, ((4.0 - PI) / (4.0 * PI) * area).sqrt() / n),
        NearestCorrection::Donnelly => (
            even + (0.0514 + 0.0412 / n.sqrt()) * perimeter / n,
            (0.0703 * area + 0.037 * perimeter * (area / n).sqrt()).sqrt() / n,
        ),
    };
    let z = (mean_m - expected_m) / standard_error_m;
    Ok(ClarkEvans {
        mean_m,
        expected_m,
        standard_error_m,
        index: mean_m / expected_m,
        z,
        p: normal::two_sided(z),
    })
}

/// Whether the border is allowed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearestCorrection {
    /// Points near the border lack neighbours beyond it, so that the index is
    /// too high.
    None,
    /// Donnelly (1978).
    Donnelly,
}

/// Result of [`clark_evans`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClarkEvans {
    /// Mean distance to the nearest other point, metres.
    pub mean_m: f64,
    /// What points at random have, metres.
    pub expected_m: f64,
    /// Its standard error, metres.
    pub standard_error_m: f64,
    /// R: mean over expected.
    pub index: f64,
    /// Standard deviate; negative where clustered.
    pub z: f64,
    /// Two-sided p-value under the normal approximation.
    pub p: f64,
}
