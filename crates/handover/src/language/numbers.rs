//! Numbers in a language.

use super::{Grouping, Language};
use crate::document::{Figure, Status};

impl Language {
    /// A number with so many decimals, grouped as the language does.
    ///
    /// Rounded to nearest, exact ties to even; minus zero is zero. A number
    /// that is not finite is written as it is.
    #[must_use]
    pub fn number(&self, value: f64, decimals: usize) -> String {
        let plain = format!("{value:.decimals$}");
        if !value.is_finite() {
            return plain;
        }
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(digits) if digits.contains(|c: char| ('1'..='9').contains(&c)) => ("-", digits),
            Some(digits) => ("", digits),
            None => ("", plain.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let grouped = self.group(whole);
        if fraction.is_empty() {
            format!("{sign}{grouped}")
        } else {
            format!("{sign}{grouped}.{fraction}")
        }
    }

    /// A whole number, grouped.
    #[must_use]
    pub fn whole(&self, value: u64) -> String {
        self.group(&value.to_string())
    }

    /// A share from 0 to 1 in per cent.
    #[must_use]
    pub fn per_cent(&self, share: f64) -> String {
        format!("{} %", self.number(100.0 * share, 1))
    }

    /// A figure as one text: `1,234`, `12.5 (9.1–16.0)`, `5–9`, `50+`, or the
    /// word of its status where there is no number.
    #[must_use]
    pub fn figure(&self, figure: &Figure, decimals: usize) -> String {
        let write = |value| self.number(value, decimals);
        match (figure.value, figure.low, figure.high) {
            _ if !matches!(figure.status, Status::Available | Status::Zero) => {
                self.of("status", figure.status.key()).to_owned()
            }
            (Some(value), Some(low), Some(high)) => {
                format!("{} ({}–{})", write(value), write(low), write(high))
            }
            (Some(value), _, _) => write(value),
            (None, Some(low), Some(high)) if low == high => write(low),
            (None, Some(low), Some(high)) => format!("{}–{}", write(low), write(high)),
            (None, Some(low), None) => format!("{}+", write(low)),
            (None, None, _) => self.of("status", figure.status.key()).to_owned(),
        }
    }

    fn group(&self, digits: &str) -> String {
        let step = match self.grouping {
            Grouping::None => return digits.to_owned(),
            Grouping::Indian => 2,
            Grouping::Thousands => 3,
        };
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 2);
        for (position, digit) in digits.char_indices() {
            let left = digits.len() - position;
            let boundary = left >= 3 && (left - 3).is_multiple_of(step);
            if position > 0 && boundary {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lakhs_and_crores_are_grouped_by_two() {
        let english = Language::english();
        for (value, expected) in [
            (0.0, "0"),
            (999.0, "999"),
            (1_000.0, "1,000"),
            (99_999.0, "99,999"),
            (123_456.0, "1,23,456"),
            (12_345_678.0, "1,23,45,678"),
            (-1_234_567.0, "-12,34,567"),
            (-0.2, "0"),
        ] {
            assert_eq!(english.number(value, 0), expected);
        }
        assert_eq!(english.number(123_456.789, 1), "1,23,456.8");
        let mut other = english.clone();
        other.grouping = Grouping::Thousands;
        assert_eq!(other.number(12_345_678.0, 0), "12,345,678");
        other.grouping = Grouping::None;
        assert_eq!(other.number(12_345_678.0, 0), "12345678");
    }

    #[test]
    fn the_four_kinds_of_nothing_read_differently_and_none_like_a_number() {
        let mut seen = std::collections::BTreeSet::new();
        for language in Language::built_in() {
            for status in [Status::NoData, Status::NotObserved, Status::BelowThreshold] {
                let text = language.figure(&Figure::absent(status), 0);
                assert!(!text.contains(|c: char| c.is_ascii_digit()));
                assert!(seen.insert(text));
            }
            assert!(seen.insert(language.figure(&Figure::absent(Status::Zero), 0)));
        }
        let english = Language::english();
        assert_eq!(english.figure(&Figure::exact(0.0), 0), "0");
        assert_eq!(english.figure(&Figure::band(5.0, Some(9.0)), 0), "5–9");
        assert_eq!(english.figure(&Figure::band(50.0, None), 0), "50+");
        let estimate = Figure::estimate(12.5, 9.1, 16.0);
        assert_eq!(english.figure(&estimate, 1), "12.5 (9.1–16.0)");
    }
}
