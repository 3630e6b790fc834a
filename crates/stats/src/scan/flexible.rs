//! The flexibly shaped scan of Tango and Takahashi.

use super::cluster::{Rates, Scan, ScanParams};
use super::counts::SpatialCounts;
use super::places::{Places, by_distance};
use super::program::{Chain, Source};
use super::report::{Form, Task};
use crate::StatsError;
use crate::error::check_length;
use crate::special::gamma;
use crate::weights::SpatialWeights;

/// Most places in a window: the connected sets among so many are counted in
/// millions for each centre.
const MOST_PLACES: usize = 24;

/// Count of a place that fails the screen: no sum with it is above zero.
const FAILED: i32 = -(1 << 26);

/// Which windows the likelihood ratio is restricted to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Restriction {
    /// All connected windows.
    None,
    /// Windows in which each place on its own has a mid-p-value below this.
    MidP(f64),
}

/// Parameters of [`flexible_scan`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlexibleParams {
    places: usize,
    restriction: Restriction,
}

impl FlexibleParams {
    /// Windows among the `places` nearest of each centre, itself included;
    /// `FleXScan` has 15, which takes a while with more than some hundred
    /// places. Restriction with 0.2 is that of Tango (2008).
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless `places` is 1 to 24 and the mid-p
    /// level within 0 and 1.
    pub fn new(places: usize, restriction: Restriction) -> Result<Self, StatsError> {
        if places == 0 || places > MOST_PLACES {
            return Err(StatsError::Parameter {
                what: "places of a flexible window",
                value: places as f64,
                expected: "1 to 24: the number of windows doubles with each",
            });
        }
        if let Restriction::MidP(level) = restriction
            && !(level > 0.0 && level <= 1.0)
        {
            return Err(StatsError::Parameter {
                what: "mid-p level",
                value: level,
                expected: "a level above 0 and at most 1",
            });
        }
        Ok(Self {
            places,
            restriction,
        })
    }
}

/// The flexibly shaped spatial scan statistic.
///
/// Tango & Takahashi (2005), *International Journal of Health Geographics*
/// 4:11. Windows are all connected sets of places that hold the centre and
/// lie among its nearest `places`; links between places are those of
/// `weights`, taken in both directions. Likelihood ratio, p-values and
/// secondary clusters as in [`circular_scan`](super::circular_scan); the
/// limits of the parameters hold too.
///
/// With [`Restriction::MidP`] the ratio is restricted as in Tango (2008),
/// *Japanese Journal of Biometrics* 29: a window counts only if each of its
/// places has a mid-p-value P(X > c) + ½P(X = c), X Poisson with the expected
/// cases of the place, below the level; so too in each simulation. It keeps
/// places without excess out of a cluster.
///
/// Up to 2^(places − 1) windows for each centre. A window is enumerated once
/// for each centre that it may have.
///
/// # Errors
/// [`StatsError::Length`] if numbers of places differ,
/// [`StatsError::Parameter`] for a restriction in a Bernoulli scan or a scan
/// for low rates, where it is not defined, or with more than 2²⁵ cases.
pub fn flexible_scan(
    places: &Places,
    weights: &SpatialWeights,
    counts: &SpatialCounts,
    flexible: &FlexibleParams,
    params: &ScanParams,
) -> Result<Scan, StatsError> {
    check_length("counts", counts.len(), places.len())?;
    check_length("weights", weights.len(), places.len())?;
    let field = counts.field();
    let least = match flexible.restriction {
        Restriction::None => Vec::new(),
        Restriction::MidP(level) => {
            let cases: i64 = field.cells.iter().map(|count| i64::from(*count)).sum();
            let Some(expected) = counts
                .expected()
                .filter(|_| params.rates == Rates::High && cases <= 1 << 25)
            else {
                return Err(StatsError::Parameter {
                    what: "mid-p level",
                    value: level,
                    expected: "a Poisson scan for high rates with at most 2^25 cases, or no restriction",
                });
            };
            expected
                .iter()
                .map(|mean| least_count(*mean, level))
                .collect()
        }
    };
    let screen = |cells: &mut [i32]| {
        for (count, least) in cells.iter_mut().zip(&least) {
            if *count < *least {
                *count = FAILED;
            }
        }
    };
    let mut neighbours = vec![Vec::new(); places.len()];
    for unit in 0..places.len() {
        for other in weights.neighbours(unit) {
            neighbours[unit].push(other as u32);
            neighbours[other].push(unit as u32);
        }
    }
    let source = ConnectedSets {
        places,
        neighbours,
        weights: &field.weights,
        heaviest: params.limits.weight(field.weights.iter().sum()),
        farthest: places.straight(params.limits.radius()),
        most_places: flexible.places.min(params.limits.places()),
    };
    Task {
        source: &source,
        field: &field,
        times: 1,
        spans: &[(0, 1)],
        form: Form::Connected,
        screen: (!least.is_empty()).then_some(&screen),
        params,
    }
    .run()
}

