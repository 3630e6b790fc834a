//! The Knox test of near repeats.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::History;
use super::neighbour_order::NeighbourOrders;
use crate::StatsError;
use crate::error::check_repetitions;
use crate::significance::{Alternative, Tails};

/// Parameters of [`knox`].
#[derive(Debug, Clone, PartialEq)]
pub struct KnoxParams {
    orders: usize,
    greatest_lags: Vec<usize>,
    permutations: usize,
    seed: u64,
}

impl KnoxParams {
    /// Pairs up to `orders` steps of neighbours apart (0: the same place), in
    /// bands of lags that each end with one of `greatest_lags`: `[0, 1, 3]`
    /// makes the bands 0, 1 and 2 to 3 periods.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless the lags rise and there is at least
    /// one, for more than 1,000 orders, and unless there are 1 to ten million
    /// permutations.
    pub fn new(
        orders: usize,
        greatest_lags: Vec<usize>,
        permutations: usize,
        seed: u64,
    ) -> Result<Self, StatsError> {
        let falls = greatest_lags.windows(2).find(|pair| pair[0] >= pair[1]);
        if greatest_lags.is_empty() || falls.is_some() {
            return Err(StatsError::Parameter {
                what: "greatest_lags",
                value: falls.map_or(0.0, |pair| pair[1] as f64),
                expected: "at least one lag, each larger than the one before",
            });
        }
        if orders > MOST_ORDERS {
            return Err(StatsError::Parameter {
                what: "orders",
                value: orders as f64,
                expected: "at most 1,000",
            });
        }
        check_repetitions(
            "permutations",
            permutations,
            1,
            "a number from 1 to 10,000,000",
        )?;
        Ok(Self {
            orders,
            greatest_lags,
            permutations,
            seed,
        })
    }
}

/// Pairs of events at one neighbour order and band of lags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnoxCell {
    /// Neighbour order: 0 is the same place.
    pub order: usize,
    /// Least lag in periods.
    pub least_lag: usize,
    /// Greatest lag in periods.
    pub greatest_lag: usize,
    /// Pairs observed.
    pub observed: u64,
    /// Pairs expected if place and time were independent: pairs near in space
    /// × pairs near in time / all pairs, the exact mean over permutations.
    pub expected: f64,
    /// The Knox ratio observed/expected; `None` where none is expected.
    pub ratio: Option<f64>,
    /// How the observed pairs lie among permuted ones.
    pub tails: Tails,
}

impl KnoxCell {
    /// Pseudo p-value; `None` where no arrangement has any pair.
    #[must_use]
    pub fn p(&self, alternative: Alternative) -> Option<f64> {
        (self.expected > 0.0).then(|| self.tails.p(alternative))
    }
}

/// Result of [`knox`].
#[derive(Debug, Clone, PartialEq)]
pub struct Knox {
    /// Number of events.
    pub events: usize,
    /// Cells by order, and in it by lag.
    pub cells: Vec<KnoxCell>,
}

/// Knox's test of space-time interaction: whether more pairs of events are
/// near in both place and time than the places alone and the times alone
/// make.
///
/// Knox (1964), *Applied Statistics* 13; near repeats after Townsley, Homel &
/// Chaseling (2003), *British Journal of Criminology* 43, and Johnson et al.
/// (2007), *Journal of Quantitative Criminology* 23. Near repeats are what
/// [`SelfExciting`](super::SelfExciting) forecasts rest on: without a Knox
/// ratio above 1 at short lags it has nothing to go by.
///
/// 1. Pairs of events are counted by neighbour order and lag.
/// 2. The times are dealt anew to the events `permutations` times, which
///    keeps the hot places, the seasons and the trend; under the null the
///    pseudo p-values are exact.
///
/// As the R package `NearRepeat`, with places and neighbour orders for
/// distances: for points, let each be a place with
/// [`distance_band`](crate::weights::distance_band) weights and use 1 order.
/// A shift of population over time makes interaction too (Kulldorff &
/// Hjalmars 1999, *Biometrics* 55): it is no proof of contagion. Events whose
/// time is known only by period tie at lag 0. O(cells with events ×
/// neighbours × bands) for each permutation; the same result on any number of
/// threads.
///
/// # Errors
/// [`StatsError::Value`] for a count that is unknown, not whole or above 10⁹:
/// pairs can only be counted among events; [`StatsError::TooFew`] for fewer
/// than 2 events; [`StatsError::Parameter`] without weights where neighbours
/// are asked for.
pub fn knox(history: &History<'_>, params: &KnoxParams) -> Result<Knox, StatsError> {
    if params.orders > 0 && history.weights().is_none() {
        return Err(StatsError::Parameter {
            what: "weights",
            value: 0.0,
            expected: "neighbours in the history, or 0 orders",
        });
    }
    let events = events(history)?;
    if events.len() < 2 {
        return Err(StatsError::TooFew {
            method: "the knox test (counted in events)",
            found: events.len(),
            least: 2,
        });
    }
    let orders = NeighbourOrders::new(history.weights(), history.places(), params.orders);
    let pairs = Pairs {
        places: history.places(),
        periods: history.periods(),
        orders: &orders,
        greatest_lags: &params.greatest_lags,
    };
    let observed = pairs.counted(&events);
    let reference: Vec<Vec<u64>> = (0..params.permutations)
        .into_par_iter()
        .map(|permutation| {
            let mut random = crate::random::stream(params.seed, permutation as u64);
            let mut times: Vec<u32> = events.iter().map(|(_, period)| *period).collect();
            times.shuffle(&mut random);
            let dealt: Vec<(u32, u32)> = events
                .iter()
                .zip(times)
                .map(|((place, _), period)| (*place, period))
                .collect();
            pairs.counted(&dealt)
        })
        .collect();
    let expected = pairs.expected(&events);
    let cells = (0..observed.len())
        .map(|cell| {
            let bands = params.greatest_lags.len();
            let band = cell % bands;
            let permuted: Vec<f64> = reference.iter().map(|counts| counts[cell] as f64).collect();
            KnoxCell {
                order: cell / bands,
                least_lag: pairs.least_lag(band),
                greatest_lag: params.greatest_lags[band],
                observed: observed[cell],
                expected: expected[cell],
                ratio: (expected[cell] > 0.0).then(|| observed[cell] as f64 / expected[cell]),
                tails: Tails::of(observed[cell] as f64, &permuted),
            }
        })
        .collect();
    Ok(Knox {
        events: events.len(),
        cells,
    })
}

