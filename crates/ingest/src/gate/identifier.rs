//! Identifiers with letters and digits in fixed places: PAN, EPIC, CNR, IFSC.

use std::sync::LazyLock;

use regex::Regex;

use super::signal::{Signal, Signals};

/// States and courts that begin a CNR number.
const CNR_STATES: &[&str] = &[
    "AN", "AP", "AR", "AS", "BR", "CG", "CH", "CT", "DD", "DL", "DN", "GA", "GJ", "GO", "HB", "HC",
    "HP", "HR", "JH", "JK", "KA", "KL", "LA", "LD", "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "OR",
    "PB", "PH", "PY", "RJ", "SK", "TG", "TN", "TR", "TS", "UK", "UP", "UT", "WB",
];

/// First four letters of the IFSC codes of the larger banks.
const BANKS: &[&str] = &[
    "AIRP", "ALLA", "ANDB", "AUBL", "BARB", "BDBL", "BKID", "CBIN", "CITI", "CIUB", "CNRB", "CORP",
    "CSBK", "DBSS", "DLXB", "ESFB", "FDRL", "FINO", "HDFC", "HSBC", "IBKL", "ICIC", "IDFB", "IDIB",
    "INDB", "IOBA", "IPOS", "JAKA", "KARB", "KKBK", "KVBL", "MAHB", "ORBC", "PSIB", "PUNB", "PYTM",
    "RATN", "SBIN", "SCBL", "SIBL", "SYNB", "TMBL", "UBIN", "UCBA", "UJVN", "UTBI", "UTIB", "VIJB",
    "YESB",
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and tested")
}

static PAN: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)[A-Z]{5}[0-9]{4}[A-Z]"));
static PAN_APART: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?-u:\b)[A-Z]{3}P[A-Z][ ./_-]{1,2}[0-9]{4}[ ./_-]{1,2}[A-Z](?-u:\b)"));
static EPIC: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?-u:\b)[A-Z]{3}[ ./_-]{0,2}([0-9]{7})(?-u:\b)"));
static EPIC_OLD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?-u:\b)[A-Z]{2} ?/ ?[0-9]{2} ?/ ?[0-9]{3} ?/ ?[0-9]{6,7}(?-u:\b)")
});
static EPIC_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:epic|voter|मतदाता|वोटर).{0,24}?([A-Z]{3}[ ./_-]{0,2}[0-9]{7})(?:[^0-9]|$)")
});
static CNR: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)([A-Z]{2})[A-Z][A-Z0-9][0-9]{2}[ -]{0,2}[0-9]{6}[ -]{0,2}((?:19|20)[0-9]{2})")
});
static IFSC: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)([A-Z]{4})0[A-Z0-9]{6}(?:[^A-Z0-9]|$)"));
static PAYMENT_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)[a-z0-9._-]{2,} ?@ ?(?:ybl|ibl|axl|apl|upi|paytm|ptyes|ptsbi|pthdfc|ptaxis|okaxis|oksbi|okicici|okhdfcbank|yapl|fam|jupiteraxis|postbank|airtel|freecharge)\b",
    )
});

/// Looks for identifiers in a unified text with letters and digits.
pub(super) fn look(text: &str, signals: &mut Signals) {
    // Each has a stretch of digits of its own length; spelt with spaces, it
    // has as many digits in all.
    let runs = Runs::of(text.as_bytes());
    let squeezed = squeezed(text);
    let spaced = squeezed.as_deref().filter(|spaced| spaced.len() == 10);
    if runs.four || runs.digits == 4 {
        let pan = PAN
            .find_iter(text)
            .any(|found| is_pan(text, found.start(), found.end()))
            || PAN_APART.is_match(text)
            || spaced.is_some_and(|spaced| is_spaced_pan(spaced, text));
        signals.add_if(pan, Signal::Pan);
    }
    if runs.seven || runs.digits == 7 {
        let found = EPIC
            .captures(text)
            .or_else(|| spaced.and_then(|spaced| EPIC.captures(spaced)));
        if let Some(found) = found {
            signals.add(Signal::EpicShape);
            signals.add_if(found[1].starts_with("00"), Signal::EpicSerial);
        }
        signals.add_if(EPIC_WORD.is_match(text), Signal::Epic);
    }
    if runs.digits >= 11 && text.contains('/') {
        signals.add_if(EPIC_OLD.is_match(text), Signal::EpicShape);
    }
    if runs.digits >= 12 {
        let is_in = |text: &str| CNR.captures_iter(text).any(|found| is_cnr(text, &found));
        let spaced = squeezed.as_deref().filter(|spaced| spaced.len() == 16);
        signals.add_if(is_in(text) || spaced.is_some_and(is_in), Signal::Case);
    }
    if runs.zero_after_letters {
        for found in IFSC.captures_iter(text) {
            let known = BANKS.contains(&found[1].to_ascii_uppercase().as_str());
            signals.add(if known {
                Signal::Bank
            } else {
                Signal::IfscShape
            });
        }
    }
}

