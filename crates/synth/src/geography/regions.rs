//! Dividing land into connected regions of similar weight.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::land::{Land, SEA, crowding, roughness};

/// Rounds of moving each region's seed to its middle.
const ROUNDS: usize = 6;

/// Effort to cross each cell, so that borders follow rough ground and regions
/// are small where many people live.
pub(super) fn crossing_costs(land: &Land) -> Vec<u64> {
    land.spots
        .iter()
        .map(|spot| {
            let cost = (1.0 + 1.3 * crowding(*spot)) * (0.5 + roughness(*spot));
            (100.0 * cost) as u64
        })
        .collect()
}

/// Divides a connected set of cells into `count` connected regions.
///
/// 1. seeds as far apart as possible (Gonzalez, 1985);
/// 2. each cell joins the seed it is reached from at least cost (Dijkstra),
///    so every region is connected;
/// 3. each seed moves to the middle of its region, and 2 is repeated.
///
/// Returns the region of each member, in the order of `members`.
pub(super) fn divide(land: &Land, members: &[u32], costs: &[u64], count: usize) -> Vec<u16> {
    let mut place = vec![usize::MAX; land.cells.len()];
    for (position, cell) in members.iter().enumerate() {
        place[*cell as usize] = position;
    }
    let area = Area {
        land,
        members,
        costs,
        place,
    };
    let mut seeds = area.spread_seeds(count);
    let mut regions = area.grow(&seeds).0;
    for _ in 0..ROUNDS {
        let moved = area.middles(&regions, count);
        if moved == seeds {
            break;
        }
        seeds = moved;
        regions = area.grow(&seeds).0;
    }
    regions
}

struct Area<'a> {
    land: &'a Land,
    members: &'a [u32],
    costs: &'a [u64],
    /// Position of each land cell among the members.
    place: Vec<usize>,
}

impl Area<'_> {
    /// Region of each member and its cost from the seed.
    fn grow(&self, seeds: &[usize]) -> (Vec<u16>, Vec<u64>) {
        let mut region = vec![u16::MAX; self.members.len()];
        let mut reached = vec![u64::MAX; self.members.len()];
        let mut queue = BinaryHeap::new();
        for (number, seed) in seeds.iter().enumerate() {
            reached[*seed] = 0;
            queue.push(Reverse((0_u64, number as u16, *seed)));
        }
        while let Some(Reverse((cost, number, position))) = queue.pop() {
            if region[position] != u16::MAX {
                continue;
            }
            region[position] = number;
            let cell = self.members[position] as usize;
            for other in self.land.neighbours[cell] {
                let Some(next) = self.position(other) else {
                    continue;
                };
                let total = cost + self.costs[cell] + self.costs[other as usize];
                if region[next] == u16::MAX && total <= reached[next] {
                    reached[next] = total;
                    queue.push(Reverse((total, number, next)));
                }
            }
        }
        (region, reached)
    }

    fn position(&self, cell: u32) -> Option<usize> {
        if cell == SEA {
            return None;
        }
        let position = self.place[cell as usize];
        (position != usize::MAX).then_some(position)
    }

    /// Seeds far apart, by cost; the first is the member furthest from the
    /// first of the list.
    fn spread_seeds(&self, count: usize) -> Vec<usize> {
        let furthest = |costs: &[u64]| {
            let reached = costs.iter().enumerate();
            reached
                .max_by_key(|(position, cost)| (**cost, Reverse(*position)))
                .map_or(0, |(p, _)| p)
        };
        let mut seeds = vec![furthest(&self.grow(&[0]).1)];
        while seeds.len() < count {
            let next = furthest(&self.grow(&seeds).1);
            seeds.push(next);
        }
        seeds
    }

    /// The member nearest the mean position of each region.
    fn middles(&self, regions: &[u16], count: usize) -> Vec<usize> {
        let spot = |position: usize| self.land.spots[self.members[position] as usize];
        let mut sums = vec![(0.0, 0.0, 0.0); count];
        for (position, region) in regions.iter().enumerate() {
            let sum = &mut sums[usize::from(*region)];
            sum.0 += spot(position).east_km;
            sum.1 += spot(position).north_km;
            sum.2 += 1.0;
        }
        let mut best = vec![(f64::INFINITY, 0); count];
        for (position, region) in regions.iter().enumerate() {
            let (east, north, n) = sums[usize::from(*region)];
            let middle = super::Spot {
                east_km: east / n,
                north_km: north / n,
            };
            let distance = spot(position).distance2(middle);
            if distance < best[usize::from(*region)].0 {
                best[usize::from(*region)] = (distance, position);
            }
        }
        best.into_iter().map(|(_, position)| position).collect()
    }
}
