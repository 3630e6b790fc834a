//! Values that are a number and nothing else: the fast way.

use super::aadhaar::{has_shape, verhoeff_is_valid};
use super::coordinate::{is_fine_cell, look_at_decimal};
use super::digit_places::DigitPlaces;
use super::phone::mobile;
use super::signal::{Signal, Signals};

/// Most digits of a number that is looked at; longer ones are no identifier.
const MOST_DIGITS: usize = 20;

/// A number, by its digits.
struct Number {
    whole: [u8; MOST_DIGITS],
    whole_length: usize,
    value: f64,
    /// Decimals as written, and without zeros at the end.
    written_decimals: usize,
    decimals: usize,
}

/// Looks at a value that is a plain or scientific number. Returns `false` if
/// it is no number.
pub(super) fn look(text: &str, places: &mut DigitPlaces, signals: &mut Signals) -> bool {
    let bare = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .unwrap_or(text);
    let Some(number) = parse(bare.as_bytes()) else {
        return false;
    };
    let whole = &number.whole[..number.whole_length];
    if number.decimals > 0 {
        if whole.len() > 7 {
            // An amount: numbers like it are no phone numbers.
            signals.add(Signal::LargeNumber);
            signals.add(Signal::NearTenDigits);
            return true;
        }
        signals.add(Signal::SmallNumber);
        look_at_decimal(number.value, number.decimals, signals);
        // `98765.43210`, a mobile number with a dot, is a number too.
        let grouped = matches!(
            (whole.len(), number.written_decimals),
            (5, 5) | (4, 6) | (6, 4)
        );
        signals.add_if(grouped && whole[0] >= b'6', Signal::PossiblePhone);
        return true;
    }
    if whole.len() <= 7 {
        signals.add(Signal::SmallNumber);
        signals.add_if(whole.len() >= 6, Signal::ManyDigits);
        return true;
    }
    signals.add(Signal::LargeNumber);
    signals.add(Signal::ManyDigits);
    match whole.len() {
        8 | 9 => signals.add(Signal::NearTenDigits),
        10 => {
            signals.add(Signal::TenDigits);
            if whole[0] >= b'6' {
                signals.add(Signal::TenDigitsMobile);
                places.see(whole);
            }
        }
        11 | 12 => match mobile(whole) {
            Some(number) => {
                signals.add(Signal::PrefixedMobile);
                places.see(number);
            }
            None if whole.len() == 11 => signals.add(Signal::NearTenDigits),
            None => {}
        },
        13 | 14 => signals.add_if(mobile(whole).is_some(), Signal::Phone),
        18 | 19 => {
            let fine = std::str::from_utf8(whole)
                .ok()
                .and_then(|digits| digits.parse().ok())
                .is_some_and(is_fine_cell);
            signals.add_if(fine, Signal::FineCell);
        }
        _ => {}
    }
    if has_shape(whole) {
        signals.add(Signal::TwelveDigits);
        signals.add_if(verhoeff_is_valid(whole), Signal::TwelveDigitsValid);
    }
    true
}

