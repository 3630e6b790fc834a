//! Why a result is there, or is not: null is not zero.

/// Status of a unit's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The result stands.
    Computed,
    /// The unit has no value.
    NoData,
    /// The unit has no neighbour with a value.
    NoNeighbours,
    /// The statistic is undefined, as where all values are equal.
    Undefined,
}

impl Status {
    /// The text in the column.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::NoData => "no_data",
            Self::NoNeighbours => "no_neighbours",
            Self::Undefined => "undefined",
        }
    }

    /// Status of a unit by what it has.
    pub(super) fn of(has_value: bool, neighbours: usize, computed: bool) -> Self {
        match (has_value, neighbours, computed) {
            (_, _, true) => Self::Computed,
            (false, _, false) => Self::NoData,
            (true, 0, false) => Self::NoNeighbours,
            (true, _, false) => Self::Undefined,
        }
    }
}

/// What the words of a status mean, for the columns that hold it.
pub(super) const LOCAL: &str = "'computed'; 'no_data' where the value is null; 'no_neighbours' where no neighbour has a value; 'undefined' where the statistic is, as when all values are equal. Results are null unless computed.";
