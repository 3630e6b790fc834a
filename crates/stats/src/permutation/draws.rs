//! Random sequences of distinct units.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::params::PermutationParams;
use crate::random;

/// Draws sequences of distinct numbers.
#[derive(Default)]
pub(super) struct Drawer {
    pub(super) picks: Vec<u32>,
    seen: Vec<u64>,
}

/// Up to this length a search through the sequence is faster than a set.
const SEARCHED: usize = 48;

impl Drawer {
    /// Draws `count` distinct numbers below `of`, in order: numbers seen
    /// before are drawn again, so that the first k of a longer sequence are
    /// the shorter sequence. `count` is at most `of`.
    pub(super) fn draw(&mut self, random: &mut ChaCha8Rng, of: u32, count: usize) {
        debug_assert!(count <= of as usize);
        self.picks.clear();
        if count <= SEARCHED {
            while self.picks.len() < count {
                let pick = below(random, of);
                if !self.picks.contains(&pick) {
                    self.picks.push(pick);
                }
            }
            return;
        }
        self.seen.resize((of as usize).div_ceil(64), 0);
        while self.picks.len() < count {
            let pick = below(random, of);
            let (word, bit) = (pick as usize / 64, 1_u64 << (pick % 64));
            if self.seen[word] & bit == 0 {
                self.seen[word] |= bit;
                self.picks.push(pick);
            }
        }
        for pick in &self.picks {
            self.seen[*pick as usize / 64] = 0;
        }
    }

    /// Draws `count` of the numbers below `of` other than `own`.
    pub(super) fn draw_others(&mut self, random: &mut ChaCha8Rng, of: u32, own: u32, count: usize) {
        self.draw(random, of - 1, count);
        for pick in &mut self.picks {
            *pick += u32::from(*pick >= own);
        }
    }

    /// Draws `count` + 1 numbers for permutation `number` of the shared table
    /// and gives `own` its share, see [`SharedDraws`].
    pub(super) fn draw_shared(
        &mut self,
        params: &PermutationParams,
        number: u64,
        of: u32,
        own: u32,
        count: usize,
    ) {
        self.draw(&mut random::stream(params.seed(), number), of, count + 1);
        let spare = self.picks.pop();
        if let (Some(at), Some(spare)) = (self.picks.iter().position(|p| *p == own), spare) {
            self.picks[at] = spare;
        }
    }
}

/// A uniform number below `of`, without bias. Lemire (2019), *ACM Transactions
/// on Modeling and Computer Simulation* 29.
fn below(random: &mut ChaCha8Rng, of: u32) -> u32 {
    loop {
        let product = u64::from(random.next_u32()) * u64::from(of);
        let low = product as u32;
        if low >= of || low >= of.wrapping_neg() % of {
            return (product >> 32) as u32;
        }
    }
}

/// One table of sequences for all units.
///
/// Each permutation is a sequence of `width` distinct units out of all n. A
/// unit with k neighbours takes the first k; if it finds itself among them it
/// puts the one after these in its own place. That is uniform over the
/// sequences of k of the n − 1 others: the first k + 1 with the unit struck
/// out are a uniform sequence of others, and moving its last to the gap
/// depends on the gap's place alone.
pub(super) struct SharedDraws {
    pub(super) permutations: usize,
    pub(super) width: usize,
    picks: Vec<u32>,
    starts: Vec<u32>,
    places: Vec<Place>,
}

/// Where a unit stands in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) permutation: u32,
    pub(super) position: u32,
}

impl SharedDraws {
    /// O(m · width + n).
    pub(super) fn new(units: usize, width: usize, params: &PermutationParams) -> Self {
        let permutations = params.permutations();
        let of = u32::try_from(units).expect("weights number their units in 32 bits");
        let mut picks = vec![0; permutations * width];
        picks.par_chunks_mut(width).enumerate().for_each_init(
            Drawer::default,
            |drawer, (number, sequence)| {
                drawer.draw(&mut random::stream(params.seed(), number as u64), of, width);
                sequence.copy_from_slice(&drawer.picks);
            },
        );
        let mut starts = vec![0_u32; units + 1];
        for pick in &picks {
            starts[*pick as usize + 1] += 1;
        }
        for unit in 0..units {
            starts[unit + 1] += starts[unit];
        }
        let mut places = vec![Place::default(); picks.len()];
        let mut next = starts.clone();
        for (permutation, sequence) in (0..).zip(picks.chunks(width)) {
            for (position, pick) in (0..).zip(sequence) {
                let at = &mut next[*pick as usize];
                places[*at as usize] = Place {
                    permutation,
                    position,
                };
                *at += 1;
            }
        }
        Self {
            permutations,
            width,
            picks,
            starts,
            places,
        }
    }

    pub(super) fn sequences(&self) -> impl Iterator<Item = &[u32]> {
        self.picks.chunks(self.width)
    }

    pub(super) fn pick(&self, permutation: usize, position: usize) -> u32 {
        self.picks[permutation * self.width + position]
    }

    /// Where a unit stands among the first `count` of a sequence, by
    /// permutation.
    pub(super) fn places(&self, unit: usize, count: usize) -> impl Iterator<Item = Place> + '_ {
        let range = self.starts[unit] as usize..self.starts[unit + 1] as usize;
        self.places[range]
            .iter()
            .copied()
            .filter(move |place| (place.position as usize) < count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every sequence of two of the other four units is as frequent as any
    /// other, whichever unit asks.
    #[test]
    fn a_units_share_of_the_table_is_uniform_over_the_others() {
        let params = PermutationParams::new(60_000, 9).unwrap();
        let draws = SharedDraws::new(5, 3, &params);
        for own in 0..5_u32 {
            let mut counts: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
            for sequence in draws.sequences() {
                let mut share = sequence[..2].to_vec();
                if let Some(at) = share.iter().position(|pick| *pick == own) {
                    share[at] = sequence[2];
                }
                *counts.entry(share).or_default() += 1;
            }
            assert_eq!(counts.len(), 12);
            // χ² with 11 degrees of freedom; 31.3 is its 0.999 quantile.
            let chi: f64 = counts
                .values()
                .map(|count| (*count as f64 - 5000.0).powi(2) / 5000.0)
                .sum();
            assert!(chi < 31.3, "unit {own}: {chi}");
        }
    }

    #[test]
    fn a_longer_sequence_begins_with_the_shorter_one() {
        let mut short = Drawer::default();
        let mut long = Drawer::default();
        for count in [1, SEARCHED, SEARCHED + 1, 200] {
            short.draw(&mut random::stream(1, 2), 200, count);
            long.draw(&mut random::stream(1, 2), 200, 200);
            assert_eq!(short.picks, long.picks[..count]);
        }
        long.picks.sort_unstable();
        assert!(long.picks.iter().copied().eq(0..200));
    }

    #[test]
    fn places_are_found_again() {
        let params = PermutationParams::new(50, 3).unwrap();
        let draws = SharedDraws::new(12, 5, &params);
        for unit in 0..12 {
            let found: Vec<_> = draws.places(unit, 4).collect();
            let mut expected = Vec::new();
            for (permutation, sequence) in draws.sequences().enumerate() {
                for (position, pick) in sequence[..4].iter().enumerate() {
                    if *pick as usize == unit {
                        expected.push(Place {
                            permutation: permutation as u32,
                            position: position as u32,
                        });
                    }
                }
            }
            assert_eq!(found, expected);
        }
    }
}
