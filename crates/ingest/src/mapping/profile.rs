//! What the first rows of a file say of its columns.

use std::collections::BTreeSet;
use std::path::Path;

use super::checked::SourceOptions;
use super::file::DateOrder;
use crate::IngestError;
use crate::convert::date::{DateReading, parse_date};
use crate::convert::number::{Dress, parse_number};
use crate::gate::{ColumnContext, ColumnGate, Finding};
use crate::source::Input;

/// Distinct texts remembered of a column.
const MOST_TEXTS: usize = 40;

/// What was seen of one column.
pub(super) struct Profile {
    pub name: String,
    /// Cells that are not empty.
    pub filled: u64,
    /// Cells that are numbers.
    pub numbers: u64,
    /// Distinct texts; `None` where there are many.
    texts: Option<BTreeSet<String>>,
    /// Cells that are dates when read in each order.
    dates: [u64; 4],
    pub findings: Vec<Finding>,
}

/// Readings tried, in order of preference.
const ORDERS: [Option<DateOrder>; 4] = [
    None,
    Some(DateOrder::Dmy),
    Some(DateOrder::Mdy),
    Some(DateOrder::Ymd),
];

/// How the dates of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateForm {
    /// No dates.
    None,
    /// ISO form.
    Iso,
    /// One order fits all.
    Ordered(DateOrder),
    /// Two orders fit all alike.
    Ambiguous,
}

impl Profile {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            filled: 0,
            numbers: 0,
            texts: Some(BTreeSet::new()),
            dates: [0; 4],
            findings: Vec::new(),
        }
    }

    fn add(&mut self, cell: &str) {
        self.filled += 1;
        if parse_number(
            cell,
            Dress {
                percent_sign: true,
                brackets: true,
            },
        )
        .is_ok()
        {
            self.numbers += 1;
        } else {
            for (order, count) in ORDERS.iter().zip(&mut self.dates) {
                let reading = DateReading {
                    order: *order,
                    serials: false,
                    latest: None,
                    coarsen: None,
                };
                *count += u64::from(parse_date(cell, reading).is_ok());
            }
        }
        if let Some(texts) = &mut self.texts {
            texts.insert(cell.to_owned());
            if texts.len() > MOST_TEXTS {
                self.texts = None;
            }
        }
    }

    /// Whether the gate would stop the column.
    pub(super) fn is_suspicious(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Distinct texts of a harmless column with few of them.
    pub(super) fn texts(&self) -> Vec<&str> {
        if self.is_suspicious() {
            return Vec::new();
        }
        self.texts.iter().flatten().map(String::as_str).collect()
    }

    /// Whether nearly all cells are numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.filled > 0 && self.numbers * 10 >= self.filled * 9
    }

    /// How nearly all cells are written as dates.
    pub(super) fn date_form(&self) -> DateForm {
        let fits = |count: u64| self.filled > 0 && count * 10 >= self.filled * 9;
        if fits(self.dates[0]) {
            return DateForm::Iso;
        }
        let most = self.dates.iter().copied().max().unwrap_or(0);
        if !fits(most) {
            return DateForm::None;
        }
        let mut best = ORDERS
            .iter()
            .zip(&self.dates)
            .filter(|(_, count)| **count == most)
            .filter_map(|(order, _)| *order);
        match (best.next(), best.next()) {
            (Some(order), None) => DateForm::Ordered(order),
            _ => DateForm::Ambiguous,
        }
    }
}

/// Profiles of all columns over the first rows of a file, and the number of
/// rows looked at.
pub(super) fn profiles(path: &Path) -> Result<(Vec<Profile>, u64), IngestError> {
    let input = Input::new(path, &SourceOptions::default(), 0)?;
    let mut source = input.open()?;
    let mut profiles: Vec<Profile> = source
        .columns()
        .iter()
        .map(|name| Profile::new(name))
        .collect();
    let mut gates: Vec<ColumnGate> = profiles
        .iter()
        .map(|profile| ColumnGate::new(&profile.name, ColumnContext::default()))
        .collect();
    let mut rows = 0;
    if let Some(chunk) = source.next_chunk()? {
        rows = chunk.height() as u64;
        for ((profile, gate), column) in profiles.iter_mut().zip(&mut gates).zip(chunk.columns()) {
            let Ok(cells) = column.str() else { continue };
            for cell in cells.iter().flatten().map(str::trim) {
                if !cell.is_empty() {
                    profile.add(cell);
                    gate.observe(cell);
                }
            }
        }
    }
    for (profile, gate) in profiles.iter_mut().zip(gates) {
        profile.findings = gate.verdict();
    }
    Ok((profiles, rows))
}