/// Least count of a place with a mid-p-value below the level.
fn least_count(mean: f64, level: f64) -> i32 {
    if mean <= 0.0 {
        return 1;
    }
    let mid_p = |count: i32| {
        let count = f64::from(count);
        // P(X > c) is the regularised lower gamma function at c + 1.
        gamma::lower(count + 1.0, mean) + 0.5 * gamma::poisson_density(count, mean)
    };
    let (mut low, mut high) = (0, 1 << 25);
    while low < high {
        let middle = (low + high) / 2;
        if mid_p(middle) < level {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

struct ConnectedSets<'a> {
    places: &'a Places,
    neighbours: Vec<Vec<u32>>,
    weights: &'a [f64],
    heaviest: f64,
    farthest: f64,
    most_places: usize,
}

impl Source for ConnectedSets<'_> {
    fn chains(&self) -> usize {
        self.places.len()
    }

    fn chain(&self, centre: usize) -> Chain {
        let mut near = by_distance(self.places.points(), centre, self.farthest).places;
        // Places at the position of the centre may come before it.
        near.retain(|place| *place as usize != centre);
        near.insert(0, centre as u32);
        near.truncate(self.most_places);
        let links = near
            .iter()
            .map(|place| {
                let neighbours = &self.neighbours[*place as usize];
                (0..near.len())
                    .filter(|other| neighbours.contains(&near[*other]))
                    .fold(0, |links, other| links | 1 << other)
            })
            .collect();
        let mut growth = Growth {
            set: self,
            links,
            near: &near,
            places: Vec::new(),
            depths: Vec::new(),
        };
        growth.add(0, 0, 0, 0.0, 0);
        Chain {
            centre,
            shape: 0,
            penalty: 1.0,
            whole: vec![true; growth.places.len()],
            places: growth.places,
            depths: growth.depths,
        }
    }
}

struct Growth<'a> {
    set: &'a ConnectedSets<'a>,
    /// For each of the nearest places, which of them it is linked with.
    links: Vec<u32>,
    near: &'a [u32],
    places: Vec<u32>,
    depths: Vec<u8>,
}

impl Growth<'_> {
    /// Adds a place to a set, and then in turn each place linked with it.
    /// What has had its turn is closed for the later ones, so that each set
    /// comes up once.
    fn add(&mut self, place: usize, members: u32, closed: u32, weight: f64, depth: u8) {
        let weight = weight + self.set.weights[self.near[place] as usize];
        if weight > self.set.heaviest {
            return;
        }
        let members = members | 1 << place;
        self.places.push(self.near[place]);
        self.depths.push(depth + 1);
        let linked = (0..self.near.len())
            .filter(|member| members & (1 << member) != 0)
            .fold(0, |linked, member| linked | self.links[member]);
        let mut closed = closed;
        let mut open = linked & !members & !closed;
        while open != 0 {
            let next = open.trailing_zeros() as usize;
            open &= open - 1;
            self.add(next, members, closed, weight, depth + 1);
            closed |= 1 << next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::PlanarPoint;

    #[test]
    fn each_connected_set_comes_up_once() {
        // A ring of six: sets with the centre are arcs, 1+2+3+4+5 of them
        // and the whole ring.
        let points: Vec<_> = (0..6)
            .map(|i| f64::from(i).to_radians() * 60.0)
            .map(|angle| PlanarPoint {
                x: angle.cos(),
                y: angle.sin(),
            })
            .collect();
        let places = Places::planar(&points).unwrap();
        let source = ConnectedSets {
            places: &places,
            neighbours: (0..6).map(|i| vec![(i + 1) % 6, (i + 5) % 6]).collect(),
            weights: &[1.0; 6],
            heaviest: 10.0,
            farthest: f64::INFINITY,
            most_places: 6,
        };
        let chain = source.chain(2);
        let mut sets: Vec<Vec<usize>> = (0..chain.places.len())
            .map(|step| super::super::program::members(&chain.places, &chain.depths, step))
            .collect();
        for set in &mut sets {
            assert_eq!(set[0], 2);
            set.sort_unstable();
        }
        sets.sort();
        sets.dedup();
        assert_eq!(sets.len(), 16);
        assert_eq!(chain.places.len(), 16);
    }

    #[test]
    fn least_count_is_the_first_below_the_level() {
        // P(X > 3) + P(X = 3)/2 for a mean of 1.5 is 0.1284, for 2 it is 0.3167.
        assert_eq!(least_count(1.5, 0.2), 3);
        assert_eq!(least_count(1.5, 0.12), 4);
        assert_eq!(least_count(0.0, 0.2), 1);
        assert!(FlexibleParams::new(0, Restriction::None).is_err());
        assert!(FlexibleParams::new(5, Restriction::MidP(0.0)).is_err());
    }
}
