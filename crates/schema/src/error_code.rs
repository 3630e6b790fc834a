//! Stable codes of what can be wrong with a row.

macro_rules! error_codes {
    ($($variant:ident = $code:literal, $cause:literal, $action:literal;)+) => {
        /// Why a row was put into quarantine. Codes never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $cause] $variant,)+
        }

        impl ErrorCode {
            /// All codes in their documented order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as stored in the quarantine.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What went wrong.
            #[must_use]
            pub fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)+ }
            }

            /// What to do about it.
            #[must_use]
            pub fn action(self) -> &'static str {
                match self { $(Self::$variant => $action,)+ }
            }
        }

        impl std::fmt::Display for ErrorCode {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

error_codes! {
    ValueMissing = "value_missing", "A required value is empty.", "Fill the cell at the source, or give `when_missing` in the mapping.";
    NotANumber = "not_a_number", "The text is not a number.", "Correct the cell, or extract the figure with `pattern` in the mapping.";
    NotAnInteger = "not_an_integer", "The number has a fraction where a whole number is expected.", "Correct the cell, or map it to a decimal field.";
    NegativeNumber = "negative_number", "A count, area or duration is below zero.", "Correct the cell at the source.";
    NotADate = "not_a_date", "The text is not a date in the stated order.", "Set `date_order` in the mapping, or correct the cell.";
    DateOutOfRange = "date_out_of_range", "The date lies before 1900 or after today.", "Correct the cell; two-digit years are read as 1970 to 2069.";
    UnknownCode = "unknown_code", "The text is not in the code list and the mapping does not translate it.", "Add it to `codes` in the mapping.";
    PatternUnmatched = "pattern_unmatched", "The text does not have the form that `pattern` in the mapping states.", "Correct the cell, widen `pattern`, or name the text under `missing` in the mapping.";
    NotAPeriod = "not_a_period", "The text is not a year, quarter, month or span of years.", "Write `2021`, `2021-Q3`, `2021-07` or `2019/2021`.";
    PlaceUnmatched = "place_unmatched", "No known place has this code or a name close enough.", "Load the place first, or add an alias to the mapping.";
    PlaceAmbiguous = "place_ambiguous", "Two or more known places fit equally well.", "Name the parent, give the code, or add an alias to the mapping.";
    PlaceCodeInvalid = "place_code_invalid", "The code that would define a place has other signs than letters, digits, `-`, `_` and `.`.", "Correct the code at the source.";
    ParentUnmatched = "parent_unmatched", "The place that should contain this one is not known.", "Load the parent first, or add an alias for it to the mapping.";
    CoordinateInvalid = "coordinate_invalid", "Latitude or longitude is missing, not a number or outside the globe.", "Correct the cells; latitude lies within -90 to 90, longitude within -180 to 180.";
    CoordinateOutsideArea = "coordinate_outside_area", "The point lies outside the area that the mapping states.", "Check for swapped columns or a missing decimal point.";
    H3Invalid = "h3_invalid", "The text is not an H3 cell, or finer than resolution 8.", "Write the cell as hexadecimal text of resolution 8 or coarser.";
    GeometryInvalid = "geometry_invalid", "The geometry is missing, empty or of the wrong type.", "Repair the geometry at the source.";
    RaggedRow = "ragged_row", "The row has more or fewer cells than the header.", "Quote separators inside text, or name `ragged_join` in the mapping.";
    LinesSwallowed = "lines_swallowed", "A quote that opens in the row closes only in a later line, and the lines it covers look like rows; none of them was loaded.", "Close the quote at the source, or double it if it belongs to the text; where the lines are text indeed, write it in one line.";
    ExcludedRow = "excluded_row", "The mapping says that such rows are not data, such as totals and footers.", "Nothing, if the reason given is right.";
    DuplicateRow = "duplicate_row", "The row repeats an earlier one letter for letter.", "Nothing, if the repetition is an error of the source.";
    DuplicateKey = "duplicate_key", "Another row of this load has the same key with other values.", "Decide at the source which row is right.";
    ShareOutOfRange = "share_out_of_range", "A percentage is outside 0 to 100, or a share outside 0 to 1.", "Check the unit in the mapping.";
    Inconsistent = "inconsistent", "Two cells of the row contradict each other.", "Correct the row at the source.";
    Unencodable = "unencodable", "Bytes of the row are not text in the stated encoding.", "Set `encoding` in the mapping.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
    }
}
