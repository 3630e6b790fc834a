//! The one draw of a release: exact counts go in and are gone.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::seed::{hexadecimal, keyed_hash};
use super::{Allocation, NoiseError, NoiseSeed};
use crate::ledger::{Charge, Ledger, LedgerError, Reservation};

/// Exact counts of one stratum, theme and period over the public list of
/// units, empty ones included. Contributions must be bounded already.
///
/// Neither `Clone` nor printable: [`PreparedDraw`] consumes it and nothing
/// after that can see it.
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

    /// Year that pays for it.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.key.year
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.key.bytes();
        bytes.extend((self.units.len() as u64).to_le_bytes());
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
}

/// A draw that is checked and named, and waits to be paid for.
///
/// Its name stands for inputs, policy, allocation, seed and the exact counts
/// themselves: one name is one draw with the same bytes, and anything else is
/// another draw, which costs again.
#[derive(Debug)]
pub struct PreparedDraw {
    tables: Vec<ExactTable>,
    allocation: Allocation,
    dataset: String,
    years: Vec<i32>,
    fingerprint: String,
}

impl PreparedDraw {
    /// Checks the tables and names the draw, consuming the exact counts.
    ///
    /// 1. Each table's stratum must have a share; no table comes twice.
    /// 2. The years that pay are those of the tables.
    /// 3. The fingerprint is SHA-256 over the context, the allocation, the
    ///    seed's commitment and an HMAC of all tables under a key derived from
    ///    the seed, with which nobody can guess counts and compare. It may be
    ///    published.
    ///
    /// O(units).
    ///
    /// # Errors
    /// [`NoiseError::NoShare`], [`NoiseError::Twice`]; the counts are dropped
    /// all the same.
    pub fn new(
        mut tables: Vec<ExactTable>,
        allocation: &Allocation,
        context: &DrawContext,
        seed: &NoiseSeed,
    ) -> Result<Self, NoiseError> {
        tables.sort_by(|a, b| a.key.cmp(&b.key));
        let mut seen = BTreeSet::new();
        for table in &tables {
            let key = &table.key;
            allocation.noise(&key.stratum)?;
            if !seen.insert((&key.stratum, &key.theme, &key.period)) {
                return Err(NoiseError::Twice {
                    stratum: key.stratum.clone(),
                    theme: key.theme.clone(),
                    period: key.period.clone(),
                });
            }
        }
        let years: BTreeSet<i32> = tables.iter().map(|table| table.key.year).collect();
        let mut hash = Sha256::new();
        for part in [
            "safeground draw 1",
            &context.dataset,
            &context.inputs,
            &context.policy,
            &allocation.canonical(),
            &seed.commitment(),
            &hexadecimal(&digest(&tables, seed)),
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Ok(Self {
            tables,
            allocation: allocation.clone(),
            dataset: context.dataset.clone(),
            years: years.into_iter().collect(),
            fingerprint: hexadecimal(&hash.finalize()),
        })
    }

    /// Name of the draw, in the ledger and in the manifest.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Years that pay.
    #[must_use]
    pub fn years(&self) -> &[i32] {
        &self.years
    }

    /// Asks the ledger for the charge: the allocation's whole ε from each year.
    ///
    /// # Errors
    /// As [`Ledger::reserve`].
    pub fn reserve(&self, ledger: &Ledger) -> Result<Reservation, LedgerError> {
        let epsilon = self.allocation.epsilon_of_draw();
        ledger.reserve(&self.dataset, &self.years, &self.fingerprint, epsilon)
    }

    /// Adds the noise. After this no exact count is left.
    ///
    /// 1. The charge must name this very draw.
    /// 2. The stream of a table is keyed by the seed, the fingerprint and the
    ///    table's key. Since the fingerprint stands for the counts, two
    ///    different inputs never share their noise, and their difference is
    ///    never an exact difference.
    /// 3. Every unit, empty or not, gets one draw in the order of the list.
    ///
    /// Tables come back sorted by key; the bytes depend on neither their order
    /// nor on threads. O(units) expected.
    ///
    /// # Errors
    /// [`NoiseError::ChargeMismatch`]; the exact counts are dropped all the
    /// same.
    pub fn draw(self, seed: &NoiseSeed, charge: &Charge) -> Result<Vec<NoisyTable>, NoiseError> {
        let epsilon = self.allocation.epsilon_of_draw();
        if !charge.covers(&self.dataset, &self.years, &self.fingerprint, epsilon) {
            return Err(NoiseError::ChargeMismatch);
        }
        let Self {
            tables,
            allocation,
            fingerprint,
            ..
        } = self;
        tables
            .into_iter()
            .map(|table| {
                let noise = allocation.noise(&table.key.stratum)?;
                let mut random = seed.stream(&[fingerprint.as_bytes(), &table.key.bytes()]);
                let values = table
                    .counts
                    .into_iter()
                    .map(|count| {
                        let exact = i64::try_from(count).unwrap_or(i64::MAX);
                        let noise = noise.sample(&mut random);
                        exact.saturating_add(if crate::UNPROTECTED { 0 } else { noise })
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
}

/// A digest of the exact counts under a key of the seed.
fn digest(tables: &[ExactTable], seed: &NoiseSeed) -> [u8; 32] {
    let key = seed.key_for(b"safeground noise digest 1");
    let bytes: Vec<Vec<u8>> = tables.iter().map(ExactTable::bytes).collect();
    let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    keyed_hash(&key, &parts)
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
