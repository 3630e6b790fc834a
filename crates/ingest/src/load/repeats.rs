//! Rows repeated letter for letter, found in bounded memory.
//!
//! 1. Every row becomes a 128-bit hash of its cells (XXH3, chained over the
//!    columns), kept with the number of the row in one of 64 partitions by
//!    the first bits of the hash.
//! 2. When the partitions together hold more than 64 MiB they are appended
//!    to files in the scratch folder.
//! 3. In the end each partition is sorted by hash and number; all but the
//!    first row of a hash are repeats, marked in a bitmap.
//!
//! Memory is 64 MiB, one partition (24 bytes per row, divided by 64) and one
//! bit per row: about 60 MiB beyond the first for 10^8 rows. Disk is 24 bytes
//! per row. Two of 10^8 different rows share a hash with a probability of
//! 10^16 / 2^129, or 10^-23.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use polars::prelude::Column;
use xxhash_rust::xxh3::xxh3_128;

use crate::IngestError;
use crate::source::Chunk;

const PARTITIONS: usize = 64;
const MOST_BYTES: usize = 64 << 20;
const ENTRY: usize = 24;

/// Collects the hashes of rows.
pub(super) struct Repeats {
    scratch: PathBuf,
    waiting: Vec<Vec<u8>>,
    bytes: usize,
    files: Option<Vec<File>>,
    rows: u64,
}

/// Which rows repeat an earlier one.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    bits: Vec<u64>,
    is_any: bool,
}

impl Repeated {
    /// Whether the row of this number repeats an earlier one.
    pub(super) fn is_repeat(&self, row: u64) -> bool {
        self.is_any
            && usize::try_from(row / 64)
                .ok()
                .and_then(|word| self.bits.get(word))
                .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// Hash of each row of a chunk.
pub(super) fn row_hashes(chunk: &Chunk) -> Vec<u128> {
    let mut hashes = vec![0u128; chunk.height()];
    for column in chunk.columns() {
        add_column(column, &mut hashes);
    }
    hashes
}

/// Chains the cells of a column to the hashes. The multiplier is odd, so no
/// earlier cell is lost; an empty cell differs from an absent hash by its
/// length, which XXH3 takes in.
fn add_column(column: &Column, hashes: &mut [u128]) {
    const MULTIPLIER: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    let chain = |hash: &mut u128, cell: Option<&[u8]>| {
        let cell = cell.map_or(1, xxh3_128);
        *hash = (hash.rotate_left(59) ^ cell).wrapping_mul(MULTIPLIER);
    };
    if let Ok(text) = column.str() {
        for (hash, cell) in hashes.iter_mut().zip(text.iter()) {
            chain(hash, cell.map(str::as_bytes));
        }
    } else if let Ok(bytes) = column.binary() {
        for (hash, cell) in hashes.iter_mut().zip(bytes.iter()) {
            chain(hash, cell);
        }
    }
}

impl Repeats {
    /// An empty collection that spills into this folder.
    pub(super) fn new(scratch: &Path) -> Self {
        Self {
            scratch: scratch.to_owned(),
            waiting: vec![Vec::new(); PARTITIONS],
            bytes: 0,
            files: None,
            rows: 0,
        }
    }

    /// Adds consecutive rows from this number on.
    pub(super) fn add(&mut self, first: u64, hashes: &[u128]) -> Result<(), IngestError> {
        for (row, hash) in (first..).zip(hashes) {
            let partition = (hash >> 122) as usize;
            let waiting = &mut self.waiting[partition];
            waiting.extend_from_slice(&hash.to_be_bytes());
            waiting.extend_from_slice(&row.to_be_bytes());
        }
        self.bytes += hashes.len() * ENTRY;
        self.rows = self.rows.max(first + hashes.len() as u64);
        if self.bytes > MOST_BYTES {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), IngestError> {
        let failed = || IngestError::file("writing hashes of rows in", &self.scratch);
        let files = match &mut self.files {
            Some(files) => files,
            None => {
                let files = (0..PARTITIONS)
                    .map(|_| tempfile::tempfile_in(&self.scratch))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(failed())?;
                self.files.insert(files)
            }
        };
        for (file, waiting) in files.iter_mut().zip(&mut self.waiting) {
            file.write_all(waiting).map_err(IngestError::file(
                "writing hashes of rows in",
                &self.scratch,
            ))?;
            waiting.clear();
        }
        self.bytes = 0;
        Ok(())
    }

    /// The rows that repeat an earlier one.
    pub(super) fn finish(mut self) -> Result<Repeated, IngestError> {
        let words = usize::try_from(self.rows.div_ceil(64)).expect("one bit per row fits memory");
        let mut repeated = Repeated {
            bits: vec![0; words],
            is_any: false,
        };
        let mut entries: Vec<(u128, u64)> = Vec::new();
        for partition in 0..PARTITIONS {
            let mut bytes = Vec::new();
            if let Some(files) = &mut self.files {
                let file = &mut files[partition];
                file.seek(SeekFrom::Start(0))
                    .and_then(|_| file.read_to_end(&mut bytes))
                    .map_err(IngestError::file(
                        "reading hashes of rows in",
                        &self.scratch,
                    ))?;
            }
            bytes.append(&mut self.waiting[partition]);
            entries.clear();
            entries.extend(bytes.chunks_exact(ENTRY).map(|entry| {
                let (hash, row) = entry.split_at(16);
                (
                    u128::from_be_bytes(hash.try_into().expect("sixteen bytes")),
                    u64::from_be_bytes(row.try_into().expect("eight bytes")),
                )
            }));
            entries.sort_unstable();
            for pair in entries.windows(2) {
                if pair[0].0 == pair[1].0 {
                    let row = pair[1].1;
                    repeated.is_any = true;
                    let word = usize::try_from(row / 64).expect("within the bitmap");
                    repeated.bits[word] |= 1 << (row % 64);
                }
            }
        }
        Ok(repeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_first_of_equal_rows_are_repeats_with_and_without_spilling() {
        let folder = tempfile::tempdir().unwrap();
        for spill in [false, true] {
            let mut repeats = Repeats::new(folder.path());
            // Parts arrive in any order.
            repeats.add(3, &[7 << 100, 9, 7 << 100]).unwrap();
            if spill {
                repeats.spill().unwrap();
            }
            repeats.add(0, &[9, 1, u128::MAX]).unwrap();
            let repeated = repeats.finish().unwrap();
            let rows: Vec<u64> = (0..8).filter(|row| repeated.is_repeat(*row)).collect();
            assert_eq!(rows, [4, 5]);
        }
    }
}
