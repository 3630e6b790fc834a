//! The filled workbook read back.
//!
//! [`read`] takes the bytes of a workbook and the plan that it was made from.
//! It finds walk lists by the keys of their columns, whatever the sheets are
//! called and wherever the columns were moved, and returns every good row, and
//! every fault with sheet, cell, value, expectation and remedy. Faulty rows are
//! left out and nothing else is. [`Reading::accepted`] is for callers that take
//! all or nothing.
//!
//! The results turn into the progress that `safeground-planning` replans from
//! (`Results::progress`) and into rows of the lake's `campaigns` table
//! ([`Results::campaigns_csv`] with [`CAMPAIGNS_MAPPING`]).

mod cells;
mod fault;
mod lake;
#[cfg(feature = "planning")]
mod progress;
mod rows;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::document::PlanDocument;
use crate::language::Language;

pub use fault::{CellFault, ResultsError, Warning};
pub use lake::CAMPAIGNS_MAPPING;
#[cfg(feature = "planning")]
pub use progress::ProgressError;

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The team was there.
    Done,
    /// The visit did not take place.
    Lost,
    /// The village refused.
    Refused,
}

impl Outcome {
    /// All of them, in their documented order.
    pub const ALL: [Self; 3] = [Self::Done, Self::Lost, Self::Refused];

    /// The text in files, and its key in a language.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Lost => "lost",
            Self::Refused => "refused",
        }
    }
}

/// The result of a planned visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitResult {
    /// Identifier of the visit within the plan.
    pub visit_id: String,
    /// Identifier of the village.
    pub place_id: String,
    /// Identifier of the team.
    pub team_id: String,
    /// The date planned.
    pub planned_on: NaiveDate,
    /// The day on which the team was there, or found that it could not be;
    /// given for visits done.
    pub visited_on: Option<NaiveDate>,
    /// What became of it.
    pub outcome: Outcome,
    /// Households reached; given for visits done.
    pub households_reached: Option<u32>,
    /// Pledges against child marriage; `None` where the cell was left empty.
    pub pledges: Option<u32>,
    /// Households that refused; `None` where the cell was left empty.
    pub refusals: Option<u32>,
}

/// Results of a plan, by planned date, team and visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// Identifier of the plan.
    pub plan_id: String,
    /// Identifier of the release that the plan was made from.
    pub release_id: String,
    /// One for each visit that has a result.
    pub visits: Vec<VisitResult>,
}

/// How much is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadParams {
    most_times_households: f64,
}

impl ReadParams {
    /// Up to this many times the households of a village may be reached in one
    /// visit; above the households there is a warning, above this a fault.
    /// Lists of households are old, so some excess is real.
    ///
    /// # Errors
    /// [`ResultsError::Parameter`] unless it is finite and at least 1.
    pub fn new(most_times_households: f64) -> Result<Self, ResultsError> {
        if most_times_households.is_finite() && most_times_households >= 1.0 {
            Ok(Self {
                most_times_households,
            })
        } else {
            Err(ResultsError::Parameter {
                value: most_times_households,
            })
        }
    }
}

impl Default for ReadParams {
    /// Up to 1.5 times the households.
    fn default() -> Self {
        Self {
            most_times_households: 1.5,
        }
    }
}

/// What a workbook says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The good rows.
    pub results: Results,
    /// What is wrong, in the order of the workbook.
    pub faults: Vec<CellFault>,
    /// What is taken, but odd.
    pub warnings: Vec<Warning>,
    /// Rows of visits without a result yet.
    pub empty_rows: usize,
}

impl Reading {
    /// The results if there is no fault.
    ///
    /// # Errors
    /// All faults.
    pub fn accepted(self) -> Result<Results, Vec<CellFault>> {
        if self.faults.is_empty() {
            Ok(self.results)
        } else {
            Err(self.faults)
        }
    }
}

/// Reads the filled workbook of a plan.
///
/// 1. Every cell of every sheet is looked at once; a sheet is a walk list if a
///    row of it holds the key `visit_id`. Cells of other sheets are not read.
/// 2. Each row under the keys is one visit. It is good if it is of this plan,
///    if it names a visit of the plan with its village, and if its results are
///    at one: see [`CellFault`] for what can be wrong.
/// 3. Outcomes are taken in English, Hindi and `language`; dates as dates, as
///    `2026-12-03` or `3/12/2026` (day first); numbers as numbers or digits.
///
/// O(cells + rows · log visits). At most 50 MB when unpacked, and a million
/// cells.
///
/// # Errors
/// [`ResultsError`] where the file as a whole cannot be read. Faults of cells
/// are in the [`Reading`].
pub fn read(
    bytes: &[u8],
    document: &PlanDocument,
    language: &Language,
    params: &ReadParams,
) -> Result<Reading, ResultsError> {
    let sheets = cells::read(bytes)?;
    rows::judge(&sheets, document, language, params)
}
