//! Sets of words that are looked up for every value.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// A set of fixed words. Their hash is quick rather than safe, since nobody
/// chooses the words at run time.
#[derive(Debug)]
pub(super) struct Words(HashSet<Box<[u8]>, BuildHasherDefault<Fnv>>);

impl Words {
    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.0.contains(word)
    }
}

impl<'a> FromIterator<&'a str> for Words {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        Self(
            words
                .into_iter()
                .map(|word| word.as_bytes().into())
                .collect(),
        )
    }
}

impl FromIterator<Box<[u8]>> for Words {
    fn from_iter<I: IntoIterator<Item = Box<[u8]>>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

/// Fowler-Noll-Vo, 64 bits, variant 1a.
#[derive(Debug)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, _: usize) {
        // The length of a slice adds nothing for words.
    }
}
