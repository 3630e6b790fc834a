//! Places of units in a search tree.

use rayon::prelude::*;

use super::kd_tree::KdTree;
use super::positions::Place;
use super::rows::check_units;
use crate::StatsError;

/// The distinct places of units. Units at the same place share a site, so
/// that a heap of coincident units costs a search no more than one.
pub(super) struct Sites<P> {
    tree: KdTree,
    places: Vec<P>,
    starts: Vec<usize>,
    units: Vec<u32>,
    site_of: Vec<Option<u32>>,
}

impl<P: Place> Sites<P> {
    pub(super) fn new(positions: &[Option<P>]) -> Result<Self, StatsError> {
        check_units(positions.len())?;
        let mut located: Vec<([f64; 3], u32, P)> = Vec::with_capacity(positions.len());
        for (unit, position) in positions.iter().enumerate() {
            if let Some(position) = position {
                let place = position.checked(unit)?;
                located.push((place.vector(), unit as u32, place));
            }
        }
        located.par_sort_unstable_by(|a, b| {
            let vectors = a.0.iter().zip(&b.0).map(|(a, b)| a.total_cmp(b));
            vectors
                .reduce(std::cmp::Ordering::then)
                .unwrap_or(std::cmp::Ordering::Equal)
                .then(a.1.cmp(&b.1))
        });
        let sites: Vec<_> = located.chunk_by(|a, b| a.0 == b.0).collect();
        let (tree, order) = KdTree::new(sites.iter().map(|site| site[0].0));
        let mut places = Vec::with_capacity(sites.len());
        let mut starts = Vec::with_capacity(sites.len() + 1);
        let mut units = Vec::with_capacity(located.len());
        let mut site_of = vec![None; positions.len()];
        starts.push(0);
        for (number, site) in order.into_iter().enumerate() {
            let site = sites[site as usize];
            places.push(site[0].2);
            for (_, unit, _) in site {
                units.push(*unit);
                site_of[*unit as usize] = Some(number as u32);
            }
            starts.push(units.len());
        }
        Ok(Self {
            tree,
            places,
            starts,
            units,
            site_of,
        })
    }

    /// Units with a place.
    pub(super) fn located(&self) -> usize {
        self.units.len()
    }

    pub(super) fn has_place(&self, unit: usize) -> bool {
        self.site_of[unit].is_some()
    }

    /// Puts the `count` nearest other units into `found`, nearest first, with
    /// the square of their distance as vectors; equally near ones in order of
    /// index. Empty for a unit without a place.
    pub(super) fn nearest(&self, unit: usize, count: usize, found: &mut Vec<(f64, u32)>) {
        found.clear();
        let Some(site) = self.site_of[unit] else {
            return;
        };
        let origin = self.places[site as usize];
        if count == 0 {
            return;
        }
        // The best so far, sorted; equally near ones in order of index, so that
        // the order of search does not choose between them.
        self.tree
            .visit(origin.vector(), f64::MAX, |site, distance| {
                for other in self.units_at(site) {
                    if *other as usize == unit {
                        continue;
                    }
                    let is_before = |found: &(f64, u32)| (found.0, found.1) < (distance, *other);
                    let at = found.partition_point(is_before);
                    if at >= count {
                        break;
                    }
                    found.truncate(count - 1);
                    found.insert(at, (distance, *other));
                }
                found.get(count - 1).map_or(f64::MAX, |last| last.0)
            });
    }

    /// Distance of two units with places, metres.
    pub(super) fn distance_m(&self, unit: usize, other: u32) -> Option<f64> {
        let (here, there) = (self.site_of[unit]?, self.site_of[other as usize]?);
        Some(self.places[here as usize].distance_m(self.places[there as usize]))
    }

    /// Visits every other unit no further than `radius_m` with its distance in
    /// metres, in no particular order.
    pub(super) fn within(&self, unit: usize, radius_m: f64, mut visit: impl FnMut(u32, f64)) {
        self.sites_within(unit, radius_m, |origin, site, _| {
            let distance = origin.distance_m(self.places[site]);
            if distance <= radius_m {
                let others = self.units_at(site).iter();
                others
                    .filter(|other| **other as usize != unit)
                    .for_each(|other| visit(*other, distance));
            }
        });
    }

    /// Adds every other unit no further than `radius_m` to a row.
    pub(super) fn push_within(&self, unit: usize, radius_m: f64, row: &mut Vec<u32>) {
        let surely = P::surely(radius_m);
        self.sites_within(unit, radius_m, |origin, site, squared| {
            // Only near the boundary is the distance itself needed.
            if squared <= surely * surely || origin.distance_m(self.places[site]) <= radius_m {
                let others = self.units_at(site).iter();
                row.extend(others.filter(|other| **other as usize != unit));
            }
        });
    }

    /// Visits sites that may be within a distance of a unit's.
    fn sites_within(&self, unit: usize, radius_m: f64, mut visit: impl FnMut(P, usize, f64)) {
        let Some(site) = self.site_of[unit] else {
            return;
        };
        let origin = self.places[site as usize];
        let reach = P::reach(radius_m);
        // Beyond this a square overflows, and everything is within reach.
        let reach = if reach < 1e150 {
            reach * reach
        } else {
            f64::MAX
        };
        self.tree.visit(origin.vector(), reach, |site, squared| {
            visit(origin, site, squared);
            reach
        });
    }

    fn units_at(&self, site: usize) -> &[u32] {
        &self.units[self.starts[site]..self.starts[site + 1]]
    }
}
