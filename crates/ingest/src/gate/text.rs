//! One way of writing for all the ways in which the same text can be written.
//!
//! Identifiers hide behind full-width or Devanagari digits, zero-width
//! characters, unusual spaces and dashes, and letters of another alphabet
//! that look Latin. [`unify`] removes these differences and nothing else:
//! case and word boundaries stay.

use unicode_normalization::UnicodeNormalization;

/// Code points of the digit zero in scripts whose digits follow each other.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730,
];

/// Writes the text into `unified` in NFKC with ASCII digits, plain spaces,
/// dashes and dots, Latin letters for their look-alikes, and without
/// invisible characters.
pub(super) fn unify(text: &str, unified: &mut String) {
    unified.clear();
    for c in text.nfkc() {
        if c.is_ascii() {
            unified.push(c);
            continue;
        }
        let code = u32::from(c);
        let digit = ZEROS
            .iter()
            .map(|zero| code.wrapping_sub(*zero))
            .find(|offset| *offset < 10);
        if let Some(digit) = digit {
            unified.extend(char::from_digit(digit, 10));
            continue;
        }
        match c {
            '\u{00ad}'
            | '\u{034f}'
            | '\u{061c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20e3}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{30fc}' => unified.push('-'),
            '\u{00b7}' | '\u{2022}' | '\u{2027}' | '\u{22c5}' | '\u{30fb}' | '\u{3002}'
            | '\u{0701}' => unified.push('.'),
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{2032}' => unified.push('\''),
            '\u{201c}' | '\u{201d}' => unified.push('"'),
            '\u{2044}' | '\u{2215}' => unified.push('/'),
            c if c.is_whitespace() => unified.push(' '),
            c => unified.push(latin_look_alike(c)),
        }
    }
}

/// The Latin letter that a Cyrillic or Greek letter is drawn like.
fn latin_look_alike(c: char) -> char {
    const PAIRS: &[(&str, &str)] = &[
        ("АВСЕНІЈКМОРЅТХУаеосрхуіјѕ", "ABCEHIJKMOPSTXYaeocpxyijs"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo"),
    ];
    if !matches!(u32::from(c), 0x370..=0x4ff) {
        return c;
    }
    PAIRS
        .iter()
        .find_map(|(from, to)| {
            let position = from.chars().position(|letter| letter == c)?;
            to.chars().nth(position)
        })
        .unwrap_or(c)
}

/// The text without leading apostrophes, equals signs and quotes, by which
/// spreadsheets keep numbers as text, and without trailing quotes.
pub(super) fn without_quotes(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '\'' | '"' | '=' | '`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disguise_of_a_digit_comes_off() {
        for text in [
            "९८७६५४३२१०",
            "９８７６５４３２１０",
            "৯৮৭৬৫৪৩২১০",
            "98\u{200b}765\u{200d}432\u{feff}10",
            "𝟗𝟖𝟕𝟔𝟓𝟒𝟑𝟐𝟏𝟎",
            "⑨⑧⑦⑥⑤④③②①0",
            "9\u{fe0f}\u{20e3}876543210",
        ] {
            let mut unified = String::new();
            unify(text, &mut unified);
            assert_eq!(unified, "9876543210", "{text}");
        }
    }

    #[test]
    fn spaces_dashes_and_look_alikes_are_written_one_way() {
        let mut unified = String::new();
        unify("98765\u{00a0}4\u{2011}3·2 АВСРЕ", &mut unified);
        assert_eq!(unified, "98765 4-3.2 ABCPE");
    }
}
