//! What joint suppression did, without a count of children.

/// What was done to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Name of the table.
    pub name: String,
    /// Cells.
    pub cells: usize,
    /// Cells withheld for their own sake.
    pub primary: usize,
    /// Cells withheld, or told as a band instead of a count, to protect others.
    pub complementary: usize,
    /// Least number of values that a protected cell of the table is shown to
    /// leave possible; `None` where no cell needs protection. It is no
    /// greater than the rules ask for, since the audit looks no further.
    pub narrowest: Option<u64>,
}

/// What was done to a release. For the steward: numbers of withheld cells by
/// rule are in no release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionReport {
    /// One entry per table, in the order of adding.
    pub tables: Vec<TableReport>,
    /// For each ratio, in the order of adding, whether it may be shown.
    pub ratios_shown: Vec<bool>,
    /// Groups of connected cells for which no table but the true one was at
    /// hand, so that the choice of complements rests on hidden counts there. 0
    /// where the tables are a network.
    pub from_truth: usize,
    /// Questions of the audit asked of network flow.
    pub flows: usize,
    /// Questions answered by exchange, where the tables are not a network.
    pub exchanges: usize,
    /// Linear programs solved for the audit of cells.
    pub programs: usize,
    /// Linear programs solved for the audit of differences.
    pub differences: usize,
}
