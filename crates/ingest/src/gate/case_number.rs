//! FIR and case numbers: a number and a year beside a word that says so.

use std::sync::LazyLock;

use regex::Regex;

use super::signal::{Signal, Signals};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and tested")
}

const NUMBER_AND_YEAR: &str = r"[0-9]{1,7} ?(?:/|\\|-|(?-u:\b)of(?-u:\b)) ?(?:19|20)[0-9]{2}";

/// A word for a case, a number, and a year of four digits.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)(?:(?-u:\b)|_)(?:f\.? ?i\.? ?r|crime|cr|case|complaint|petition|appeal|g\.?d|ncr|c\.?c|s\.?c|s\.?t|g\.?r|crl|pocso|spl|misc|bail|w\.?p)[.)]*[ _:/#-]*(?:(?:case|petition|appeal|application)[ .]*)?(?:no|num|number|sankhya|nambar)?[ .:/#-]*{NUMBER_AND_YEAR}"
    ))
});

/// The same in short: `FIR No. 12/19`, `FIR 123`.
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:(?:f\.? ?i\.? ?r|crime|cr|case|complaint)\.? *(?:no|num|number|#)[ .:#-]*[0-9]{1,7} ?/ ?[0-9]{2}(?:[^0-9/-]|$)|f\.? ?i\.? ?r\.? *(?:(?:no|num|number)[ .:#-]*|[:#-] *)?[0-9]{1,7}(?-u:\b))",
    )
});

/// The words in Devanagari.
static HINDI: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:प्राथमिकी|एफ\.? ?आई\.? ?आर|कांड|काण्ड|अपराध|मु\.? ?अ\.? ?सं|केस|वाद|मुकदमा)[^0-9]{0,20}[0-9]{1,7} ?/ ?[0-9]{2,4}",
    )
});

/// Letters, a number and a year, as `SC/123/2019`.
static LETTERED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^[A-Z]{1,8}(?:[./ -][A-Z]{1,8}){0,3}[./ -]{1,2}[0-9]{1,7} ?/ ?(?:19|20)[0-9]{2}$")
});

/// Looks for case numbers in a unified text with digits.
pub(super) fn look(text: &str, signals: &mut Signals) {
    if let Some((number, rest)) = text.split_once(['/', '-']) {
        look_for_number_and_year(number.trim(), rest.trim(), text.contains('/'), signals);
    }
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let joined = text.bytes().any(|byte| matches!(byte, b'/' | b'\\' | b'-'));
    let of = || {
        text.as_bytes()
            .windows(2)
            .any(|pair| pair.eq_ignore_ascii_case(b"of"))
    };
    let fir = || text.bytes().any(|byte| byte | 0x20 == b'f');
    if letters && (joined || of() || fir()) {
        let named = NAMED
            .find_iter(text)
            .any(|found| !is_date(text, found.end()))
            || SHORT.is_match(text);
        signals.add_if(named, Signal::Case);
        signals.add_if(LETTERED.is_match(text), Signal::CaseShape);
    }
    if !text.is_ascii() {
        signals.add_if(HINDI.is_match(text), Signal::Case);
    }
}

/// A number, a slash and a year and nothing else.
fn look_for_number_and_year(number: &str, year: &str, slash: bool, signals: &mut Signals) {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !slash || !digits(number) || !digits(year) || year.len() != 4 || number.len() > 7 {
        return;
    }
    let number: u32 = number.parse().unwrap_or(0);
    let year: u32 = year.parse().unwrap_or(0);
    // `2018/2019` is a span of years, not a case.
    if (1950..=2040).contains(&year) && !(1900..=2100).contains(&number) {
        signals.add(Signal::CaseShape);
        signals.add_if((1..=12).contains(&number), Signal::MonthShape);
    }
}

/// Whether more of a date follows, as in `12/2019/03`.
fn is_date(text: &str, end: usize) -> bool {
    let rest = &text.as_bytes()[end..];
    matches!(rest, [b'/' | b'-' | b'0'..=b'9', ..])
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
    fn case_numbers_are_found_where_they_are_named() {
        for text in [
            "FIR No. 123/2019",
            "fir 45/19 of PS Sadar",
            "F.I.R. No 12 of 2018",
            "registered as Crime No.77/2020 today",
            "Sessions Case No. 12/2018",
            "P.S. Case No. 123/19",
            "POCSO Case No 9/2021",
            "प्राथमिकी संख्या 12/2019",
            "मु.अ.सं. 123/2019",
            "FIR No 123",
        ] {
            assert!(has(text, Signal::Case), "{text}");
        }
        assert!(has("123/2019", Signal::CaseShape));
        assert!(has("SC/123/2019", Signal::CaseShape));
    }

    #[test]
    fn dates_spans_and_statistics_are_not_case_numbers() {
        for text in [
            "2018/2019",
            "case on 10/12/2019",
            "Sessions Case (SC)",
            "cases filed 2019",
            "2019-01-15",
            "15/01/2019",
            "Act 2 of 2016",
        ] {
            assert!(!has(text, Signal::Case), "{text}");
            assert!(!has(text, Signal::CaseShape), "{text}");
        }
    }
}
