//! Errors of the statistics.

/// Why a statistic cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// Two inputs that describe the same units differ in length.
    #[error("{what} has {found} values, expected {expected}: one for each unit")]
    Length {
        /// Name of the input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Expected length.
        expected: usize,
    },
    /// A number outside its domain.
    #[error("{what} of unit {unit} is {value}; expected {expected}")]
    Value {
        /// Name of the input.
        what: &'static str,
        /// Index of the unit.
        unit: usize,
        /// Value found.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// A parameter outside its domain.
    #[error("parameter {what} is {value}; expected {expected}")]
    Parameter {
        /// Name of the parameter.
        what: &'static str,
        /// Value given.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// A neighbour index beyond the last unit.
    #[error("unit {unit} names neighbour {neighbour}, but there are only {units} units")]
    Neighbour {
        /// Index of the unit.
        unit: usize,
        /// Index it names.
        neighbour: usize,
        /// Number of units.
        units: usize,
    },
}

/// Fails unless `found` is `expected`.
pub(crate) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), StatsError> {
    if found == expected {
        Ok(())
    } else {
        Err(StatsError::Length {
            what,
            found,
            expected,
        })
    }
}
