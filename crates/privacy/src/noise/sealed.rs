//! A draw as it is kept, so that later releases show it again.

use serde::{Deserialize, Serialize};

use super::draw::NoisyTable;
use super::seed::seal_of;
use super::{NoiseSeed, TableKey};
use crate::NotSealed;

/// A draw as the lake keeps it: what a year's rows were once told to be.
///
/// It holds no exact count. A keyed seal binds it to the seed of its lake, so
/// that nothing but a draw can be opened as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedDraw {
    terms: DrawTerms,
    tables: Vec<Stored>,
    seal: String,
}

/// Under which terms a draw was made; all of it may be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawTerms {
    /// Year whose rows were read.
    pub year: i32,
    /// Name of the draw in the ledger.
    pub fingerprint: String,
    /// Hash of the ledger's entry that paid for it.
    pub entry: String,
    /// What it cost every child in it.
    pub epsilon: String,
    /// The most (theme, period) pairs a child is counted under.
    pub contribution_bound: u32,
    /// The most children of one event that a place's count holds.
    pub event_cap: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    stratum: String,
    theme: String,
    period: String,
    year: i32,
    /// Bits of the variance: decimal digits need not read back the same.
    variance_bits: u64,
    units: Vec<String>,
    values: Vec<i64>,
}

impl SealedDraw {
    /// Seals what [`super::PreparedDraw::draw`] returned.
    #[must_use]
    pub fn seal(terms: DrawTerms, tables: Vec<NoisyTable>, seed: &NoiseSeed) -> Self {
        let tables: Vec<Stored> = tables
            .into_iter()
            .map(|table| Stored {
                stratum: table.key.stratum,
                theme: table.key.theme,
                period: table.key.period,
                year: table.key.year,
                variance_bits: table.variance.to_bits(),
                units: table.units,
                values: table.values,
            })
            .collect();
        let seal = seal(&terms, &tables, seed);
        Self {
            terms,
            tables,
            seal,
        }
    }

    /// The terms and tables of the draw.
    ///
    /// # Errors
    /// [`NotSealed`] where anything differs from what was sealed under
    /// this seed.
    pub fn open(self, seed: &NoiseSeed) -> Result<(DrawTerms, Vec<NoisyTable>), NotSealed> {
        if seal(&self.terms, &self.tables, seed) != self.seal {
            return Err(NotSealed {
                what: format!("the public draw of {}", self.terms.year),
            });
        }
        let tables = self
            .tables
            .into_iter()
            .map(|stored| NoisyTable {
                key: TableKey {
                    stratum: stored.stratum,
                    theme: stored.theme,
                    period: stored.period,
                    year: stored.year,
                },
                units: stored.units,
                values: stored.values,
                variance: f64::from_bits(stored.variance_bits),
            })
            .collect();
        Ok((self.terms, tables))
    }
}

fn seal(terms: &DrawTerms, tables: &[Stored], seed: &NoiseSeed) -> String {
    let mut bytes = Vec::new();
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    bytes.extend(terms.year.to_le_bytes());
    for part in [&terms.fingerprint, &terms.entry, &terms.epsilon] {
        text(&mut bytes, part);
    }
    bytes.extend(terms.contribution_bound.to_le_bytes());
    bytes.extend(terms.event_cap.to_le_bytes());
    for table in tables {
        for part in [&table.stratum, &table.theme, &table.period] {
            text(&mut bytes, part);
        }
        bytes.extend(table.year.to_le_bytes());
        bytes.extend(table.variance_bits.to_le_bytes());
        bytes.extend((table.units.len() as u64).to_le_bytes());
        table.units.iter().for_each(|unit| text(&mut bytes, unit));
        bytes.extend((table.values.len() as u64).to_le_bytes());
        for value in &table.values {
            bytes.extend(value.to_le_bytes());
        }
    }
    seal_of(seed, b"safeground sealed draw 1", &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: &NoiseSeed) -> SealedDraw {
        let terms = DrawTerms {
            year: 2024,
            fingerprint: "f".into(),
            entry: "e".into(),
            epsilon: "1".into(),
            contribution_bound: 1,
            event_cap: 5,
        };
        let table = NoisyTable {
            key: TableKey {
                stratum: "district".into(),
                theme: "missing".into(),
                period: "2024".into(),
                year: 2024,
            },
            units: vec!["a".into(), "b".into()],
            values: vec![-3, 12],
            variance: 49.5,
        };
        SealedDraw::seal(terms, vec![table], seed)
    }

    #[test]
    fn a_draw_opens_as_it_was_sealed_and_a_changed_one_does_not() {
        let seed = NoiseSeed::of_lake(&[5; 32]);
        let sealed = draw(&seed);
        let (terms, tables) = sealed.clone().open(&seed).unwrap();
        assert_eq!(terms.year, 2024);
        assert_eq!(tables[0].values(), [-3, 12]);
        let changes: [fn(&mut SealedDraw); 4] = [
            |d| d.tables[0].values[0] = 4,
            |d| d.tables[0].units.swap(0, 1),
            |d| d.terms.year = 2025,
            |d| d.tables[0].variance_bits = 1,
        ];
        for change in changes {
            let mut changed = sealed.clone();
            change(&mut changed);
            assert!(changed.open(&seed).is_err());
        }
        assert!(sealed.open(&NoiseSeed::of_lake(&[6; 32])).is_err());
    }
}
