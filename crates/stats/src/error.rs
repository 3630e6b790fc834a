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
    /// A neighbour given twice for the same unit.
    #[error("unit {unit} names neighbour {neighbour} twice; give each link once, with its weight")]
    RepeatedNeighbour {
        /// Index of the unit.
        unit: usize,
        /// Index it names.
        neighbour: usize,
    },
    /// Too few units with a value for the method.
    #[error("{found} units have a value; {method} needs at least {least}")]
    TooFew {
        /// Name of the method.
        method: &'static str,
        /// Units with a value.
        found: usize,
        /// Least number.
        least: usize,
    },
    /// All values are equal, so that nothing can be said of their pattern.
    #[error("all values of {what} are equal; {method} is undefined")]
    Constant {
        /// Name of the input.
        what: &'static str,
        /// Name of the method.
        method: &'static str,
    },
    /// Two units at the same place where distance must not be 0.
    #[error(
        "units {unit} and {other} are at the same place, so that their inverse distance is \
         infinite; set a least distance or put them together"
    )]
    Coincident {
        /// Index of the first.
        unit: usize,
        /// Index of the second.
        other: usize,
    },
    /// A unit named twice in a selection.
    #[error("unit {unit} is named twice; name each unit once")]
    RepeatedUnit {
        /// Index of the unit.
        unit: usize,
    },
    /// No two units with a value are neighbours.
    #[error("no two units with a value are neighbours; {method} is undefined")]
    NoLinks {
        /// Name of the method.
        method: &'static str,
    },
    /// A missing value where the method needs a complete series.
    #[error(
        "{what} of period {period} is missing; {method} needs a complete series: fill the gap or shorten the series"
    )]
    Gap {
        /// Name of the input.
        what: &'static str,
        /// Index of the period.
        period: usize,
        /// Name of the method.
        method: &'static str,
    },
    /// A model that the data do not determine.
    #[error("{method} has no unique fit to these data; use fewer terms or more periods")]
    NoFit {
        /// Name of the method.
        method: &'static str,
    },
    /// Places that cannot be measured together: some on the globe and some in
    /// the plane, or cells of several resolutions.
    #[error(
        "{what} mix geometries; give all on the globe or all in one plane, cells of one resolution"
    )]
    MixedGeometry {
        /// Name of the inputs.
        what: &'static str,
    },
    /// Too few events for the method.
    #[error("there are {found} events; {method} needs at least {least}")]
    TooFewEvents {
        /// Name of the method.
        method: &'static str,
        /// Events given.
        found: u64,
        /// Least number.
        least: u64,
    },
    /// Covariates that say the same.
    #[error(
        "covariates of the {method} are collinear with each other or the intercept; leave one out"
    )]
    Collinear {
        /// Name of the method.
        method: &'static str,
    },
    /// A likelihood without a maximum inside its domain.
    #[error("the counts do not determine the {method}: {reason}")]
    NotIdentified {
        /// Name of the method.
        method: &'static str,
        /// Why, in words.
        reason: &'static str,
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

/// Fails unless the value of a unit `holds` what is expected of it.
pub(crate) fn check_value(
    what: &'static str,
    unit: usize,
    value: f64,
    holds: bool,
    expected: &'static str,
) -> Result<(), StatsError> {
    if holds {
        Ok(())
    } else {
        Err(StatsError::Value {
            what,
            unit,
            value,
            expected,
        })
    }
}

/// Largest size of a number in the data. Products of the fourth power of such
/// numbers with weights do not overflow.
const LARGEST: f64 = 1e30;
/// Least size of a number that cannot be negative, if it is not 0: as a divisor
/// it makes no ratio whose square overflows.
const LEAST: f64 = 1e-50;

/// Fails unless a level of confidence is so far from 0 that its interval has a
/// width and so far below 1 that the tails left over have digits.
pub(crate) fn check_level(what: &'static str, value: f64) -> Result<(), StatsError> {
    if (1e-6..=1.0 - 1e-12).contains(&value) {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what,
            value,
            expected: "a number from 10^-6 to 1 - 10^-12",
        })
    }
}

/// Fails unless a parameter lies strictly between 0 and 1.
pub(crate) fn check_share(what: &'static str, value: f64) -> Result<(), StatsError> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what,
            value,
            expected: "a number between 0 and 1",
        })
    }
}

/// Fails unless every value is finite and its square far from overflow.
pub(crate) fn check_finite(what: &'static str, values: &[Option<f64>]) -> Result<(), StatsError> {
    for (unit, value) in values.iter().enumerate() {
        if let Some(value) = value
            && !is_moderate(*value)
        {
            return Err(StatsError::Value {
                what,
                unit,
                value: *value,
                expected: "a finite number of at most 10^30 in size",
            });
        }
    }
    Ok(())
}

fn is_moderate(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// Fails unless a parameter is finite and above zero.
pub(crate) fn check_positive(what: &'static str, value: f64) -> Result<(), StatsError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what,
            value,
            expected: "a finite number above zero",
        })
    }
}

/// Fails unless every value is 0, or above it and neither its square nor that
/// of its inverse near overflow.
pub(crate) fn check_not_negative(
    what: &'static str,
    values: &[Option<f64>],
) -> Result<(), StatsError> {
    for (unit, value) in values.iter().enumerate() {
        if let Some(value) = value
            && *value != 0.0
            && !(LEAST..=LARGEST).contains(value)
        {
            return Err(StatsError::Value {
                what,
                unit,
                value: *value,
                expected: "0 or a number from 10^-50 to 10^30",
            });
        }
    }
    Ok(())
}

/// Most permutations, simulations or draws of one test. More tell nothing
/// more, and a number beyond memory would end the process.
pub(crate) const MOST_REPETITIONS: usize = 10_000_000;

/// Most passes of a smoother. By then all has settled or goes round.
const MOST_PASSES: usize = 10_000;

/// Fails for more passes of a smoother than make a difference.
pub(crate) fn check_passes(iterations: usize) -> Result<(), StatsError> {
    if iterations <= MOST_PASSES {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what: "iterations",
            value: iterations as f64,
            expected: "at most 10,000",
        })
    }
}

pub(crate) fn check_repetitions(
    what: &'static str,
    found: usize,
    least: usize,
    expected: &'static str,
) -> Result<(), StatsError> {
    if (least..=MOST_REPETITIONS).contains(&found) {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what,
            value: found as f64,
            expected,
        })
    }
}
