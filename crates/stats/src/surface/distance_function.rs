//! Distances to the nearest point: the functions G, F and J.

use std::f64::consts::PI;

use geo::Coord;
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::Window;
use super::distance_distribution::distribution;
use super::ripley_k::check_radii;
use crate::StatsError;

/// Nearest-neighbour function G: share of points whose nearest other point is
/// within a distance, at each radius.
///
/// G(r) = P(distance from a point to the nearest other ≤ r). For points at
/// random 1 − e^(−λπr²) with λ = n/|W|; above that where points gather, below
/// where they keep apart. Diggle (2003), *Statistical Analysis of Spatial
/// Point Patterns*, section 2.3; the estimators are those of
/// [`DistanceCorrection`]. Unlike [`ripley_k`](super::ripley_k()), which counts
/// all pairs, G sees the nearest only: clusters of two raise it as much as
/// clusters of fifty.
///
/// The same figures as spatstat's `Gest` (`raw`, `rs`, `km`); its Hanisch
/// estimator is not offered.
///
/// O(n log n + n · border segments).
///
/// # Errors
/// [`StatsError`] if there are fewer than three points or one lies outside.
pub fn nearest_neighbour_g(
    points: &[Coord<f64>],
    window: &Window,
    params: &DistanceParams,
) -> Result<Vec<DistanceStep>, StatsError> {
    curve(DistanceFunction::NearestNeighbour, points, window, params)
}

/// Empty-space function F: share of the window that has a point within a
/// distance, at each radius.
///
/// F(r) = P(distance from a fixed place to the nearest point ≤ r), taken over
/// the centres of a grid that lie in the window, by default 128 × 128 over its
/// bounding box. 1 − e^(−λπr²) for points at random; *below* that where points
/// gather, since they leave room empty, above where they are even. Diggle
/// (2003), section 2.4; spherical contact distribution of stochastic geometry.
///
/// The figures of spatstat's `Fest`, which has the same grid; it reads the
/// Kaplan–Meier curve from a histogram, and differs by about 10⁻⁴.
///
/// O(n log n + locations · (log n + border segments)).
///
/// # Errors
/// [`StatsError`] if there are fewer than three points or one lies outside.
pub fn empty_space_f(
    points: &[Coord<f64>],
    window: &Window,
    params: &DistanceParams,
) -> Result<Vec<DistanceStep>, StatsError> {
    curve(DistanceFunction::EmptySpace, points, window, params)
}

/// J function: (1 − G)/(1 − F), at each radius.
///
/// 1 for points at random, below 1 where points gather, above 1 where they
/// keep apart. Van Lieshout & Baddeley (1996), *Statistica Neerlandica* 50.
/// Edge effects of G and F largely cancel, so that it can be used without
/// correction too (Baddeley, Kerscher, Schladitz & Scott 2000, *Statistica
/// Neerlandica* 54). `None` where F has reached 1; close to that J is a ratio
/// of small numbers and strays far, so choose radii below.
///
/// The ratio of spatstat's `Jest`. Cost of [`nearest_neighbour_g`] and
/// [`empty_space_f`].
///
/// # Errors
/// [`StatsError`] if there are fewer than three points or one lies outside.
pub fn j_function(
    points: &[Coord<f64>],
    window: &Window,
    params: &DistanceParams,
) -> Result<Vec<DistanceStep>, StatsError> {
    curve(DistanceFunction::J, points, window, params)
}

/// Which function of distances to the nearest point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistanceFunction {
    /// G, [`nearest_neighbour_g`].
    NearestNeighbour,
    /// F, [`empty_space_f`].
    EmptySpace,
    /// J, [`j_function`].
    J,
}

/// A function of distances at one radius.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceStep {
    /// Radius, metres.
    pub radius_m: f64,
    /// G, F or J. `None` where it cannot be estimated.
    pub value: Option<f64>,
    /// What points at random have in a window without a border.
    pub at_random: f64,
}

/// What is done about places nearer to the border than to the nearest point:
/// there may be a nearer one beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistanceCorrection {
    /// Nothing; distances are too long, and G and F too low.
    None,
    /// Only places at least r from the border are looked at: the reduced
    /// sample, #(distance ≤ r ≤ border)/#(border ≥ r). Ripley (1977), *JRSS B*
    /// 39. Not always rising. `None` where no place is so far inside.
    Border,
    /// A distance to a nearest point beyond the border distance counts as
    /// censored there, and the curve is that of Kaplan & Meier: Baddeley &
    /// Gill (1997), *Annals of Statistics* 25. Uses all places. `None` beyond
    /// the last place if that is censored.
    KaplanMeier,
}

