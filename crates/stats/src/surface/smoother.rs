//! The sum over kernels that all surfaces share.

use rayon::prelude::*;

use super::ball_index::BallIndex;
use super::kernel::Profile;
use super::locations::Metric;
use super::{Kernel, Locations, StudyRegion};

/// Kernels around events, each with its own bandwidth, ready to be summed at
/// any place.
///
/// Events are grouped by bandwidth into octaves, so that one wide kernel does
/// not make the search around all others wide.
#[derive(Debug, Clone)]
pub(crate) struct Smoother {
    kernel: Profile,
    metric: Metric,
    classes: Vec<BallIndex>,
    /// 1/h², per km².
    precision: Vec<f64>,
}

impl Smoother {
    pub(crate) fn new(events: &Locations, bandwidths_km: &[f64], kernel: Kernel) -> Self {
        let metric = events.metric();
        let classes = octaves(bandwidths_km)
            .into_iter()
            .map(|(widest, members)| {
                let reach = reach(metric, kernel, widest);
                BallIndex::new(events.vectors(), &members, reach)
            })
            .collect();
        Self {
            kernel: kernel.profile(),
            metric,
            classes,
            precision: bandwidths_km.iter().map(|h| 1.0 / (h * h)).collect(),
        }
    }

    /// Calls `visit` with every event whose kernel covers the place, and the
    /// kernel's value there, per km².
    pub(crate) fn visit(&self, place: &[f64; 3], mut visit: impl FnMut(usize, f64)) {
        for class in &self.classes {
            class.within(place, |event, chord| {
                let precision = self.precision[event];
                let weight = self.kernel.weight(self.metric.squared(chord) * precision);
                if weight > 0.0 {
                    visit(event, weight * precision);
                }
            });
        }
    }

    /// Σ weight·kernel at each place, per km², on all threads.
    pub(crate) fn sums(&self, weights: &[f64], places: &Locations) -> Vec<f64> {
        places
            .vectors()
            .par_iter()
            .map(|place| {
                let mut total = 0.0;
                self.visit(place, |event, value| total += weights[event] * value);
                total
            })
            .collect()
    }
}

/// Share of the mass of a kernel around each place that lies in the region:
/// ∫_region K_h(u − x) du by the midpoint rule over the region's pieces.
pub(crate) fn mass_inside(
    places: &Locations,
    bandwidths_km: &[f64],
    kernel: Kernel,
    region: &StudyRegion,
) -> Vec<f64> {
    integral_inside(places, bandwidths_km, kernel, region, |value| value)
}

/// ∫_region g(K_h(u − x)) du around each place.
pub(crate) fn integral_inside(
    places: &Locations,
    bandwidths_km: &[f64],
    kernel: Kernel,
    region: &StudyRegion,
    transform: impl Fn(f64) -> f64 + Sync,
) -> Vec<f64> {
    let pieces = region.centres();
    let metric = pieces.metric();
    let all: Vec<u32> = (0..pieces.len() as u32).collect();
    let profile = kernel.profile();
    let mut masses = vec![0.0; places.len()];
    for (widest, members) in octaves(bandwidths_km) {
        let index = BallIndex::new(pieces.vectors(), &all, reach(metric, kernel, widest));
        let found: Vec<f64> = members
            .par_iter()
            .map(|member| {
                let member = *member as usize;
                let precision = 1.0 / (bandwidths_km[member] * bandwidths_km[member]);
                let mut total = 0.0;
                index.within(&places.vectors()[member], |piece, chord| {
                    let value = precision * profile.weight(metric.squared(chord) * precision);
                    total += region.area_km2()[piece] * transform(value);
                });
                total
            })
            .collect();
        for (member, mass) in members.into_iter().zip(found) {
            masses[member as usize] = mass;
        }
    }
    masses
}

/// Straight-line distance, km, within which a kernel can be above zero. A
/// hair wider than the formula, so that rounding loses nothing.
fn reach(metric: Metric, kernel: Kernel, bandwidth_km: f64) -> f64 {
    metric.chord(kernel.reach() * bandwidth_km) * (1.0 + 1e-12)
}

/// Members by octave of the bandwidth, with the widest of each.
fn octaves(bandwidths: &[f64]) -> Vec<(f64, Vec<u32>)> {
    let mut order: Vec<(i32, u32)> = bandwidths
        .iter()
        .enumerate()
        .map(|(index, bandwidth)| (bandwidth.log2().floor() as i32, index as u32))
        .collect();
    order.sort_unstable();
    let mut classes: Vec<(i32, f64, Vec<u32>)> = Vec::new();
    for (octave, member) in order {
        let bandwidth = bandwidths[member as usize];
        match classes.last_mut() {
            Some((last, widest, members)) if *last == octave => {
                *widest = widest.max(bandwidth);
                members.push(member);
            }
            _ => classes.push((octave, bandwidth, vec![member])),
        }
    }
    classes
        .into_iter()
        .map(|(_, widest, members)| (widest, members))
        .collect()
}
