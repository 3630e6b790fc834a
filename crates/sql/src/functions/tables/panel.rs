//! Rows of unit, period and value as a cube.

use arrow::array::RecordBatch;

use super::call::{Argument, Call, Kind, required};
use super::error::StatisticsError;
use super::function::Inputs;
use super::units::{Keys, NamedColumn};

type Result<T> = std::result::Result<T, StatisticsError>;

/// Most entries of a cube.
const MOST_ENTRIES: usize = 1 << 26;

/// The columns of a panel.
pub(super) const ARGUMENTS: &[Argument] = &[
    required(
        "id",
        Kind::Column,
        "Column of ids: one row for each with each period, none null.",
    ),
    required(
        "time",
        Kind::Column,
        "Column of periods, in order of time when sorted and equally spaced: dates of months, numbers of years. A period for which no unit has a row is not seen: give a row with a null value.",
    ),
    required(
        "value",
        Kind::Column,
        "Column of numbers; null, or no row, is no value.",
    ),
];

/// The columns of a panel that a call names.
#[derive(Debug, Clone)]
pub(super) struct PanelColumns {
    pub(super) id: NamedColumn,
    time: NamedColumn,
    value: NamedColumn,
}

impl PanelColumns {
    /// The columns a call names.
    pub(super) fn bind(call: &Call, inputs: &Inputs) -> Result<Self> {
        let name = call.required_text("time", "write time => the column of periods")?;
        Ok(Self {
            id: super::inputs::id_column(call, inputs)?,
            time: NamedColumn::find(call.function, "time", name, &inputs.input)?,
            value: super::inputs::value_column(call, "value", inputs)?,
        })
    }

    /// The panel in the rows.
    ///
    /// # Errors
    /// Null ids or periods, a unit with two rows for a period, and a cube
    /// too large to hold.
    pub(super) fn read(&self, input: &RecordBatch) -> Result<Panel> {
        let (unit_of, units) = Keys::of(&self.id, input.column(self.id.at))?.ranked();
        let (period_of, periods) = Keys::of(&self.time, input.column(self.time.at))?.ranked();
        let entries = units.len().saturating_mul(periods.len());
        if entries > MOST_ENTRIES {
            return Err(StatisticsError::TooManyRows {
                function: self.id.function,
                input: "input (units times periods)",
                limit: MOST_ENTRIES,
                most: MOST_ENTRIES,
            });
        }
        let numbers = self.value.numbers(input)?;
        let mut values = vec![None; entries];
        let mut seen = vec![false; entries];
        let mut repeated = 0;
        for row in 0..input.num_rows() {
            let at = period_of[row] * units.len() + unit_of[row];
            repeated += usize::from(std::mem::replace(&mut seen[at], true));
            values[at] = numbers[row];
        }
        if repeated > 0 {
            return Err(StatisticsError::Repeated {
                function: self.id.function,
                name: "id and time together",
                rows: repeated,
            });
        }
        Ok(Panel {
            units,
            periods: periods.len(),
            values,
        })
    }
}

/// Units × periods, period by period.
pub(super) struct Panel {
    /// First row of each unit, units in order of their ids.
    pub(super) units: Vec<usize>,
    pub(super) periods: usize,
    pub(super) values: Vec<Option<f64>>,
}

impl Panel {
    /// Values of one unit in all periods.
    pub(super) fn series(&self, unit: usize) -> Vec<Option<f64>> {
        self.values
            .iter()
            .skip(unit)
            .step_by(self.units.len())
            .copied()
            .collect()
    }
}
