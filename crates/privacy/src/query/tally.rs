//! The run of a question: rows go in one by one, one noisy answer comes out.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, Cell, Rounding};
use super::{Measure, PricedQuery, Refusal};
use crate::noise::{Contribution, ContributionBound, NoiseSeed, keep, keyed_hash};
use crate::{Protection, Released};

/// A row of the table, as the engine read it.
#[derive(Debug, Clone, Copy)]
pub struct QueryRow<'a> {
    /// Pseudonym of the child; empty where it is not known, and then the row
    /// is not counted, since what it adds cannot be bounded by child.
    pub child: &'a str,
    /// What makes the row itself, stable over data versions.
    pub row: &'a str,
    /// Year of its date.
    pub year: i32,
    /// Month of its date, 1 to 12.
    pub month: u8,
    /// Its keys in the order of [`super::QueryPlan::columns`].
    pub keys: &'a [Option<&'a str>],
    /// Its number, where the measure is a sum.
    pub number: Option<i64>,
}

/// A paid run under way. Holds exact figures, so it neither prints nor copies.
pub struct Tally<'a> {
    query: &'a PricedQuery,
    seed: &'a NoiseSeed,
    cells: Vec<Vec<String>>,
    labels: Vec<String>,
    bound: ContributionBound,
    /// By child and year, what may still count.
    held: BTreeMap<Box<str>, BTreeMap<i32, Vec<Held>>>,
}

/// A contribution that may still count.
struct Held {
    row: Box<str>,
    cell: usize,
    value: i64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(query: &'a PricedQuery, seed: &'a NoiseSeed) -> Self {
        let plan = &query.plan;
        let cells = plan.cell_keys();
        // Keys hold no quotation mark, so labels of different cells differ.
        let labels = cells.iter().map(|keys| keys.join("'")).collect();
        let most = match plan.measure {
            Measure::Children => plan.groups_per_child,
            Measure::Rows | Measure::Sum { .. } => plan.rows_per_child,
        };
        Self {
            query,
            seed,
            cells,
            labels,
            bound: ContributionBound::new(most).expect("the schema checked the bounds"),
            held: BTreeMap::new(),
        }
    }

    /// Takes in a row. Conditions are applied here, whether or not the engine
    /// applied them while reading.
    ///
    /// A row counts if its child is known, its period and all its keys pass
    /// and, for a sum, it has a number. What counts of a child and year is kept
    /// down to a few times its bound, so that memory does not grow with rows.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] unless the row has one key per column of the
    /// plan.
    pub fn push(&mut self, row: &QueryRow<'_>) -> Result<(), Refusal> {
        if row.keys.len() != self.query.plan.columns.len() {
            return Err(Refusal::Unavailable);
        }
        if row.child.is_empty() {
            return Ok(());
        }
        let Some((cell, value)) = self.place(row) else {
            return Ok(());
        };
        if !self.held.contains_key(row.child) {
            self.held.insert(row.child.into(), BTreeMap::new());
        }
        let years = self.held.get_mut(row.child).expect("inserted above");
        let held = years.entry(row.year).or_default();
        held.push(Held {
            row: row.row.into(),
            cell,
            value,
        });
        if held.len() > 8 * self.bound.get() as usize {
            let child = self.seed.child(row.child);
            bound(
                held,
                &child,
                self.bound,
                &self.query.plan.measure,
                &self.labels,
            );
        }
        Ok(())
    }

    /// Cell and value of a row, if it is asked about.
    fn place(&self, row: &QueryRow<'_>) -> Option<(usize, i64)> {
        let plan = &self.query.plan;
        let mut cell = 0;
        for (column, key) in plan.columns.iter().zip(row.keys) {
            let key = (*key)?;
            let at = column
                .keys
                .binary_search_by(|known| known.as_str().cmp(key));
            let at = at.ok()?;
            if column.grouped {
                cell = cell * column.keys.len() + at;
            }
        }
        let period = plan.periods.calendar.position(row.year, row.month)?;
        let at = plan.periods.positions.binary_search(&period).ok()?;
        if plan.periods.grouped {
            cell = cell * plan.periods.positions.len() + at;
        }
        let value = match &plan.measure {
            Measure::Rows | Measure::Children => 1,
            Measure::Sum {
                lowest, highest, ..
            } => row.number?.clamp(*lowest, *highest),
        };
        Some((cell, value))
    }

