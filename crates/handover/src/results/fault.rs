//! What can be wrong in a workbook.

/// Why a workbook as a whole is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// A parameter outside its domain.
    #[error("most_times_households is {value}; expected a finite number of at least 1")]
    Parameter {
        /// The value.
        value: f64,
    },
    /// Not a workbook.
    #[error("the file is no XLSX workbook ({reason}); save it as .xlsx and send it again")]
    NoWorkbook {
        /// What the reader says.
        reason: String,
    },
    /// More than is read.
    #[error("the workbook has more than {most} {unit}; send the walk lists alone")]
    TooLarge {
        /// The limit.
        most: u64,
        /// Of what.
        unit: &'static str,
    },
    /// No sheet with the keys.
    #[error(
        "no sheet has the hidden row of keys with {expected:?}; send the workbook of the plan, \
         not a copy of its text"
    )]
    NoWalkList {
        /// The key that was looked for.
        expected: &'static str,
    },
}

/// What is wrong with a cell.
///
/// Faults carry what was found, so that a planner can mend it; they are shown
/// to whoever sent the workbook, and not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sheet}!{cell}: {value:?}; expected {expected}; {remedy}")]
pub struct CellFault {
    /// Name of the sheet.
    pub sheet: String,
    /// The cell, such as `B12`.
    pub cell: String,
    /// What stands there, shortened to 60 characters.
    pub value: String,
    /// What should stand there.
    pub expected: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Something odd that was taken all the same, or passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// More households than the village has.
    #[error("{sheet}!{cell}: {reached} households reached of {households}; taken as it stands")]
    MoreThanHouseholds {
        /// Name of the sheet.
        sheet: String,
        /// The cell.
        cell: String,
        /// Households reached.
        reached: u32,
        /// Households of the village.
        households: u64,
    },
    /// Text in a column of its own. It is not read, and not repeated here,
    /// since it may name a person.
    #[error(
        "{sheet}!{cell}: {characters} characters in a column that is not read; delete them, and \
         write no names of people and no remarks"
    )]
    ForeignText {
        /// Name of the sheet.
        sheet: String,
        /// The cell.
        cell: String,
        /// How long the text is.
        characters: usize,
    },
}

/// A cell by its column and row, both from 0: `B12` is (1, 11).
pub(super) fn name(column: u32, row: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row + 1)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn cells_are_named_as_spreadsheets_do() {
        assert_eq!(name(1, 11), "B12");
        assert_eq!(name(25, 0), "Z1");
        assert_eq!(name(26, 0), "AA1");
        assert_eq!(name(701, 9), "ZZ10");
        assert_eq!(name(702, 9), "AAA10");
    }
}
