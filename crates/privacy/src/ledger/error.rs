//! What the ledger refuses.

/// Why a charge is refused or a ledger is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// An account that was never opened.
    #[error("no account for `{dataset}`, {year}; open it with the policy's yearly epsilon")]
    NoAccount {
        /// Data set.
        dataset: String,
        /// Year.
        year: i32,
    },
    /// An account that is there already.
    #[error("`{dataset}`, {year} has its account already; a budget is set once for its rows")]
    AlreadyOpen {
        /// Data set.
        dataset: String,
        /// Year.
        year: i32,
    },
    /// A cap above what any child may lose.
    #[error("a cap of {cap} is above {most}; give {most} or less")]
    CapTooHigh {
        /// Cap asked for.
        cap: String,
        /// Most allowed.
        most: String,
    },
    /// Not enough left.
    #[error(
        "`{dataset}`, {year} has epsilon {remaining} left, {asked} is asked; it is not refilled: \
         publish what was drawn, or wait for rows of a new year"
    )]
    Exhausted {
        /// Data set.
        dataset: String,
        /// Year.
        year: i32,
        /// Asked.
        asked: String,
        /// Left.
        remaining: String,
    },
    /// A charge over nothing.
    #[error("a charge needs an epsilon above 0 and at least one year")]
    Empty,
    /// A draw that was reserved with other terms.
    #[error(
        "draw `{0}` was reserved with other years or another epsilon; reserve under its own name"
    )]
    OtherTerms(String),
    /// A commit without a reservation.
    #[error("draw `{0}` was never reserved; reserve before drawing")]
    NotReserved(String),
    /// Somebody else wrote in between.
    #[error("the ledger moved on to entry {0}; read it again and ask again")]
    Stale(u64),
    /// An entry that does not follow from the one before.
    #[error("entry {0} does not fit the chain of hashes; restore the ledger from its copy")]
    Broken(u64),
    /// A ledger that lacks what a release was published under.
    #[error("entry `{0}` of an earlier release is missing; the ledger was cut back, restore it")]
    CutBack(String),
}