/// Reads `-1,23,456.70`, `9.87654321E9` and the like. A leading `+` before
/// ten digits or more is a telephone's, not a number's.
fn parse(bytes: &[u8]) -> Option<Number> {
    let (sign, unsigned) = match bytes {
        [sign @ (b'-' | b'+'), rest @ ..] => (Some(*sign), rest),
        _ => (None, bytes),
    };
    let (mantissa, exponent) = match unsigned.iter().position(|byte| byte | 0x20 == b'e') {
        Some(position) => (
            &unsigned[..position],
            parse_exponent(&unsigned[position + 1..])?,
        ),
        None => (unsigned, 0),
    };
    let mut digits = [0_u8; 2 * MOST_DIGITS];
    let (mut length, mut point) = (0, None);
    let mut grouped_at = None;
    for byte in mantissa {
        match byte {
            b'0'..=b'9' if length < digits.len() => {
                digits[length] = *byte;
                length += 1;
            }
            b'.' if point.is_none() => point = Some(length),
            // Thousands or lakhs: groups of two or three digits.
            b',' if point.is_none() && length > 0 => {
                if grouped_at.is_some_and(|before| !(2..=3).contains(&(length - before))) {
                    return None;
                }
                grouped_at = Some(length);
            }
            _ => return None,
        }
    }
    let end = point.unwrap_or(length);
    if length == 0 || grouped_at.is_some_and(|before| end - before != 3) {
        return None;
    }
    let whole_length = end + exponent;
    if whole_length > MOST_DIGITS || whole_length == 0 || length < end {
        // Too long for any identifier, or `.5`.
        return (length > 0).then(|| small(&digits[..length], end));
    }
    let mut whole = [b'0'; MOST_DIGITS];
    let known = whole_length.min(length);
    whole[..known].copy_from_slice(&digits[..known]);
    if sign == Some(b'+') && whole_length >= 10 {
        return None;
    }
    let written_decimals = length - known;
    let zeros = digits[known..length]
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    let decimals = written_decimals - zeros;
    let value = if decimals > 2 && whole_length <= 3 {
        value(&digits[..length], known)
    } else {
        f64::INFINITY
    };
    Some(Number {
        whole,
        whole_length,
        value,
        written_decimals,
        decimals,
    })
}

/// A number of which only its being one matters.
fn small(digits: &[u8], end: usize) -> Number {
    Number {
        whole: [b'0'; MOST_DIGITS],
        whole_length: 1,
        value: value(digits, end),
        written_decimals: 0,
        decimals: digits.len().saturating_sub(end),
    }
}

fn parse_exponent(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.strip_prefix(b"+").unwrap_or(bytes);
    match digits {
        [digit @ b'0'..=b'9'] => Some(usize::from(digit - b'0')),
        [tens @ b'0'..=b'1', ones @ b'0'..=b'9'] => {
            Some(usize::from(tens - b'0') * 10 + usize::from(ones - b'0'))
        }
        _ => None,
    }
}

/// The digits as a number with the point after `whole` of them.
fn value(digits: &[u8], whole: usize) -> f64 {
    let mut value = 0.0;
    for digit in digits {
        value = value * 10.0 + f64::from(digit - b'0');
    }
    let places = i32::try_from(digits.len().saturating_sub(whole)).expect("few digits");
    value / 10.0_f64.powi(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(text: &str) -> Option<Signals> {
        let mut signals = Signals::default();
        look(text, &mut DigitPlaces::default(), &mut signals).then_some(signals)
    }

    fn has(text: &str, signal: Signal) -> bool {
        signals(text).is_some_and(|signals| signals.has(signal))
    }

    #[test]
    fn ten_digits_are_seen_through_every_number_format() {
        for text in [
            "9876543210",
            "9876543210.0",
            "9.87654321E9",
            "9.87654321e+09",
            "9,87,65,43,210",
            "9,876,543,210",
            "(9876543210)",
        ] {
            assert!(has(text, Signal::TenDigitsMobile), "{text}");
        }
        assert!(has("919876543210", Signal::PrefixedMobile));
        assert!(has("09876543210", Signal::PrefixedMobile));
        assert!(has("2.34123412346E11", Signal::TwelveDigitsValid));
        assert!(has("98765.43210", Signal::PossiblePhone));
    }

    #[test]
    fn decimals_are_degrees_only_if_fine() {
        assert!(has("25.5941", Signal::LikeLatitude));
        assert!(has("85.1376", Signal::LikeLongitude));
        assert!(has("-25.594", Signal::PreciseDegrees));
        assert!(!has("25.5900", Signal::PreciseDegrees));
        assert!(!has("1234.5678", Signal::PreciseDegrees));
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "-",
            "12-13",
            "98,76,54,32,10",
            "+919876543210",
            "1.2.3",
            "12a",
            "E9",
        ] {
            assert!(signals(text).is_none(), "{text}");
        }
        for text in [
            "0",
            "-5",
            "1,23,456",
            "12.5",
            ".5",
            "5.",
            "123456789012345678901234567890",
        ] {
            assert!(signals(text).is_some(), "{text}");
        }
    }
}
