//! All windows one by one on small areas.

use proptest::prelude::*;
use safeground_stats::scan::*;
use safeground_stats::weights::SpatialWeights;

use super::params;

/// A small area: places on a coarse raster, so that some are tied or
/// coincide, with cases and expected cases.
#[derive(Debug, Clone)]
pub(super) struct Area {
    pub(super) points: Vec<PlanarPoint>,
    pub(super) cases: Vec<u64>,
    pub(super) expected: Vec<f64>,
}

fn areas() -> impl Strategy<Value = Area> {
    let place = (0..7_u8, 0..7_u8, 0..30_u64, 0.5..20.0f64);
    prop::collection::vec(place, 3..14)
        .prop_filter("needs a case", |places| {
            places.iter().any(|place| place.2 > 0)
        })
        .prop_map(|places| Area {
            points: places
                .iter()
                .map(|place| PlanarPoint {
                    x: f64::from(place.0),
                    y: f64::from(place.1),
                })
                .collect(),
            cases: places.iter().map(|place| place.2).collect(),
            expected: places.iter().map(|place| place.3).collect(),
        })
}

impl Area {
    pub(super) fn scan(&self, params: &ScanParams) -> Scan {
        let counts = SpatialCounts::poisson(&self.cases, &self.expected).unwrap();
        circular_scan(&Places::planar(&self.points).unwrap(), &counts, params).unwrap()
    }

    fn ratio(&self, members: &[usize], rates: Rates) -> f64 {
        let total = self.cases.iter().sum::<u64>() as f64;
        let scale = total / self.expected.iter().sum::<f64>();
        let observed = members.iter().map(|i| self.cases[*i]).sum::<u64>() as f64;
        let expected: f64 = members.iter().map(|i| self.expected[*i] * scale).sum();
        let high = observed > expected && observed >= 2.0 && rates != Rates::Low;
        let low = observed < expected && rates != Rates::High;
        let part = |n: f64, m: f64| if n > 0.0 { n * (n / m).ln() } else { 0.0 };
        if high || low {
            part(observed, expected) + part(total - observed, total - expected)
        } else {
            0.0
        }
    }

    fn share(&self, members: &[usize]) -> f64 {
        members.iter().map(|i| self.expected[*i]).sum::<f64>() / self.expected.iter().sum::<f64>()
    }

