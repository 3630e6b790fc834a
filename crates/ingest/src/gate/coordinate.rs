//! Coordinates finer than policy, and H3 cells finer than resolution 8.
//!
//! Policy keeps two decimals, about a kilometre, and H3 resolution 8.

use std::str::FromStr;
use std::sync::LazyLock;

use h3o::{CellIndex, Resolution};
use regex::Regex;

use super::signal::{Signal, Signals};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and tested")
}

static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:^|[^0-9.])(-?[0-9]{1,3}\.[0-9]{3,})[ °]*[NSEW]?[ ,;/]+(?:long?|lng|longitude|lat|latitude)?[ :=]*(-?[0-9]{1,3}\.[0-9]{3,})",
    )
});
static SECONDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?i)[0-9]{1,3} ?° ?[0-9]{1,2} ?['′] ?[0-9]{1,2}(?:\.[0-9]+)? ?(?:["″]|['′]{1,2})?"#)
});
static PLUS_CODE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(?:[23456789CFGHJMPQRVWX]{8}|[23456789CFGHJMPQRVWX]{4})\+[23456789CFGHJMPQRVWX]{2,3}\b",
    )
});
/// Looks for coordinates and cells in a unified text with digits.
pub(super) fn look(text: &str, signals: &mut Signals) {
    let pair = text.contains('.')
        && PAIR.captures_iter(text).any(|found| {
            let number = |index: usize| found[index].parse::<f64>().unwrap_or(f64::NAN);
            is_in_india(number(1), number(2)) || is_in_india(number(2), number(1))
        });
    let other = text.contains('°') && SECONDS.is_match(text)
        || text.contains('+')
            && PLUS_CODE.find_iter(text).any(|found| {
                found
                    .as_str()
                    .bytes()
                    .any(|byte| byte.is_ascii_alphabetic())
            });
    signals.add_if(pair || other, Signal::CoordinatePair);
    if text.len() >= 15 {
        let fine = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .map(|word| word.strip_prefix("0x").unwrap_or(word))
            .filter(|word| word.len() == 15 && word.starts_with('8'))
            .any(|word| CellIndex::from_str(word).is_ok_and(is_fine));
        signals.add_if(fine, Signal::FineCell);
    }
}

/// Whether a whole number is an H3 cell finer than policy.
pub(super) fn is_fine_cell(number: u64) -> bool {
    CellIndex::try_from(number).is_ok_and(is_fine)
}

/// Looks at a decimal number with this many decimals that are not zeros at
/// the end.
pub(super) fn look_at_decimal(number: f64, decimals: usize, signals: &mut Signals) {
    if decimals <= 2 || number.abs() > 180.0 {
        return;
    }
    signals.add(Signal::PreciseDegrees);
    if (4..=8).contains(&decimals) {
        signals.add_if((6.0..=38.0).contains(&number), Signal::LikeLatitude);
        signals.add_if((68.0..=98.0).contains(&number), Signal::LikeLongitude);
    }
}

fn is_fine(cell: CellIndex) -> bool {
    cell.resolution() > Resolution::Eight
}

fn is_in_india(latitude: f64, longitude: f64) -> bool {
    (6.0..=38.0).contains(&latitude) && (68.0..=98.0).contains(&longitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, signal: Signal) -> bool {
        let mut signals = Signals::default();
        look(text, &mut signals);
        signals.has(signal)
    }

    #[test]
    fn precise_points_are_found_in_every_notation() {
        for text in [
            "25.5941, 85.1376",
            "(25.594123,85.137645)",
            "POINT (85.1376 25.5941)",
            "lat 25.5941 long 85.1376",
            "25°35'38.8\"N 85°08'15\"E",
            "7MJ7H4VP+X2",
        ] {
            assert!(has(text, Signal::CoordinatePair), "{text}");
        }
    }

    #[test]
    fn coarse_points_and_other_numbers_are_not() {
        for text in [
            "25.59, 85.13",
            "0.1234, 0.5678",
            "12.345",
            "2+2",
            "450.123, 500.456",
        ] {
            assert!(!has(text, Signal::CoordinatePair), "{text}");
        }
    }

    #[test]
    fn only_cells_finer_than_eight_are_held() {
        let point = h3o::LatLng::new(25.5941, 85.1376).unwrap();
        let fine = point.to_cell(Resolution::Nine);
        let coarse = point.to_cell(Resolution::Eight);
        assert!(has(&fine.to_string(), Signal::FineCell));
        assert!(has(&format!("cell 0x{fine} there"), Signal::FineCell));
        assert!(!has(&coarse.to_string(), Signal::FineCell));
        assert!(is_fine_cell(u64::from(fine)));
        assert!(!is_fine_cell(u64::from(coarse)));
    }
}
