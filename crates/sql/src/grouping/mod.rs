//! Grouping that stays in the processor's cache.
//!
//! A hash table of two million groups is looked up in main memory, row by row,
//! and every row waits for it. Dealt to parts by the hash of their groups, rows
//! meet a table of a sixty-fourth of that size while it is in the cache. Between
//! two turns of a part the other tables drive its own out, so it is given many
//! rows at once: up to 131,072, as far as 64 MiB for all that wait allow. One
//! thread does all of it.
//!
//! Engines deal to parts that run side by side, and which is finished first
//! decides the order of the rows. Here one operator deals, fills the parts in
//! turn and hands out their rows in the order of the parts' numbers, so that the
//! same question gives the same bytes: a part's groups come in the order in
//! which they first appear, a group's rows are added up in the order in which
//! they came, and nothing depends on threads, tasks or time.
//!
//! [`DealGroups`] puts the operator where it may stand. The operator itself
//! decides whether to deal, when it has seen some rows: few groups are faster
//! in one table, and a small table keeps the order of its groups.
//!
//! Deliberately absent: a hash table or a sum of our own. Each part is the
//! engine's own aggregation.

mod deal;
mod execution;
mod handed;
mod pool;
mod rule;
mod settings;

pub use rule::DealGroups;
pub use settings::{DealSettings, DealSettingsError};

#[cfg(test)]
mod tests;
