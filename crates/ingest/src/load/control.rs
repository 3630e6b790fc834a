//! What a load adds up to and whom its names led to: the figures by which a
//! steward sees at a glance that nothing is lost.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use arrow::array::RecordBatch;
use serde::Serialize;

use super::report::grouped;
use crate::IngestError;
use crate::convert::{Ending, Figures, Spelling, Sums};
use crate::mapping::{Mapping, Method};

/// What the figures of a column add up to, in the unit of the field.
///
/// A record of the quarantine counts with what its cell says, if that is a
/// number; a column that fills a field in several records of a row counts
/// once for each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnTotal {
    /// Column of the file.
    pub column: String,
    /// Field that takes the figures.
    pub field: &'static str,
    /// Of all records.
    pub read: f64,
    /// Of the accepted records, as stored.
    pub accepted: f64,
    /// Of the records in the quarantine.
    pub quarantined: f64,
}

/// Different spellings, each within its parent, that were looked up by name,
/// and how each ended. Rows excluded before are not looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamesFound {
    /// Field that takes the place.
    pub field: &'static str,
    /// Column of the names.
    pub column: String,
    /// Different spellings.
    pub spellings: u64,
    /// Found by an alias of the mapping.
    pub alias: u64,
    /// Found by the same words.
    pub exact: u64,
    /// Found as a part of a district, such as `rural` or `city`.
    pub part_of_district: u64,
    /// Found by a similar spelling.
    pub fuzzy: u64,
    /// No known place is near enough.
    pub unmatched: u64,
    /// Several places, or several parents, fit equally well.
    pub ambiguous: u64,
    /// The parent is not known.
    pub parent_unmatched: u64,
}

/// Sums and names of a load in progress.
#[derive(Debug)]
pub(super) struct Control<'l> {
    figures: &'l [Figures],
    sums: Vec<Sums>,
    names: HashMap<((usize, usize), u128), Ending>,
}

impl<'l> Control<'l> {
    pub(super) fn new(figures: &'l [Figures]) -> Self {
        Self {
            figures,
            sums: vec![Sums::default(); figures.len()],
            names: HashMap::new(),
        }
    }

    /// Adds what a chunk came to.
    pub(super) fn add(&mut self, sums: &[Sums], names: &[Spelling]) {
        for (total, sums) in self.sums.iter_mut().zip(sums) {
            total.add(*sums);
        }
        self.names.extend(
            names
                .iter()
                .map(|name| ((name.locator, name.hash), name.ending)),
        );
    }

    /// Moves to the quarantine what a batch of a record lost.
    pub(super) fn reject(
        &mut self,
        record: usize,
        before: &RecordBatch,
        after: &RecordBatch,
    ) -> Result<(), IngestError> {
        for (total, figures) in self.sums.iter_mut().zip(self.figures) {
            if figures.record == record {
                let moved = figures.sum_of(before)? - figures.sum_of(after)?;
                total.accepted -= moved;
                total.quarantined += moved;
            }
        }
        Ok(())
    }

    /// Totals by column and field, sorted.
    pub(super) fn totals(&self) -> Vec<ColumnTotal> {
        let mut totals: BTreeMap<(&str, &'static str), Sums> = BTreeMap::new();
        for (figures, sums) in self.figures.iter().zip(&self.sums) {
            let total = totals.entry((&figures.column, figures.field));
            total.or_default().add(*sums);
        }
        totals
            .into_iter()
            .map(|((column, field), sums)| ColumnTotal {
                column: column.to_owned(),
                field,
                read: sums.accepted + sums.quarantined,
                accepted: sums.accepted,
                quarantined: sums.quarantined,
            })
            .collect()
    }

    /// Spellings by locator, in the order of the mapping.
    pub(super) fn names(&self, mapping: &Mapping) -> Vec<NamesFound> {
        let mut found: BTreeMap<(usize, usize), NamesFound> = BTreeMap::new();
        for (group_index, group) in mapping.locators.iter().enumerate() {
            for (index, locator) in group.locators.iter().enumerate() {
                if let Method::Name { column, .. } = &locator.method {
                    let names = NamesFound {
                        field: group.target.name,
                        column: column.clone(),
                        ..NamesFound::default()
                    };
                    found.insert((group_index, index), names);
                }
            }
        }
        for ((locator, _), ending) in &self.names {
            if let Some(names) = found.get_mut(locator) {
                names.count(*ending);
            }
        }
        found.into_values().collect()
    }
}

impl NamesFound {
    fn count(&mut self, ending: Ending) {
        self.spellings += 1;
        *match ending {
            Ending::Alias => &mut self.alias,
            Ending::Exact => &mut self.exact,
            Ending::PartOfDistrict => &mut self.part_of_district,
            Ending::Fuzzy => &mut self.fuzzy,
            Ending::Unmatched => &mut self.unmatched,
            Ending::Ambiguous => &mut self.ambiguous,
            Ending::ParentUnmatched => &mut self.parent_unmatched,
        } += 1;
    }
}

impl fmt::Display for ColumnTotal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` adds up to {} = {} accepted + {} quarantined",
            self.column,
            figure(self.read),
            figure(self.accepted),
            figure(self.quarantined)
        )
    }
}

impl fmt::Display for NamesFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} spellings in `{}` looked up:",
            grouped(self.spellings),
            self.column
        )?;
        let endings = [
            (self.exact, "found by their words"),
            (self.alias, "by an alias"),
            (self.part_of_district, "as part of a district"),
            (self.fuzzy, "by similarity"),
            (self.unmatched, "near no known place"),
            (self.ambiguous, "near several"),
            (self.parent_unmatched, "in no known parent"),
        ];
        let told = endings.iter().filter(|(count, _)| *count > 0);
        for (index, (count, ending)) in told.enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma} {} {ending}", grouped(*count))?;
        }
        Ok(())
    }
}

/// A sum with its thousands grouped, if it is whole, or else with the digits
/// that a sum of decimals is good for.
fn figure(sum: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, not negative and within the exact range of floats"
    )]
    if sum >= 0.0 && sum.fract() == 0.0 && sum <= 9_007_199_254_740_992.0 {
        grouped(sum as u64)
    } else {
        format!("{sum:.3}")
    }
}
