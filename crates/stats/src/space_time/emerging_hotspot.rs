//! Emerging hotspots of a space-time cube.

use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_length, check_share};
use crate::multiple_testing::{Adjustment, adjust};
use crate::weights::SpatialWeights;

use super::cube::SpaceTimeCube;
use super::emerging_category::{Bin, EmergingHotspot, SporadicRule, Trend, classify_bins};
use super::mann_kendall::{MannKendall, MannKendallParams, mann_kendall};
use super::space_time_gi_star::{SpaceTimeGiStarParams, space_time_gi_star};

/// Parameters of [`emerging_hotspots`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmergingHotspotParams {
    /// Neighbourhood in space and time.
    pub gi_star: SpaceTimeGiStarParams,
    /// Adjustment of the p-values of all bins; `None` takes them as they are.
    pub adjustment: Option<Adjustment>,
    /// Rule of sporadic spots.
    pub sporadic: SporadicRule,
    /// Test of the trend of z.
    pub trend: MannKendallParams,
    bin_significance: f64,
    trend_significance: f64,
}

impl EmergingHotspotParams {
    /// Neighbours of the period and the one before against the whole cube,
    /// bins after Benjamini & Hochberg, with the significance that bins and
    /// trends need.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless both lie strictly between 0 and 1.
    pub fn new(bin_significance: f64, trend_significance: f64) -> Result<Self, StatsError> {
        for (what, value) in [
            ("bin significance", bin_significance),
            ("trend significance", trend_significance),
        ] {
            check_share(what, value)?;
        }
        Ok(Self {
            gi_star: SpaceTimeGiStarParams::new(1),
            adjustment: Some(Adjustment::BenjaminiHochberg),
            sporadic: SporadicRule::default(),
            trend: MannKendallParams::default(),
            bin_significance,
            trend_significance,
        })
    }
}

/// Category of one place, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmergingPlace {
    /// The category; `None` if the final period is undefined.
    pub category: Option<EmergingHotspot>,
    /// Mann-Kendall test of the place's Gi* z-values; `None` if undefined.
    pub trend: Option<MannKendall>,
    /// Periods in which Gi* is defined.
    pub periods: usize,
    /// Periods in which the place is significantly hot.
    pub hot: usize,
    /// Periods in which it is significantly cold.
    pub cold: usize,
}

/// Emerging hotspots of a cube: one result for each place.
///
/// 1. Gi* of every bin: [`space_time_gi_star`].
/// 2. p-values adjusted over all bins, and each bin hot, cold or neither.
/// 3. Mann-Kendall test of each place's z-values.
/// 4. Category: [`classify_bins`].
///
/// ArcGIS asks for at least ten periods; fewer are classified here, but 90 %
/// of fewer than ten is all of them. On all threads.
///
/// # Errors
/// [`StatsError::Length`] if the weights have another number of places.
pub fn emerging_hotspots(
    cube: &SpaceTimeCube,
    weights: &SpatialWeights,
    params: &EmergingHotspotParams,
) -> Result<Vec<EmergingPlace>, StatsError> {
    let bins: Vec<Option<TestedBin>> = space_time_gi_star(cube, weights, &params.gi_star)?
        .into_par_iter()
        .map(|bin| {
            bin.map(|bin| TestedBin {
                z: bin.z,
                p: bin.p(),
            })
        })
        .collect();
    classify_gi_star(cube.places(), &bins, params)
}

/// Gi* of one place in one period with its p-value, however that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestedBin {
    /// Standard deviate of Gi*.
    pub z: f64,
    /// Two-sided p-value: of the normal approximation or of permutations.
    pub p: f64,
}

/// Categories from Gi* values made elsewhere, in the layout of a cube.
///
/// # Errors
/// [`StatsError::Length`] unless the bins are a whole number of slices.
pub fn classify_gi_star(
    places: usize,
    bins: &[Option<TestedBin>],
    params: &EmergingHotspotParams,
) -> Result<Vec<EmergingPlace>, StatsError> {
    let periods = bins.len() / places.max(1);
    check_length("bins", bins.len(), places * periods)?;
    let p_values: Vec<Option<f64>> = bins.iter().map(|bin| bin.map(|bin| bin.p)).collect();
    let p_values = match params.adjustment {
        Some(adjustment) => adjust(&p_values, adjustment),
        None => p_values,
    };
    Ok((0..places)
        .into_par_iter()
        .map(|place| {
            let at = |period: usize| period * places + place;
            let z: Vec<Option<f64>> = (0..periods)
                .map(|period| bins[at(period)].map(|bin| bin.z))
                .collect();
            let states: Vec<Option<Bin>> = (0..periods)
                .map(|period| {
                    let (z, p) = (z[period]?, p_values[at(period)]?);
                    Some(Bin::of(z, p, params.bin_significance))
                })
                .collect();
            let trend = mann_kendall(&z, &params.trend).ok();
            let direction = Trend::of(trend.as_ref(), params.trend_significance);
            let count = |which| states.iter().filter(|bin| **bin == Some(which)).count();
            EmergingPlace {
                category: classify_bins(&states, direction, params.sporadic),
                trend,
                periods: states.iter().flatten().count(),
                hot: count(Bin::Hot),
                cold: count(Bin::Cold),
            }
        })
        .collect())
}
