//! Digits spelt out as words, in English, Hindi and Hindi in Latin letters.

use std::sync::LazyLock;

use super::words::Words;

/// Words and the digits they stand for.
const ONES: &[(&str, &str)] = &[
    ("zero", "0"),
    ("oh", "0"),
    ("nil", "0"),
    ("shunya", "0"),
    ("sunya", "0"),
    ("shoonya", "0"),
    ("शून्य", "0"),
    ("जीरो", "0"),
    ("one", "1"),
    ("ek", "1"),
    ("एक", "1"),
    ("वन", "1"),
    ("two", "2"),
    ("do", "2"),
    ("दो", "2"),
    ("टू", "2"),
    ("three", "3"),
    ("teen", "3"),
    ("tin", "3"),
    ("तीन", "3"),
    ("four", "4"),
    ("char", "4"),
    ("chaar", "4"),
    ("चार", "4"),
    ("five", "5"),
    ("panch", "5"),
    ("paanch", "5"),
    ("पांच", "5"),
    ("पाँच", "5"),
    ("six", "6"),
    ("chhah", "6"),
    ("chhe", "6"),
    ("chah", "6"),
    ("chhai", "6"),
    ("cheh", "6"),
    ("che", "6"),
    ("छह", "6"),
    ("छः", "6"),
    ("छ", "6"),
    ("छे", "6"),
    ("छै", "6"),
    ("seven", "7"),
    ("saat", "7"),
    ("sat", "7"),
    ("सात", "7"),
    ("eight", "8"),
    ("aath", "8"),
    ("ath", "8"),
    ("आठ", "8"),
    ("nine", "9"),
    ("nau", "9"),
    ("नौ", "9"),
    ("ten", "10"),
    ("das", "10"),
    ("दस", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
];

/// Words for tens and their first digit.
const TENS: &[(&str, char)] = &[
    ("twenty", '2'),
    ("thirty", '3'),
    ("forty", '4'),
    ("fourty", '4'),
    ("fifty", '5'),
    ("sixty", '6'),
    ("seventy", '7'),
    ("eighty", '8'),
    ("ninety", '9'),
];

fn digits_of(word: &str) -> Option<&'static str> {
    ONES.iter()
        .find_map(|(name, digits)| (*name == word).then_some(*digits))
}

fn tens_of(word: &str) -> Option<char> {
    TENS.iter()
        .find_map(|(name, digit)| (*name == word).then_some(*digit))
}

/// English number words that may follow each other without a space.
const GLUED: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double",
    "triple",
];

/// Whether a text can have a spelt number: three number words, or a word so
/// long that it could be several. Spares most texts the reading.
fn may_spell(text: &str) -> bool {
    let mut lower = [0_u8; 24];
    let mut words = 0;
    for word in text.split(|c: char| !(c.is_alphanumeric() || is_mark(c))) {
        if word.len() >= 30 {
            return true;
        }
        let Some(lower) = lower.get_mut(..word.len()) else {
            continue;
        };
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        words += usize::from(NUMBER_WORDS.has(lower));
    }
    words >= 3
}

static NUMBER_WORDS: LazyLock<Words> = LazyLock::new(|| {
    ONES.iter()
        .map(|(word, _)| *word)
        .chain(TENS.iter().map(|(word, _)| *word))
        .collect()
});

/// Runs of ten to fourteen digits of which at least three are spelt as words.
pub(super) fn spelt_runs(text: &str) -> Vec<String> {
    let mut runs = Vec::new();
    if !may_spell(text) {
        return runs;
    }
    let lower = text.to_lowercase();
    let mut run = Run::default();
    for word in lower.split(|c: char| !(c.is_alphanumeric() || is_mark(c))) {
        if word.is_empty() {
            continue;
        }
        if run.add(word) {
            continue;
        }
        if let Some(words) = glued(word) {
            for word in words {
                run.add(word);
            }
            continue;
        }
        run.finish(&mut runs);
    }
    run.finish(&mut runs);
    runs
}

#[derive(Default)]
struct Run {
    digits: String,
    words: usize,
    repeat: usize,
    tens: Option<char>,
}

impl Run {
    /// Takes a word if it continues a spelt number.
    fn add(&mut self, word: &str) -> bool {
        if let Some(repeat) = match word {
            "double" | "डबल" => Some(2),
            "triple" | "treble" | "ट्रिपल" => Some(3),
            _ => None,
        } {
            self.close_tens();
            self.repeat = repeat;
        } else if let Some(tens) = tens_of(word) {
            self.close_tens();
            self.tens = Some(tens);
            self.words += 1;
        } else if let Some(digits) = digits_of(word) {
            match self.tens.take() {
                Some(tens) if digits.len() == 1 && digits != "0" => self.digits.push(tens),
                Some(tens) => self.digits.extend([tens, '0']),
                None => {}
            }
            self.digits.push_str(&digits.repeat(self.repeat.max(1)));
            self.repeat = 0;
            self.words += 1;
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.close_tens();
            self.digits.push_str(&word.repeat(self.repeat.max(1)));
            self.repeat = 0;
        } else {
            return false;
        }
        true
    }

    fn close_tens(&mut self) {
        if let Some(tens) = self.tens.take() {
            self.digits.extend([tens, '0']);
        }
    }

    fn finish(&mut self, runs: &mut Vec<String>) {
        self.close_tens();
        if self.words >= 3 && (10..=14).contains(&self.digits.len()) {
            runs.push(std::mem::take(&mut self.digits));
        }
        *self = Self::default();
    }
}

/// Vowel signs and the like, which belong to the word before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}')
}

/// The number words that a word consists of without spaces.
fn glued(word: &str) -> Option<Vec<&'static str>> {
    let mut rest = word;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let next = GLUED.iter().find(|number| rest.starts_with(**number))?;
        rest = &rest[next.len()..];
        words.push(*next);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelt_numbers_are_read() {
        for text in [
            "nine eight seven six five four three two one zero",
            "call nine-eight-seven-six-five-four-three-two-one-zero please",
            "ninety eight seventy six fifty four thirty two ten",
            "nau aath saat chhah paanch chaar teen do ek shunya",
            "नौ आठ सात छह पाँच चार तीन दो एक शून्य",
            "NineEightSevenSixFiveFourThreeTwoOneZero",
            "98 seven six five 4321 zero",
        ] {
            assert_eq!(spelt_runs(text), ["9876543210"], "{text}");
        }
        assert_eq!(
            spelt_runs("nine double eight triple seven one two three four"),
            ["9887771234"]
        );
    }

    #[test]
    fn prose_with_numbers_is_not_a_number() {
        assert!(spelt_runs("two girls of six and seven, one boy of four, do not call").is_empty());
    }
}
