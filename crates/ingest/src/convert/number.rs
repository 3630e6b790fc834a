//! Numbers as they stand in partners' files.

use std::borrow::Cow;

use safeground_schema::ErrorCode;

/// What a cell may be dressed in besides digits, sign and grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Dress {
    /// `12.3%`: the field or its record is a percentage or a share.
    pub percent_sign: bool,
    /// `(12.3)`: survey reports print figures of small samples so. Elsewhere
    /// brackets may mean a negative amount and are refused.
    pub brackets: bool,
}

/// Reads a number: `1,23,456.5`, `1,234,567`, `-3`, `1e5`, `१२३`, and
/// `(12.3)` or `12.3%` where `dress` says so.
///
/// Commas must stand where thousands are grouped, in the Indian way or by
/// threes; `12,5` is no number here.
pub(crate) fn parse_number(text: &str, dress: Dress) -> Result<f64, ErrorCode> {
    let ascii = ascii_digits(text);
    let mut text = ascii.trim();
    if dress.brackets
        && let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'))
    {
        text = inner.trim();
    }
    if dress.percent_sign
        && let Some(rest) = text.strip_suffix('%')
    {
        text = rest.trim_end();
    }
    let plain = without_grouping(text).ok_or(ErrorCode::NotANumber)?;
    // Rust also reads `inf` and `nan`, which are not figures.
    if !plain
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
    {
        return Err(ErrorCode::NotANumber);
    }
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(ErrorCode::NotANumber),
    }
}

/// Largest whole number that a 64-bit float holds exactly.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a whole number; `factor` converts the unit and `round` accepts a
/// fraction.
pub(crate) fn parse_integer(
    text: &str,
    factor: f64,
    round: bool,
    dress: Dress,
) -> Result<i64, ErrorCode> {
    if factor == 1.0
        && text.len() < 19
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
    {
        return text.parse().map_err(|_| ErrorCode::NotANumber);
    }
    let number = parse_number(text, dress)? * factor;
    let whole = number.round();
    if whole.abs() > LARGEST_EXACT {
        return Err(ErrorCode::NotANumber);
    }
    // 1.15 lakh is 114,999.999… in binary; a converted unit is allowed that.
    let tolerance = if factor == 1.0 {
        0.0
    } else {
        1e-9 * number.abs()
    };
    if round || (number - whole).abs() <= tolerance {
        Ok(whole as i64)
    } else {
        Err(ErrorCode::NotAnInteger)
    }
}

/// Digits of Indian scripts and typographic signs as ASCII.
pub(crate) fn ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // First code points of the decimal digits of Devanagari, Bengali,
    // Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada and Malayalam, and
    // the full-width digits (Unicode, general category Nd).
    const ZEROS: [u32; 10] = [
        0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0xFF10,
    ];
    Cow::Owned(
        text.chars()
            .map(|character| {
                let code = u32::from(character);
                match character {
                    '\u{2212}' => '-',
                    '\u{A0}' | '\u{202F}' | '\u{2009}' => ' ',
                    _ => ZEROS
                        .iter()
                        .find(|&&zero| (zero..zero + 10).contains(&code))
                        .and_then(|&zero| char::from_digit(code - zero, 10))
                        .unwrap_or(character),
                }
            })
            .collect(),
    )
}

/// The text without its grouping commas; `None` where one stands elsewhere.
fn without_grouping(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(',') {
        return Some(Cow::Borrowed(text));
    }
    let unsigned = text.trim_start_matches(['-', '+']);
    let whole = unsigned.split('.').next().unwrap_or(unsigned);
    if unsigned.len() > whole.len() && unsigned[whole.len()..].contains(',') {
        return None;
    }
    let mut groups = whole.rsplit(',');
    let last = groups.next()?;
    let mut first = "";
    if last.len() != 3 {
        return None;
    }
    let rest: Vec<&str> = groups.collect();
    for (index, group) in rest.iter().enumerate() {
        let is_first = index + 1 == rest.len();
        let right = if is_first {
            first = group;
            (1..=3).contains(&group.len())
        } else {
            (2..=3).contains(&group.len())
        };
        if !right || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    if first.is_empty() {
        return None;
    }
    Some(Cow::Owned(text.replace(',', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURVEY: Dress = Dress {
        percent_sign: true,
        brackets: true,
    };

    #[test]
    fn indian_and_western_grouping_are_read() {
        for (text, number) in [
            ("1,23,456", 123_456.0),
            ("1,234,567.25", 1_234_567.25),
            ("12,34,56,789", 123_456_789.0),
            (" -1,000 ", -1000.0),
            ("\u{2212}5", -5.0),
            ("१,२३,४५६", 123_456.0),
            ("৭৮", 78.0),
            ("1e3", 1000.0),
        ] {
            assert_eq!(parse_number(text, Dress::default()), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", "abc", "nan", "inf", "1,2", "12,5", "1,23,45", ",123", "1.2,345", "1 2", "--1",
            "(12.3)", "12.3%", "1.2.3", "0x1f",
        ] {
            assert_eq!(
                parse_number(text, Dress::default()),
                Err(ErrorCode::NotANumber),
                "{text}"
            );
        }
    }

    #[test]
    fn survey_figures_may_stand_in_brackets_or_carry_a_percent_sign() {
        assert_eq!(parse_number("(12.3)", SURVEY), Ok(12.3));
        assert_eq!(parse_number("12.3 %", SURVEY), Ok(12.3));
    }

    #[test]
    fn a_fraction_is_no_whole_number_unless_rounded_or_converted() {
        let plain = Dress::default();
        assert_eq!(parse_integer("12.0", 1.0, false, plain), Ok(12));
        assert_eq!(
            parse_integer("12.5", 1.0, false, plain),
            Err(ErrorCode::NotAnInteger)
        );
        assert_eq!(parse_integer("12.5", 1.0, true, plain), Ok(13));
        assert_eq!(parse_integer("1.15", 100_000.0, false, plain), Ok(115_000));
        assert_eq!(
            parse_integer("99999999999999999999", 1.0, false, plain),
            Err(ErrorCode::NotANumber)
        );
    }
}