    /// All circles: each place as centre, each other one on the rim. O(n^3).
    fn circles(&self, limit: f64) -> Vec<Vec<usize>> {
        let n = self.points.len();
        let distance = |a: usize, b: usize| {
            let (a, b) = (self.points[a], self.points[b]);
            (a.x - b.x).powi(2) + (a.y - b.y).powi(2)
        };
        (0..n * n)
            .map(|pair| (pair / n, distance(pair / n, pair % n)))
            .map(|(centre, radius)| (0..n).filter(|i| distance(centre, *i) <= radius).collect())
            .filter(|members: &Vec<usize>| self.share(members) <= limit)
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_most_likely_circle_is_the_best_of_all(area in areas(), side in 0..3_usize) {
        let rates = [Rates::High, Rates::Low, Rates::Both][side];
        let mut params = params(0);
        params.rates = rates;
        let scan = area.scan(&params);
        let best = area
            .circles(0.5)
            .iter()
            .map(|members| area.ratio(members, rates))
            .fold(0.0, f64::max);
        match scan.clusters.first() {
            Some(cluster) => {
                prop_assert!((cluster.log_likelihood_ratio - best).abs() < 1e-9 * best.max(1.0));
                let again = area.ratio(&cluster.members, rates);
                prop_assert!((again - best).abs() < 1e-9 * best.max(1.0));
                prop_assert!(area.share(&cluster.members) <= 0.5 + 1e-12);
            }
            None => prop_assert!(best <= 0.001),
        }
        // What is reported does not overlap.
        let mut seen = std::collections::HashSet::new();
        for member in scan.clusters.iter().flat_map(|cluster| &cluster.members) {
            prop_assert!(seen.insert(*member));
        }
    }

    #[test]
    fn names_units_and_axes_of_places_do_not_matter(area in areas(), turn in 1..13_usize) {
        let n = area.points.len();
        let new = |i: usize| (i * 17 + turn) % n;
        prop_assume!(n != 17);
        let mut moved = area.clone();
        for i in 0..n {
            let point = area.points[i];
            moved.points[new(i)] = PlanarPoint { x: -8.0 * point.y, y: 8.0 * point.x };
            moved.cases[new(i)] = area.cases[i];
            moved.expected[new(i)] = 1000.0 * area.expected[i];
        }
        let (plain, other) = (area.scan(&params(0)), moved.scan(&params(0)));
        let ratio = |scan: &Scan| scan.clusters.first().map_or(0.0, |c| c.log_likelihood_ratio);
        prop_assert!((ratio(&plain) - ratio(&other)).abs() < 1e-9 * (1.0 + ratio(&plain)));
        if let (Some(a), Some(b)) = (plain.clusters.first(), other.clusters.first()) {
            let back: Vec<usize> = a.members.iter().map(|i| new(*i)).collect();
            let again = moved.ratio(&back, Rates::High);
            prop_assert!((again - b.log_likelihood_ratio).abs() < 1e-9 * (1.0 + again));
        }
    }

    #[test]
    fn the_most_likely_flexible_window_is_the_best_connected_set(
        area in areas(),
        most in 1..8_usize,
        restricted in any::<bool>(),
    ) {
        let n = area.points.len();
        let linked = |a: usize, b: usize| {
            let (a, b) = (area.points[a], area.points[b]);
            (a.x - b.x).abs() + (a.y - b.y).abs() <= 2.0
        };
        let lists = (0..n).map(|a| (0..n).filter(|b| *b != a && linked(a, *b)).collect()).collect();
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let counts = SpatialCounts::poisson(&area.cases, &area.expected).unwrap();
        let places = Places::planar(&area.points).unwrap();
        let restriction = if restricted { Restriction::MidP(0.3) } else { Restriction::None };
        let flexible = FlexibleParams::new(most, restriction).unwrap();
        let scan = flexible_scan(&places, &weights, &counts, &flexible, &params(0)).unwrap();

        let total = area.cases.iter().sum::<u64>() as f64;
        let scale = total / area.expected.iter().sum::<f64>();
        let mid_p = |i: usize| {
            let mean = area.expected[i] * scale;
            let (mut p, mut below) = ((-mean).exp(), 0.0);
            for k in 0..area.cases[i] {
                below += p;
                p *= mean / (k + 1) as f64;
            }
            1.0 - below - 0.5 * p
        };
        let mut best = 0.0_f64;
        for set in 1..1_u32 << n {
            let members: Vec<usize> = (0..n).filter(|i| set & (1 << i) != 0).collect();
            if members.len() > most || area.share(&members) > 0.5 {
                continue;
            }
            if restricted && members.iter().any(|i| mid_p(*i) >= 0.3) {
                continue;
            }
            let mut reached = vec![members[0]];
            for next in 0..members.len() {
                let Some(from) = reached.get(next).copied() else { break };
                for to in &members {
                    if linked(from, *to) && !reached.contains(to) {
                        reached.push(*to);
                    }
                }
            }
            // One of the members has all others among its nearest places.
            let near = |centre: usize| {
                let key = |i: usize| {
                    let (a, b) = (area.points[centre], area.points[i]);
                    ((a.x - b.x).powi(2) + (a.y - b.y).powi(2), i != centre, i)
                };
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by(|a, b| key(*a).partial_cmp(&key(*b)).unwrap());
                order.truncate(most);
                members.iter().all(|i| order.contains(i))
            };
            if reached.len() == members.len() && members.iter().any(|i| near(*i)) {
                best = best.max(area.ratio(&members, Rates::High));
            }
        }
        let found = scan.clusters.first().map_or(0.0, |cluster| cluster.log_likelihood_ratio);
        if best > 0.001 || found > 0.0 {
            prop_assert!((found - best).abs() < 1e-9 * best.max(1.0), "{found} {best}");
        }
    }

    #[test]
    fn the_most_likely_cylinder_is_the_best_of_all(
        area in areas(),
        extra in prop::collection::vec((0..20_u64, 0.5..20.0f64), 14 * 4),
        alive in any::<bool>(),
    ) {
        let (n, times) = (area.points.len(), 4);
        let cases: Vec<u64> = extra[..n * times].iter().map(|cell| cell.0).collect();
        let expected: Vec<f64> = extra[..n * times].iter().map(|cell| cell.1).collect();
        prop_assume!(cases.iter().sum::<u64>() > 0);
        let sum = |place: usize| (place * times..(place + 1) * times).map(|c| expected[c]).sum();
        let area = Area { expected: (0..n).map(sum).collect(), ..area };
        let cells = Area { points: Vec::new(), cases: cases.clone(), expected: expected.clone() };
        let mut best = 0.0_f64;
        for members in area.circles(0.5) {
            for first in 0..times {
                for after in first + 1..=times.min(first + 2) {
                    let inside: Vec<usize> = members
                        .iter()
                        .flat_map(|i| i * times + first..i * times + after)
                        .collect();
                    if !alive || after == times {
                        best = best.max(cells.ratio(&inside, Rates::High));
                    }
                }
            }
        }
        let counts = SpaceTimeCounts::poisson(times, &cases, &expected).unwrap();
        let places = Places::planar(&area.points).unwrap();
        let outlook = if alive { Outlook::Prospective } else { Outlook::Retrospective };
        let time = TemporalLimits::new(outlook);
        let scan = space_time_scan(&places, &counts, &time, &params(0)).unwrap();
        let found = scan.clusters.first().map_or(0.0, |cluster| cluster.log_likelihood_ratio);
        if best > 0.001 || found > 0.0 {
            prop_assert!((found - best).abs() < 1e-9 * best.max(1.0), "{found} {best}");
        }
    }
}
