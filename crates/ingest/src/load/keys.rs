//! The keys of accepted rows, in bounded memory.
//!
//! A row whose key an earlier row has is rejected, so every key must be found
//! again, however long the file. Keys are hashes of 128 bits. The latest
//! [`MOST_RECENT`] are kept in a table; a full table is sorted and written to a
//! temporary file, a *run*. Of a run stay in memory a filter of 14 bits a key
//! that tells most absent keys (a blocked Bloom filter: Putze, Sanders & Singler
//! 2007, *Cache-, hash- and space-efficient Bloom filters*) and every
//! [`BLOCK`]th key, so that a key is looked up with one read of a block. That
//! is a tenth of what the table would take: some 90 MB for 50 million rows.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

/// Keys in the table: what a table of 2²² slots holds before it grows.
const MOST_RECENT: usize = (1 << 22) / 8 * 7;

/// Keys of a block of a run: 4 KiB.
const BLOCK: usize = 256;

const KEY_BYTES: usize = size_of::<u128>();

/// Keys seen so far.
#[derive(Debug)]
pub(super) struct KeySet {
    recent: HashSet<u128, BuildHasherDefault<AlreadyHashed>>,
    most_recent: usize,
    runs: Vec<Run>,
}

impl KeySet {
    pub(super) fn new() -> Self {
        Self::with_most_recent(MOST_RECENT)
    }

    fn with_most_recent(most_recent: usize) -> Self {
        Self {
            recent: HashSet::default(),
            most_recent,
            runs: Vec::new(),
        }
    }

    /// Adds a key; `false` if it is there already.
    ///
    /// # Errors
    /// The temporary file's.
    pub(super) fn insert(&mut self, key: u128) -> io::Result<bool> {
        for run in &mut self.runs {
            if run.holds(key)? {
                return Ok(false);
            }
        }
        if self.recent.len() >= self.most_recent && !self.recent.contains(&key) {
            let mut keys: Vec<u128> = self.recent.drain().collect();
            keys.sort_unstable();
            self.runs.push(Run::write(&keys)?);
        }
        Ok(self.recent.insert(key))
    }
}

/// Sorted keys in a temporary file.
#[derive(Debug)]
struct Run {
    file: File,
    count: usize,
    filter: Filter,
    /// First key of each block.
    firsts: Vec<u128>,
    block: Vec<u8>,
}

impl Run {
    fn write(keys: &[u128]) -> io::Result<Self> {
        let mut filter = Filter::new(keys.len());
        let mut writer = BufWriter::new(tempfile::tempfile()?);
        for key in keys {
            filter.add(*key);
            writer.write_all(&key.to_le_bytes())?;
        }
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Self {
            file,
            count: keys.len(),
            filter,
            firsts: keys.iter().step_by(BLOCK).copied().collect(),
            block: Vec::with_capacity(BLOCK * KEY_BYTES),
        })
    }

    fn holds(&mut self, key: u128) -> io::Result<bool> {
        if !self.filter.may_hold(key) {
            return Ok(false);
        }
        // The last block that does not begin after the key.
        let Some(block) = self
            .firsts
            .partition_point(|first| *first <= key)
            .checked_sub(1)
        else {
            return Ok(false);
        };
        let begin = block * BLOCK;
        let keys = BLOCK.min(self.count - begin);
        self.block.resize(keys * KEY_BYTES, 0);
        self.file
            .seek(SeekFrom::Start((begin * KEY_BYTES) as u64))?;
        self.file.read_exact(&mut self.block)?;
        let (keys, _) = self.block.as_chunks::<KEY_BYTES>();
        let found = keys.binary_search_by_key(&key, |bytes| u128::from_le_bytes(*bytes));
        Ok(found.is_ok())
    }
}

/// Seven bits of one block of 512 for each key.
#[derive(Debug)]
struct Filter(Vec<[u64; 8]>);

impl Filter {
    const BITS_PER_KEY: usize = 14;

    fn new(keys: usize) -> Self {
        let blocks = (keys * Self::BITS_PER_KEY).div_ceil(512).max(1);
        Self(vec![[0; 8]; blocks])
    }

    fn block(&self, key: u128) -> usize {
        // The high half chooses the block without a division.
        let high = (key >> 64) as u64;
        ((u128::from(high) * self.0.len() as u128) >> 64) as usize
    }

    /// Seven numbers below 512 from the low half.
    fn bits(key: u128) -> impl Iterator<Item = usize> {
        let low = key as u64;
        (0..7).map(move |number| (low >> (9 * number)) as usize & 511)
    }

    fn add(&mut self, key: u128) {
        let block = self.block(key);
        for bit in Self::bits(key) {
            self.0[block][bit / 64] |= 1 << (bit % 64);
        }
    }

    fn may_hold(&self, key: u128) -> bool {
        let block = &self.0[self.block(key)];
        Self::bits(key).all(|bit| block[bit / 64] & (1 << (bit % 64)) != 0)
    }
}

/// Takes the low half of a key, which is a hash, for its hash.
#[derive(Debug, Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> u128 {
        xxhash_rust::xxh3::xxh3_128(&number.to_le_bytes())
    }

    #[test]
    fn a_key_is_found_again_whether_it_is_in_the_table_or_in_a_run() {
        let mut set = KeySet::with_most_recent(1_000);
        for number in 0..10_500 {
            assert!(set.insert(key(number)).unwrap(), "{number} is new");
        }
        assert_eq!(set.runs.len(), 10);
        for number in (0..10_500).rev() {
            assert!(!set.insert(key(number)).unwrap(), "{number} is known");
        }
        assert!(set.insert(key(10_500)).unwrap());
    }

    #[test]
    fn the_filter_lets_few_absent_keys_through() {
        let keys: Vec<u128> = (0..100_000).map(key).collect();
        let mut filter = Filter::new(keys.len());
        keys.iter().for_each(|key| filter.add(*key));
        assert!(keys.iter().all(|key| filter.may_hold(*key)));
        let absent = 100_000..200_000;
        let wrong = absent
            .filter(|number| filter.may_hold(key(*number)))
            .count();
        assert!(wrong < 1_000, "{wrong} of 100,000");
    }

    #[test]
    fn keys_at_the_ends_of_the_range_are_found() {
        let mut set = KeySet::with_most_recent(2);
        for key in [0, u128::MAX, 1, u128::MAX - 1, 5] {
            assert!(set.insert(key).unwrap());
        }
        for key in [0, u128::MAX, 1, u128::MAX - 1, 5] {
            assert!(!set.insert(key).unwrap());
        }
    }
}