/// Larger than any map is wide: an array is kept for each order.
const MOST_ORDERS: usize = 1_000;

/// Beyond this a permutation no longer fits in memory comfortably.
const MOST_EVENTS: usize = 50_000_000;

/// Place and period of each event.
fn events(history: &History<'_>) -> Result<Vec<(u32, u32)>, StatsError> {
    let mut events = Vec::new();
    for period in 0..history.periods() {
        for (place, count) in history.counts(period).iter().enumerate() {
            let count = count.unwrap_or(f64::NAN);
            if count.fract() != 0.0 || count > 1e9 {
                return Err(StatsError::Value {
                    what: "count",
                    unit: place,
                    value: count,
                    expected: "a known whole number of events",
                });
            }
            if events.len() + count as usize > MOST_EVENTS {
                return Err(StatsError::Parameter {
                    what: "number of events",
                    value: MOST_EVENTS as f64,
                    expected: "fewer events: divide the study by area or time",
                });
            }
            events.extend(std::iter::repeat_n(
                (place as u32, period as u32),
                count as usize,
            ));
        }
    }
    Ok(events)
}

struct Pairs<'a> {
    places: usize,
    periods: usize,
    orders: &'a NeighbourOrders,
    greatest_lags: &'a [usize],
}

impl Pairs<'_> {
    fn least_lag(&self, band: usize) -> usize {
        band.checked_sub(1)
            .map_or(0, |before| self.greatest_lags[before] + 1)
    }

    /// Pairs by order and band.
    fn counted(&self, events: &[(u32, u32)]) -> Vec<u64> {
        let width = self.periods + 1;
        // Events of each place before each period.
        let mut before = vec![0_u64; self.places * width];
        for (place, period) in events {
            before[*place as usize * width + *period as usize + 1] += 1;
        }
        for row in before.chunks_exact_mut(width) {
            for period in 1..width {
                row[period] += row[period - 1];
            }
        }
        let bands = self.greatest_lags.len();
        let mut counts = vec![0; (self.orders.orders() + 1) * bands];
        for place in 0..self.places {
            let own = &before[place * width..(place + 1) * width];
            for period in 0..self.periods {
                let here = own[period + 1] - own[period];
                if here == 0 {
                    continue;
                }
                for band in 0..bands {
                    let least = self.least_lag(band);
                    // Later events alone: each pair is met once.
                    let from = (period + least.max(1)).min(self.periods);
                    let to = (period + 1)
                        .saturating_add(self.greatest_lags[band])
                        .min(self.periods)
                        .max(from);
                    let same = if least == 0 { here * (here - 1) / 2 } else { 0 };
                    counts[band] += same + here * (own[to] - own[from]);
                    for order in 1..=self.orders.orders() {
                        let mut near = 0;
                        for other in self.orders.at(place, order) {
                            let other = *other as usize;
                            let row = &before[other * width..(other + 1) * width];
                            near += row[to] - row[from];
                            if least == 0 && other > place {
                                near += row[period + 1] - row[period];
                            }
                        }
                        counts[order * bands + band] += here * near;
                    }
                }
            }
        }
        counts
    }

    fn expected(&self, events: &[(u32, u32)]) -> Vec<f64> {
        let mut of_places = vec![0.0; self.places];
        let mut of_periods = vec![0.0; self.periods];
        for (place, period) in events {
            of_places[*place as usize] += 1.0;
            of_periods[*period as usize] += 1.0;
        }
        let all = events.len() as f64 * (events.len() as f64 - 1.0) / 2.0;
        let near = |order: usize| -> f64 {
            (0..self.places)
                .map(|place| match order {
                    0 => of_places[place] * (of_places[place] - 1.0) / 2.0,
                    _ => {
                        let others = self.orders.at(place, order).iter();
                        let sum: f64 = others.map(|other| of_places[*other as usize]).sum();
                        of_places[place] * sum / 2.0
                    }
                })
                .sum()
        };
        let soon = |band: usize| -> f64 {
            (self.least_lag(band)..=self.greatest_lags[band].min(self.periods))
                .map(|lag| match lag {
                    0 => of_periods.iter().map(|n| n * (n - 1.0) / 2.0).sum::<f64>(),
                    _ => of_periods
                        .iter()
                        .zip(of_periods.iter().skip(lag))
                        .map(|(a, b)| a * b)
                        .sum(),
                })
                .sum()
        };
        let bands = self.greatest_lags.len();
        (0..(self.orders.orders() + 1) * bands)
            .map(|cell| near(cell / bands) * soon(cell % bands) / all)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::weights::SpatialWeights;

    fn path(n: usize) -> SpatialWeights {
        SpatialWeights::from_lists(
            (0..n)
                .map(|i| if i + 1 < n { vec![i + 1] } else { vec![] })
                .collect(),
        )
        .unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Every pair of events compared with every other.
        #[test]
        fn pairs_are_those_of_a_double_loop(counts in prop::collection::vec(0u8..3, 24)) {
            let cube: Vec<_> = counts.iter().map(|c| Some(f64::from(*c))).collect();
            let weights = path(4);
            let history = History::new(4, &cube).unwrap().with_weights(&weights).unwrap();
            let list = events(&history).unwrap();
            prop_assume!(list.len() > 1);
            let params = KnoxParams::new(2, vec![0, 1, 4], 9, 1).unwrap();
            let result = knox(&history, &params).unwrap();
            for cell in &result.cells {
                let mut pairs = 0;
                for a in 0..list.len() {
                    for b in a + 1..list.len() {
                        let apart = list[a].0.abs_diff(list[b].0) as usize;
                        let lag = list[a].1.abs_diff(list[b].1) as usize;
                        if apart == cell.order && (cell.least_lag..=cell.greatest_lag).contains(&lag) {
                            pairs += 1;
                        }
                    }
                }
                prop_assert_eq!(cell.observed, pairs);
            }
        }
    }

    #[test]
    fn a_last_band_without_end_takes_in_all_later_pairs() {
        let cube: Vec<_> = (0..40).map(|c| Some(f64::from(c * 11 % 7 % 3))).collect();
        let weights = path(4);
        let history = History::new(4, &cube)
            .unwrap()
            .with_weights(&weights)
            .unwrap();
        let of = |last: usize| {
            let params = KnoxParams::new(1, vec![0, 2, last], 9, 1).unwrap();
            let cells = knox(&history, &params).unwrap().cells;
            cells
                .iter()
                .map(|cell| (cell.observed, cell.expected))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(usize::MAX), of(9));
    }

    #[test]
    fn the_expected_pairs_are_the_mean_of_permutations() {
        let cube: Vec<_> = (0..60).map(|c| Some(f64::from(c * 13 % 7 % 3))).collect();
        let weights = path(6);
        let history = History::new(6, &cube)
            .unwrap()
            .with_weights(&weights)
            .unwrap();
        let list = events(&history).unwrap();
        let orders = NeighbourOrders::new(Some(&weights), 6, 1);
        let pairs = Pairs {
            places: 6,
            periods: 10,
            orders: &orders,
            greatest_lags: &[0, 2],
        };
        let expected = pairs.expected(&list);
        let mut sums = [0.0; 4];
        for number in 0..4000 {
            let mut random = crate::random::stream(8, number);
            let mut times: Vec<u32> = list.iter().map(|e| e.1).collect();
            times.shuffle(&mut random);
            let dealt: Vec<_> = list.iter().zip(times).map(|(e, t)| (e.0, t)).collect();
            for (sum, count) in sums.iter_mut().zip(pairs.counted(&dealt)) {
                *sum += count as f64 / 4000.0;
            }
        }
        for (mean, expected) in sums.iter().zip(expected) {
            assert!((mean / expected - 1.0).abs() < 0.02, "{mean} {expected}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let params = KnoxParams::new(0, vec![1], 9, 1).unwrap();
        for cube in [
            [Some(1.5), Some(2.0)],
            [None, Some(2.0)],
            [Some(0.0), Some(1.0)],
        ] {
            let history = History::new(1, &cube).unwrap();
            assert!(knox(&history, &params).is_err());
        }
        assert!(KnoxParams::new(0, vec![], 9, 1).is_err());
        assert!(KnoxParams::new(0, vec![2, 1], 9, 1).is_err());
        assert!(KnoxParams::new(0, vec![1], 0, 1).is_err());
    }
}