    /// Adds the noise. After this no exact figure is left.
    ///
    /// 1. For each child and year the contributions of lowest keyed hash stay,
    ///    as many as the bound says: [`keep`]. Of rows that are one and the
    ///    same, and for distinct children of rows in one group, one stays.
    /// 2. Rows and values are added up over the public list of groups; a child
    ///    that counts in one group in several years is one child.
    /// 3. Every group, empty or not, gets a draw of discrete Laplace noise. Its
    ///    stream is keyed by the seed, the draw's name and an HMAC of the exact
    ///    figures, so that no two different inputs share their noise.
    /// 4. Answers are rounded to what the noise leaves meaningful.
    ///
    /// The order of rows does not matter. O(rows kept + groups).
    #[must_use]
    pub fn finish(self) -> Released<Answer> {
        let query = self.query;
        let (seed, cells) = (self.seed, self.cells.clone());
        let exact = self.exact();
        let bytes: Vec<u8> = exact
            .iter()
            .flat_map(|figure| figure.to_le_bytes())
            .collect();
        let key = seed.key_for(b"safeground query digest 1");
        let digest = keyed_hash(&key, &[query.draw.as_bytes(), &bytes]);
        let mut random = seed.stream(&[b"query 1", query.draw.as_bytes(), &digest]);
        let rounding = Rounding::of(&query.noise);
        let counts = !matches!(query.plan.measure, Measure::Sum { .. });
        let cells = cells
            .into_iter()
            .zip(exact)
            .map(|(keys, figure)| {
                let noisy = figure.saturating_add(query.noise.sample(&mut random));
                let value = rounding.apply(noisy);
                let (low, high) = rounding.interval(value);
                let floor = if counts { 0 } else { i64::MIN };
                Cell {
                    keys,
                    value,
                    low: low.max(floor),
                    high: high.max(floor),
                }
            })
            .collect();
        let answer = Answer::new(query, &rounding, cells);
        Released::seal(answer, &Protection::with_threshold(0))
    }

    /// Bounds and adds up.
    pub(super) fn exact(self) -> Vec<i64> {
        let mut figures = vec![0_i64; self.cells.len()];
        let measure = &self.query.plan.measure;
        for (name, years) in self.held {
            let child = self.seed.child(&name);
            let mut seen = BTreeSet::new();
            for mut held in years.into_values() {
                bound(&mut held, &child, self.bound, measure, &self.labels);
                for Held { cell, value, .. } in held {
                    if *measure != Measure::Children || seen.insert(cell) {
                        figures[cell] = figures[cell].saturating_add(value);
                    }
                }
            }
        }
        figures
    }
}

impl std::fmt::Debug for Tally<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tally({}, sealed)", self.query.draw)
    }
}

/// Bounds what one child and year adds.
///
/// Bounding part of the rows first and then all that is left gives the same as
/// bounding all at once: what falls out is beaten by as many others as the
/// bound says, and further rows beat it no less.
fn bound(
    held: &mut Vec<Held>,
    child: &[u8; 32],
    most: ContributionBound,
    measure: &Measure,
    labels: &[String],
) {
    let values: Vec<String> = held.iter().map(|one| one.value.to_string()).collect();
    let contributions: Vec<Contribution<'_>> = held
        .iter()
        .zip(&values)
        .map(|(one, value)| match measure {
            Measure::Children => Contribution {
                theme: &labels[one.cell],
                period: "",
                place: "",
                event: "",
            },
            Measure::Rows | Measure::Sum { .. } => Contribution {
                theme: &one.row,
                period: "",
                place: &labels[one.cell],
                event: value,
            },
        })
        .collect();
    let kept = keep(child, &contributions, most);
    let mut position = 0;
    let mut kept = kept.into_iter().peekable();
    held.retain(|_| {
        let stays = kept.next_if_eq(&position).is_some();
        position += 1;
        stays
    });
}