/// The stretches of digits in a text.
#[derive(Debug, Clone, Copy, Default)]
struct Runs {
    digits: usize,
    /// A stretch of four digits, and one of seven.
    four: bool,
    seven: bool,
    /// A zero after four letters and before six more characters.
    zero_after_letters: bool,
}

impl Runs {
    fn of(bytes: &[u8]) -> Self {
        let mut runs = Self::default();
        let (mut length, mut letters) = (0, 0);
        for (index, byte) in bytes.iter().enumerate() {
            if byte.is_ascii_digit() {
                runs.zero_after_letters |= *byte == b'0' && letters >= 4 && index + 6 < bytes.len();
                length += 1;
                letters = 0;
                runs.digits += 1;
                continue;
            }
            runs.four |= length == 4;
            runs.seven |= length == 7;
            length = 0;
            letters = if byte.is_ascii_alphabetic() {
                letters + 1
            } else {
                0
            };
        }
        runs.four |= length == 4;
        runs.seven |= length == 7;
        runs
    }
}

/// Looks for payment addresses in a unified text with an `@`.
pub(super) fn look_for_payment_address(text: &str, signals: &mut Signals) {
    signals.add_if(PAYMENT_ADDRESS.is_match(text), Signal::Bank);
}

/// A short value without the spaces, dots and dashes between its letters.
fn squeezed(text: &str) -> Option<String> {
    let apart = |byte: u8| matches!(byte, b' ' | b'.' | b'-' | b'_' | b'/');
    if text.len() > 40 || !text.bytes().any(apart) {
        return None;
    }
    Some(
        text.chars()
            .filter(|c| !(c.is_ascii() && apart(*c as u8)))
            .collect(),
    )
}

/// Whether five letters, four digits and a letter are a PAN: the fourth
/// letter is a kind of holder, and the letters are not part of a longer word
/// unless the word says PAN or number.
fn is_pan(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let holder = bytes[start + 3].to_ascii_uppercase();
    if bytes.get(end).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let before = bytes[..start]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let after = bytes[end..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    if before == 0 && after == 0 {
        return b"ABCFGHJLPT".contains(&holder);
    }
    // Glued to a word on either side: a person's PAN only, and where case or
    // the word itself shows the seam.
    let word = text[start - before..start].to_ascii_lowercase();
    let own = &bytes[start..end];
    let upper = own.iter().all(|byte| !byte.is_ascii_lowercase());
    let seam_before = before == 0
        || ["pan", "no", "num", "number", "card", "id", "is"]
            .iter()
            .any(|cue| word.ends_with(cue))
        || upper && bytes[start - 1].is_ascii_lowercase();
    let seam_after = after == 0 || upper && bytes[end].is_ascii_lowercase();
    holder == b'P' && seam_before && seam_after
}

/// Whether a value is a PAN once spaces are removed: a person's, or one whose
/// every letter stands apart. `BLOCK 1234 A` is neither.
fn is_spaced_pan(squeezed: &str, text: &str) -> bool {
    let apart = text.len() >= 2 * squeezed.len() - 1;
    PAN.is_match(squeezed)
        && is_pan(squeezed, 0, squeezed.len())
        && (apart || matches!(squeezed.as_bytes()[3], b'P' | b'p'))
}

fn is_cnr(text: &str, found: &regex::Captures<'_>) -> bool {
    let end = found.get(0).map_or(0, |whole| whole.end());
    let state = found[1].to_ascii_uppercase();
    let year: u32 = found[2].parse().unwrap_or(0);
    CNR_STATES.contains(&state.as_str())
        && (1950..=2040).contains(&year)
        && !text.as_bytes().get(end).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, signal: Signal) -> bool {
        let mut signals = Signals::default();
        look(text, &mut signals);
        look_for_payment_address(text, &mut signals);
        signals.has(signal)
    }

    #[test]
    fn identifiers_are_found_in_text_and_apart() {
        for text in [
            "ABCPE1234F",
            "abcpe1234f",
            "pan is ABCPE1234F.",
            "panABCPE1234F",
            "ABCPE-1234-F",
            "A B C P E 1 2 3 4 F",
        ] {
            assert!(has(text, Signal::Pan), "{text}");
        }
        for text in [
            "DLCT010012342019",
            "cnr DLCT01-001234-2019",
            "cnrDLCT010012342019",
        ] {
            assert!(has(text, Signal::Case), "{text}");
        }
        for text in ["voter card ABC1234567", "EPIC: abc 1234567"] {
            assert!(has(text, Signal::Epic), "{text}");
        }
        assert!(has("UP/12/123/123456", Signal::EpicShape));
        assert!(has("SBIN0001234", Signal::Bank));
        assert!(has("ravi.k@okaxis", Signal::Bank));
    }

    #[test]
    fn codes_of_other_kinds_are_not_identifiers() {
        assert!(!has("BLOCK 1234 A", Signal::Pan));
        assert!(!has("ASBK01", Signal::Case));
        assert!(!has("XXCT010012342019", Signal::Case));
        assert!(!has("DLCT010012349999", Signal::Case));
        assert!(!has("ABCD0123456", Signal::Bank));
    }
}
