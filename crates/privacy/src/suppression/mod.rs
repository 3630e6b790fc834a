//! Joint suppression: thresholds, bands and complementary suppression over
//! all tables of a release at once.
//!
//! A threshold for each cell alone is not enough: a reader who holds the
//! total of a district and all its blocks but one has that block too. Here
//! the tables of a release are one system of equations over counts, and a
//! cell is protected only if that system, with everything that is published
//! put in, still leaves it open enough.
//!
//! 1. [`TablesBuilder`] takes cells, unpublished atoms and the sums between
//!    them; overlapping geographies meet in shared atoms.
//! 2. The primary rules decide what may not be seen for its own sake:
//!    threshold, events, partners, dominance, population, homogeneity.
//! 3. [`protect_jointly`] withholds further cells, cheapest first, until the
//!    audit finds no exposed cell and no whole that, less what is shown within
//!    it, is known to be a small number; it refuses the release if it cannot.
//!
//! **The attacker** knows the method, every published cell, every sum, that
//! counts are whole and not negative, and for each withheld cell below the
//! threshold even that it is below. What is left open is shown by exhibiting
//! tables: for every protected cell two whole-number tables that agree with
//! all that is published and differ enough in this cell. They are checked in
//! integer arithmetic, so an error of the solver can cost utility but cannot
//! make an exposed cell pass. Which cells are withheld to protect others
//! follows from what passed the primary rules, not from the hidden counts
//! (simulatable auditing: Kenthapadi, Mishra and Nissim, PODS 2005), so the
//! pattern does not tell zero from one.
//!
//! ```
//! use safeground_privacy::suppression::{
//!     Cell, PLANNING_BANDS, Presentation, Rest, SuppressionRules, Table, TablesBuilder,
//!     protect_jointly,
//! };
//! use safeground_privacy::{ExactCount, Policy};
//!
//! let mut builder = TablesBuilder::new();
//! let table = |name: &str, presentation| Table {
//!     name: name.into(),
//!     presentation,
//!     min_population: None,
//! };
//! let district = builder.table(table("district", Presentation::Exact));
//! let bands = Presentation::Banded(PLANNING_BANDS.to_vec());
//! let block = builder.table(table("block", bands));
//! let cell = |table, unit, children| Cell {
//!     table,
//!     series: unit,
//!     period: 2024,
//!     count: ExactCount {
//!         children,
//!         events: children,
//!         partners: 2,
//!         observed: true,
//!         exposure: Some(1_000.0),
//!     },
//!     population: None,
//!     contributions: Vec::new(),
//!     earlier: None,
//!     cost: None,
//! };
//! let whole = builder.cell(cell(district, 1, 21))?;
//! let parts = [
//!     builder.cell(cell(block, 11, 19))?,
//!     builder.cell(cell(block, 12, 2))?,
//! ];
//! builder.sum(whole, &parts, Rest::Bounded)?;
//! let rules = SuppressionRules::new(&Policy::default().planning);
//! let (protected, _proof, report) = protect_jointly(builder.build(), &rules)?;
//! // 21 in all and 10-19 in one block would tell of 2 or more in the other.
//! assert_eq!(report.tables[1].complementary, 1);
//! assert_eq!(protected[1], protected[2]);
//! # Ok::<(), safeground_privacy::suppression::SuppressionError>(())
//! ```
//!
//! Deliberately absent: noise, and knowledge that is not in the release (a
//! partner subtracting its own cases is answered by the partner rules alone).

#[cfg(test)]
mod attacks;
mod audit;
mod band;
mod complement;
mod difference;
#[cfg(test)]
mod difference_attacks;
mod dominance;
mod error;
mod exchange;
mod homogeneity;
mod interval;
mod joint;
mod knowledge;
mod linear_program;
mod neighbourhood;
mod network;
mod population_floor;
mod primary;
mod report;
#[cfg(test)]
mod rolling_windows;
mod rules;
mod sealed;
mod start;
mod tables;
mod together;
mod withholding;

pub use band::{Band, PLANNING_BANDS, WIDE_BANDS};
pub use dominance::{DominanceRule, is_dominated};
pub use error::SuppressionError;
pub use homogeneity::is_homogeneous;
pub use interval::{AttackBounds, attack_bounds};
pub use joint::protect_jointly;
pub use population_floor::{MergedUnit, merge_upward};
pub use report::{SuppressionReport, TableReport};
pub use rules::SuppressionRules;
pub use sealed::{Decision, DecisionSubject, SealedDecisions};
pub use tables::{
    Cell, CellId, Earlier, Presentation, Rest, Table, TableId, Tables, TablesBuilder, Thresholds,
};
pub use together::{Contradiction, Range, Tie, Together};
