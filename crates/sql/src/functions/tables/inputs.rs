//! The arguments that say what a function works on.

use super::call::{Argument, Call, Kind, optional, required};
use super::error::StatisticsError;
use super::function::Inputs;
use super::units::NamedColumn;

/// The query and its bound.
pub(super) const INPUT_ARGUMENTS: &[Argument] = &[
    required(
        "input",
        Kind::Query,
        "A query in brackets; may also stand first, without its name.",
    ),
    optional(
        "max_rows",
        Kind::Integer,
        "the number under rows",
        "Most rows that the query may give; more is an error before anything is computed.",
    ),
];

/// The column of ids of units, one row each.
pub(super) const ID_ARGUMENT: &[Argument] = &[required(
    "id",
    Kind::Column,
    "Column of ids: one row for each, none null.",
)];

/// The column of values.
pub(super) const VALUE_ARGUMENT: &[Argument] = &[required(
    "value",
    Kind::Column,
    "Column of numbers; null is a unit without a value, which is left out.",
)];

/// The column of ids that a call names.
pub(super) fn id_column(call: &Call, inputs: &Inputs) -> Result<NamedColumn, StatisticsError> {
    let name = call.required_text("id", "write id => the column of ids")?;
    NamedColumn::find(call.function, "id", name, &inputs.input)
}

/// A column of numbers that a call must name.
pub(super) fn value_column(
    call: &Call,
    argument: &'static str,
    inputs: &Inputs,
) -> Result<NamedColumn, StatisticsError> {
    let name = call.required_text(argument, "name a column of numbers")?;
    NamedColumn::find(call.function, argument, name, &inputs.input)?.numeric(&inputs.input)
}

/// A column of numbers that a call may name.
pub(super) fn optional_value_column(
    call: &Call,
    argument: &'static str,
    inputs: &Inputs,
) -> Result<Option<NamedColumn>, StatisticsError> {
    call.text(argument)?
        .map(|name| {
            NamedColumn::find(call.function, argument, name, &inputs.input)?.numeric(&inputs.input)
        })
        .transpose()
}
