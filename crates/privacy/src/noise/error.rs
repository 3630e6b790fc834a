//! What can be wrong with a noisy release.

/// Why noise is not drawn or not made consistent.
///
/// No message carries a count: only names, bounds and sizes of public lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoiseError {
    /// Text or number that is not a privacy-loss parameter.
    #[error(
        "`{0}` is not an epsilon; write a decimal above 0 and at most 1000, six places at most"
    )]
    Epsilon(String),
    /// A seed that was plainly not drawn at random.
    #[error("the noise seed repeats one byte; draw 32 bytes from the operating system's generator")]
    WeakSeed,
    /// A contribution bound outside what is allowed.
    #[error("contribution bound {0} is not between 1 and 1000; give the most a child may add")]
    Bound(u32),
    /// The strata ask for more than a draw may spend.
    #[error(
        "the strata ask for epsilon {asked}, a draw may spend {allowed}; lower the shares or make \
         fewer draws a year"
    )]
    OverAllocated {
        /// Sum over the strata.
        asked: String,
        /// What one draw may spend.
        allowed: String,
    },
    /// An allocation without strata or draws.
    #[error("an allocation needs at least one stratum and one draw a year")]
    EmptyAllocation,
    /// The charge is for another release.
    #[error("the charge does not cover this draw; reserve with the draw's own fingerprint")]
    ChargeMismatch,
    /// Counts of a stratum that has no share of epsilon.
    #[error("stratum `{0}` has no share of epsilon; leave its counts out or allocate to it")]
    NoShare(String),
    /// Two tables for one stratum, theme and period.
    #[error("two tables for {stratum} × {theme} × {period}; a count is drawn once")]
    Twice {
        /// Stratum.
        stratum: String,
        /// Theme.
        theme: String,
        /// Period.
        period: String,
    },
    /// A table whose lists do not fit.
    #[error("the table {stratum} × {theme} × {period} has {found} entries for {expected} units")]
    Length {
        /// Stratum.
        stratum: String,
        /// Theme.
        theme: String,
        /// Period.
        period: String,
        /// Units of the public list.
        expected: usize,
        /// Entries given.
        found: usize,
    },
    /// A list of units that is not in order.
    #[error(
        "the units of `{0}` are not sorted and distinct; sort the public list and drop repeats"
    )]
    Unsorted(String),
    /// A table whose units are not those of the hierarchy.
    #[error("the units of `{0}` are not those of the hierarchy; use one public list for both")]
    OtherUnits(String),
    /// A hierarchy that names a layer that is not there, or itself.
    #[error("layer `{layer}` names the parent `{parent}`; list a layer once, after its parent")]
    Parent {
        /// Layer.
        layer: String,
        /// Parent named.
        parent: String,
    },
    /// A unit whose parent is outside the parent layer.
    #[error("unit `{unit}` of layer `{layer}` lies in no unit of the parent layer; add its parent")]
    Orphan {
        /// Layer.
        layer: String,
        /// Unit.
        unit: String,
    },
    /// A value that nothing measures.
    #[error("node {0} of the tree is neither measured nor the sum of what is; measure it")]
    Unmeasured(usize),
    /// Relations that name nodes that are not there, or variances that are none.
    #[error("node {0} is outside the list, repeated, or has no positive finite variance")]
    Node(usize),
    /// The projection did not settle.
    #[error("relations still miss by more than the tolerance after {0} rounds; allow more rounds")]
    NotSettled(u32),
}