/// Parameters of the functions of distances.
#[derive(Debug, Clone, PartialEq)]
pub struct DistanceParams {
    pub(super) radii_m: Vec<f64>,
    pub(super) correction: DistanceCorrection,
    pub(super) columns: usize,
}

impl DistanceParams {
    /// Checked parameters: radii in metres and the edge correction; F looks
    /// from the centres of a grid of 128 × 128.
    ///
    /// # Errors
    /// [`StatsError`] unless there are radii, all above zero, finite and in
    /// increasing order.
    pub fn new(radii_m: Vec<f64>, correction: DistanceCorrection) -> Result<Self, StatsError> {
        check_radii(&radii_m)?;
        Ok(Self {
            radii_m,
            correction,
            columns: 128,
        })
    }

    /// The same with a grid of `columns` × `columns` over the bounding box.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless `columns` is from 8 to 2,048.
    pub fn with_grid(self, columns: usize) -> Result<Self, StatsError> {
        if !(8..=2048).contains(&columns) {
            return Err(StatsError::Parameter {
                what: "columns",
                value: columns as f64,
                expected: "a number from 8 to 2,048",
            });
        }
        Ok(Self { columns, ..self })
    }
}

fn curve(
    function: DistanceFunction,
    points: &[Coord<f64>],
    window: &Window,
    params: &DistanceParams,
) -> Result<Vec<DistanceStep>, StatsError> {
    if points.len() < 3 {
        return Err(StatsError::TooFew {
            method: "a function of nearest distances",
            found: points.len(),
            least: 3,
        });
    }
    window.check(points)?;
    let values = Places::new(function, window, params).values(points, window, params);
    let density = points.len() as f64 / window.area_m2();
    Ok(params
        .radii_m
        .iter()
        .zip(values)
        .map(|(radius, value)| DistanceStep {
            radius_m: *radius,
            value,
            at_random: match function {
                DistanceFunction::J => 1.0,
                _ => -(-density * PI * radius * radius).exp_m1(),
            },
        })
        .collect())
}

/// From where the function looks, whatever the points.
pub(super) struct Places {
    function: DistanceFunction,
    /// Centres of the grid, with their distances to the border; empty for G.
    centres: Vec<(Coord<f64>, f64)>,
}

impl Places {
    pub(super) fn new(
        function: DistanceFunction,
        window: &Window,
        params: &DistanceParams,
    ) -> Self {
        let centres = match function {
            DistanceFunction::NearestNeighbour => Vec::new(),
            _ => window
                .grid(params.columns)
                .into_par_iter()
                .map(|centre| (centre, border(window, centre, params)))
                .collect(),
        };
        Self { function, centres }
    }

    /// The function of points that are known to lie inside.
    pub(super) fn values(
        &self,
        points: &[Coord<f64>],
        window: &Window,
        params: &DistanceParams,
    ) -> Vec<Option<f64>> {
        let tree = RTree::bulk_load(
            points
                .iter()
                .enumerate()
                .map(|(unit, point)| GeomWithData::new([point.x, point.y], unit))
                .collect(),
        );
        let g = || {
            let distances = points
                .par_iter()
                .enumerate()
                .with_min_len(256)
                .map(|(unit, point)| {
                    let nearest = tree
                        .nearest_neighbor_iter_with_distance_2(&[point.x, point.y])
                        .find(|(entry, _)| entry.data != unit);
                    let distance = nearest.map_or(f64::INFINITY, |(_, squared)| squared.sqrt());
                    (distance, border(window, *point, params))
                })
                .collect();
            distribution(distances, params)
        };
        let f = || {
            let distances = self
                .centres
                .par_iter()
                .with_min_len(256)
                .map(|(centre, border)| {
                    let nearest = tree
                        .nearest_neighbor_iter_with_distance_2(&[centre.x, centre.y])
                        .next();
                    let distance = nearest.map_or(f64::INFINITY, |(_, squared)| squared.sqrt());
                    (distance, *border)
                })
                .collect();
            distribution(distances, params)
        };
        match self.function {
            DistanceFunction::NearestNeighbour => g(),
            DistanceFunction::EmptySpace => f(),
            DistanceFunction::J => g()
                .into_iter()
                .zip(f())
                .map(|(g, f)| {
                    let left = 1.0 - f?;
                    (left > 0.0).then_some((1.0 - g?) / left)
                })
                .collect(),
        }
    }
}

fn border(window: &Window, place: Coord<f64>, params: &DistanceParams) -> f64 {
    match params.correction {
        DistanceCorrection::None => f64::INFINITY,
        _ => window.border_distance(place),
    }
}
