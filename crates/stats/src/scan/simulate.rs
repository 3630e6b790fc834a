//! Data sets under the null hypothesis.

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution as _};

/// A way to draw a data set.
pub(super) trait Simulator: Sync {
    /// Adds the events of one data set to `cells`, all zero before.
    fn draw(&self, random: &mut ChaCha8Rng, cells: &mut [i32]);
}

/// A fixed number of events, each in a cell with probability proportional to
/// the weight of the cell.
pub(super) enum Multinomial {
    /// Event by event from an alias table, O(1) each. Walker (1977), *ACM
    /// Transactions on Mathematical Software* 3; built as by Vose (1991).
    Events {
        events: usize,
        /// Share of the column that belongs to its own cell, of 2⁶⁴.
        own: Vec<u64>,
        other: Vec<u32>,
    },
    /// Cell by cell from binomials given what is left, for many events.
    Cells {
        events: u64,
        /// Weight of the cell over that of it and all later ones.
        share: Vec<f64>,
    },
}

impl Multinomial {
    /// Weights are not negative and have a positive sum. O(n).
    pub(super) fn new(weights: &[f64], events: usize) -> Self {
        // A binomial draw takes about as long as this many single events.
        if events > 16 * weights.len() {
            let mut rest = 0.0;
            let mut share: Vec<f64> = weights
                .iter()
                .rev()
                .map(|weight| {
                    rest += weight;
                    if *weight > 0.0 {
                        (weight / rest).min(1.0)
                    } else {
                        0.0
                    }
                })
                .collect();
            share.reverse();
            return Self::Cells {
                events: events as u64,
                share,
            };
        }
        let total: f64 = weights.iter().sum();
        let mut scaled: Vec<f64> = weights
            .iter()
            .map(|weight| weight / total * weights.len() as f64)
            .collect();
        let mut other: Vec<u32> = (0..weights.len() as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            other.iter().partition(|cell| scaled[**cell as usize] < 1.0);
        while let (Some(low), Some(high)) = (small.pop(), large.pop()) {
            other[low as usize] = high;
            scaled[high as usize] -= 1.0 - scaled[low as usize];
            if scaled[high as usize] < 1.0 {
                small.push(high);
            } else {
                large.push(high);
            }
        }
        // What is left differs from a full column by rounding only.
        for cell in small.into_iter().chain(large) {
            scaled[cell as usize] = 1.0;
        }
        let own = scaled
            .iter()
            .map(|share| (share * 18_446_744_073_709_551_616.0) as u64)
            .collect();
        Self::Events { events, own, other }
    }
}

impl Simulator for Multinomial {
    fn draw(&self, random: &mut ChaCha8Rng, cells: &mut [i32]) {
        match self {
            Self::Events { events, own, other } => {
                for _ in 0..*events {
                    // The column and the place in it from one number.
                    let wide = u128::from(random.random::<u64>()) * own.len() as u128;
                    let (column, within) = ((wide >> 64) as usize, wide as u64);
                    let cell = if within < own[column] {
                        column
                    } else {
                        other[column] as usize
                    };
                    cells[cell] += 1;
                }
            }
            Self::Cells { events, share } => {
                let mut left = *events;
                for (cell, share) in cells.iter_mut().zip(share) {
                    if left == 0 {
                        break;
                    }
                    let drawn = Binomial::new(left, *share)
                        .expect("a share lies within 0 and 1")
                        .sample(random);
                    *cell += drawn as i32;
                    left -= drawn;
                }
            }
        }
    }
}

/// Cases drawn without replacement from individuals, some at each place.
pub(super) struct Cases {
    /// Place of each individual.
    owner: Vec<u32>,
    /// Cases, or controls if these are fewer.
    drawn: usize,
    /// Individuals at each place where it is the controls that are drawn.
    complement: Option<Vec<i32>>,
}

impl Cases {
    pub(super) fn new(individuals: &[u64], cases: usize) -> Self {
        let owner: Vec<u32> = individuals
            .iter()
            .enumerate()
            .flat_map(|(place, count)| std::iter::repeat_n(place as u32, *count as usize))
            .collect();
        if 2 * cases > owner.len() {
            Self {
                drawn: owner.len() - cases,
                complement: Some(individuals.iter().map(|count| *count as i32).collect()),
                owner,
            }
        } else {
            Self {
                owner,
                drawn: cases,
                complement: None,
            }
        }
    }
}

impl Simulator for Cases {
    fn draw(&self, random: &mut ChaCha8Rng, cells: &mut [i32]) {
        let mut taken = vec![0_u64; self.owner.len().div_ceil(64)];
        let mut left = self.drawn;
        // At most half are drawn, so that every other try succeeds.
        while left > 0 {
            let individual = random.random_range(0..self.owner.len());
            let (word, bit) = (individual / 64, 1_u64 << (individual % 64));
            if taken[word] & bit == 0 {
                taken[word] |= bit;
                cells[self.owner[individual] as usize] += 1;
                left -= 1;
            }
        }
        if let Some(individuals) = &self.complement {
            for (cell, count) in cells.iter_mut().zip(individuals) {
                *cell = count - *cell;
            }
        }
    }
}

/// The times of events shuffled among their places within each stratum, so
/// that both margins of each stratum stay as observed.
pub(super) struct ShuffledTimes {
    places: Vec<u32>,
    times: Vec<u32>,
    /// Number of events up to the end of each stratum.
    ends: Vec<usize>,
    intervals: usize,
}

impl ShuffledTimes {
    pub(super) fn new(intervals: usize) -> Self {
        Self {
            places: Vec::new(),
            times: Vec::new(),
            ends: Vec::new(),
            intervals,
        }
    }

