//! How many different values there are, in bounded memory.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Distinct hashes kept.
const KEPT: usize = 128;

/// Estimates the number of distinct texts by the smallest hashes (Bar-Yossef
/// and others, "Counting distinct elements in a data stream", 2002). Exact up
/// to 127; merging in any order gives the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Variety {
    smallest: BTreeSet<u64>,
}

impl Variety {
    pub(super) fn see(&mut self, text: &str) {
        // The default hasher has fixed keys, so findings are reproducible.
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.insert(hasher.finish());
    }

    fn insert(&mut self, hash: u64) {
        if self.smallest.len() < KEPT {
            self.smallest.insert(hash);
        } else if self.smallest.last().is_some_and(|last| hash < *last)
            && self.smallest.insert(hash)
        {
            self.smallest.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.smallest.iter().for_each(|hash| self.insert(*hash));
    }

    /// About how many different texts were seen.
    pub(super) fn distinct(&self) -> u64 {
        if self.smallest.len() < KEPT {
            return self.smallest.len() as u64;
        }
        let largest = *self.smallest.last().expect("the set is full");
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate with an error of about a tenth"
        )]
        let estimate = ((KEPT - 1) as f64 / (largest as f64 / u64::MAX as f64)) as u64;
        estimate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_values_are_counted_in_any_order() {
        let (mut one, mut other, mut half) =
            (Variety::default(), Variety::default(), Variety::default());
        for number in 0..10_000 {
            one.see(&(number % 5_000).to_string());
            if number % 2 == 0 {
                &mut other
            } else {
                &mut half
            }
            .see(&((9_999 - number) % 5_000).to_string());
        }
        other.merge(&half);
        assert_eq!(one.distinct(), other.distinct());
        assert!(
            (4_000..6_000).contains(&one.distinct()),
            "{}",
            one.distinct()
        );
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let mut variety = Variety::default();
        for number in 0..1_000 {
            variety.see(["yes", "no", "unknown"][number % 3]);
        }
        assert_eq!(variety.distinct(), 3);
    }
}
