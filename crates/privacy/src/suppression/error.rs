//! What can go wrong in joint suppression. No error carries a count.

/// Why tables are refused or cannot be protected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SuppressionError {
    /// A parameter outside its range.
    #[error("{name} = {value} is not allowed; expected {expected}")]
    Parameter {
        /// Parameter.
        name: &'static str,
        /// Value given.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// A cell or table of another builder.
    #[error("{what} {index} is not among the {len} added; add it to this builder first")]
    Unknown {
        /// `cell` or `table`.
        what: &'static str,
        /// Index given.
        index: usize,
        /// Number there are.
        len: usize,
    },
    /// A sum that names a cell twice.
    #[error("cell {cell} stands twice in one sum; list each part once and never the whole")]
    Repeated {
        /// Index of the cell.
        cell: usize,
    },
    /// A count too large for exact arithmetic.
    #[error("cell {cell} counts more than {limit}; no table of children does, check the input")]
    TooLarge {
        /// Index of the cell.
        cell: usize,
        /// Largest count allowed.
        limit: u64,
    },
    /// A share of a whole smaller than the part.
    #[error("the whole of ratio {ratio} is smaller than its part; swap them")]
    Ratio {
        /// Index of the ratio.
        ratio: usize,
    },
    /// Cells, or differences of cells, that stay exposed with everything
    /// around them withheld.
    #[error(
        "{cells} cells or differences of table `{table}` stay exposed with all related cells \
         withheld; leave this table out of the release"
    )]
    Exposed {
        /// Table of the first such cell.
        table: String,
        /// Number of cells and differences over all tables.
        cells: usize,
    },
}