    /// Adds events of the open stratum.
    pub(super) fn add(&mut self, place: usize, time: usize, count: u64) {
        let events = self.places.len() + count as usize;
        self.places.resize(events, place as u32);
        self.times.resize(events, time as u32);
    }

    /// Ends a stratum.
    pub(super) fn close(&mut self) {
        self.ends.push(self.places.len());
    }
}

impl Simulator for ShuffledTimes {
    fn draw(&self, random: &mut ChaCha8Rng, cells: &mut [i32]) {
        let mut times = self.times.clone();
        let mut start = 0;
        for end in &self.ends {
            times[start..*end].shuffle(random);
            start = *end;
        }
        for (place, time) in self.places.iter().zip(times) {
            cells[*place as usize * self.intervals + time as usize] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    fn mean(simulator: &dyn Simulator, cells: usize, draws: u64) -> Vec<f64> {
        let mut sum = vec![0.0; cells];
        for draw in 0..draws {
            let mut counts = vec![0; cells];
            simulator.draw(&mut stream(5, draw), &mut counts);
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += f64::from(count) / draws as f64;
            }
        }
        sum
    }

    #[test]
    fn both_multinomials_have_the_means_of_their_weights() {
        let weights = [1.0, 0.0, 3.0, 0.5, 5.5];
        for events in [20, 2000] {
            let simulator = Multinomial::new(&weights, events);
            assert_eq!(
                matches!(simulator, Multinomial::Events { .. }),
                events == 20
            );
            let mean = mean(&simulator, 5, 4000);
            for (mean, weight) in mean.iter().zip(weights) {
                let p = weight / 10.0;
                let error = (events as f64 * p * (1.0 - p) / 4000.0).sqrt();
                assert!(
                    (mean - events as f64 * p).abs() <= 4.5 * error,
                    "{mean} {weight}"
                );
            }
        }
    }

    #[test]
    fn cases_are_drawn_without_replacement() {
        let individuals = [10, 0, 30, 60];
        for cases in [20, 80] {
            let simulator = Cases::new(&individuals, cases);
            let mut counts = [0; 4];
            simulator.draw(&mut stream(1, 2), &mut counts);
            assert_eq!(counts.iter().sum::<i32>(), cases as i32);
            assert!(
                counts
                    .iter()
                    .zip(individuals)
                    .all(|(c, n)| *c >= 0 && *c as u64 <= n)
            );
            let mean = mean(&simulator, 4, 4000);
            for (mean, count) in mean.iter().zip(individuals) {
                let (n, share) = (count as f64, cases as f64 / 100.0);
                let variance = n * share * (1.0 - share) * (100.0 - n) / 99.0;
                assert!((mean - n * share).abs() <= 4.5 * (variance / 4000.0).sqrt());
            }
        }
    }

    #[test]
    fn shuffled_times_keep_both_margins() {
        let mut simulator = ShuffledTimes::new(4);
        for (place, time, count) in [(0, 0, 1), (0, 1, 1), (1, 1, 1), (2, 3, 2), (2, 0, 1)] {
            simulator.add(place, time, count);
        }
        simulator.close();
        let mut cells = [0; 12];
        simulator.draw(&mut stream(1, 2), &mut cells);
        for (place, count) in [2, 1, 3].into_iter().enumerate() {
            assert_eq!(cells[place * 4..][..4].iter().sum::<i32>(), count);
        }
        for (time, count) in [2, 2, 0, 2].into_iter().enumerate() {
            assert_eq!(
                (0..3).map(|place| cells[place * 4 + time]).sum::<i32>(),
                count
            );
        }
    }
}
