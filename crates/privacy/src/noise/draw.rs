//! The one draw of a release: exact counts go in and are gone.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::seed::{hexadecimal, keyed_hash};
use super::{Allocation, NoiseError, NoiseSeed};
use crate::ledger::Charge;

/// Exact counts of one stratum, theme and period over the public list of
/// units, empty ones included. Contributions must be bounded already.
///
/// Neither `Clone` nor printable: [`draw()`] consumes it and nothing after
/// that can see it.
pub struct ExactTable {
    pub(super) key: TableKey,
    pub(super) units: Vec<String>,
    counts: Vec<u64>,
}

/// What a table is about; all of it public.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableKey {
    /// Stratum: a layer with one kind of period, whose periods do not overlap.
    pub stratum: String,
    /// Theme.
    pub theme: String,
    /// Period, as the release names it.
    pub period: String,
    /// Year the period lies in: the year that pays.
    pub year: i32,
}

impl ExactTable {
    /// Binds counts to the public list of units.
    ///
    /// # Errors
    /// [`NoiseError::Length`] if the lists differ in length,
    /// [`NoiseError::Unsorted`] unless units are sorted and distinct.
    pub fn new(key: TableKey, units: Vec<String>, counts: Vec<u64>) -> Result<Self, NoiseError> {
        if units.len() != counts.len() {
            return Err(NoiseError::Length {
                stratum: key.stratum,
                theme: key.theme,
                period: key.period,
                expected: units.len(),
                found: counts.len(),
            });
        }
        if !units.is_sorted_by(|a, b| a < b) {
            return Err(NoiseError::Unsorted(key.stratum));
        }
        Ok(Self { key, units, counts })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.key.bytes();
        for (unit, count) in self.units.iter().zip(&self.counts) {
            bytes.extend((unit.len() as u64).to_le_bytes());
            bytes.extend(unit.as_bytes());
            bytes.extend(count.to_le_bytes());
        }
        bytes
    }
}

impl std::fmt::Debug for ExactTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ExactTable({:?}, {} units, sealed)",
            self.key,
            self.units.len()
        )
    }
}

impl TableKey {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [&self.stratum, &self.theme, &self.period] {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(self.year.to_le_bytes());
        bytes
    }
}

/// What a draw is of: the public facts that name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawContext {
    /// Data set, as the ledger knows it.
    pub dataset: String,
    /// Hash of the inputs with their versions.
    pub inputs: String,
    /// Hash of the policy.
    pub policy: String,
    /// Years whose rows are read, sorted.
    pub years: Vec<i32>,
}

impl DrawContext {
    /// Name of the draw in the ledger: the same inputs, policy, allocation and
    /// seed are the same draw, which gives the same bytes and is paid once.
    #[must_use]
    pub fn fingerprint(&self, allocation: &Allocation, seed: &NoiseSeed) -> String {
        let mut hash = Sha256::new();
        let years: Vec<String> = self.years.iter().map(ToString::to_string).collect();
        for part in [
            "safeground draw 1",
            &self.dataset,
            &self.inputs,
            &self.policy,
            &years.join(","),
            &allocation.canonical(),
            &seed.commitment(),
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hexadecimal(&hash.finalize())
    }
}

/// Counts with noise. May be negative; safe to look at, since it was paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisyTable {
    pub(super) key: TableKey,
    pub(super) units: Vec<String>,
    pub(super) values: Vec<i64>,
    pub(super) variance: f64,
}

impl NoisyTable {
    /// What it is about.
    #[must_use]
    pub fn key(&self) -> &TableKey {
        &self.key
    }

    /// Units, in the order of the public list.
    #[must_use]
    pub fn units(&self) -> &[String] {
        &self.units
    }

    /// Counts with noise, one per unit.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Variance of the noise of every value.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }
}

/// Adds the noise of a release, consuming the exact counts.
///
/// 1. The charge must name this very draw, its years and at least its ε.
/// 2. Each table's stratum must have a share; no table comes twice.
/// 3. The stream of a table is keyed by seed, fingerprint, table, and a digest
///    of all exact counts under the seed. The fingerprint makes a new version
///    of the data a new draw. The digest guards against a caller who reuses a
///    fingerprint for other data: two different inputs never share their noise,
///    so their difference never gives an exact difference.
/// 4. Every unit, empty or not, gets one draw in the order of the list.
///
/// Tables come back sorted by key; the bytes depend on neither order nor
/// threads. O(units) expected.
///
/// # Errors
/// [`NoiseError`]; the exact counts are dropped all the same.
pub fn draw(
    tables: Vec<ExactTable>,
    allocation: &Allocation,
    context: &DrawContext,
    seed: &NoiseSeed,
    charge: &Charge,
) -> Result<Vec<NoisyTable>, NoiseError> {
    let fingerprint = context.fingerprint(allocation, seed);
    if !charge.covers(
        &context.dataset,
        &context.years,
        &fingerprint,
        allocation.epsilon_of_draw(),
    ) {
        return Err(NoiseError::ChargeMismatch);
    }
    let mut tables = tables;
    tables.sort_by(|a, b| a.key.cmp(&b.key));
    let mut seen = BTreeSet::new();
    for table in &tables {
        allocation.noise(&table.key.stratum)?;
        if !context.years.contains(&table.key.year) {
            return Err(NoiseError::ChargeMismatch);
        }
        let key = &table.key;
        if !seen.insert((&key.stratum, &key.theme, &key.period)) {
            return Err(NoiseError::Twice {
                stratum: key.stratum.clone(),
                theme: key.theme.clone(),
                period: key.period.clone(),
            });
        }
    }
    let digest = digest(&tables, seed);
    tables
        .into_iter()
        .map(|table| {
            let noise = allocation.noise(&table.key.stratum)?;
            let mut random = seed.stream(&[fingerprint.as_bytes(), &table.key.bytes(), &digest]);
            let values = table
                .counts
                .into_iter()
                .map(|count| {
                    let exact = i64::try_from(count).unwrap_or(i64::MAX);
                    exact.saturating_add(noise.sample(&mut random))
                })
                .collect();
            Ok(NoisyTable {
                key: table.key,
                units: table.units,
                values,
                variance: noise.variance(),
            })
        })
        .collect()
}

/// A digest of the exact counts. Keyed by the seed and used only to key
/// streams, so that nobody can guess counts and compare.
fn digest(tables: &[ExactTable], seed: &NoiseSeed) -> [u8; 32] {
    let key = seed.key_for(b"safeground noise digest 1");
    let bytes: Vec<Vec<u8>> = tables.iter().map(ExactTable::bytes).collect();
    let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    keyed_hash(&key, &parts)
}
