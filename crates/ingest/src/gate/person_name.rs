//! Whether a value looks like the name of a person.
//!
//! Words are folded first, so that spellings of one name meet: vowel length,
//! doubling and aspiration are removed (`Suneeta` is `Sunita`, `Laxmi` is
//! `Lakshmi`), and Devanagari is written in Latin letters. A value of two to
//! five words is a person's name if one word is common in such names and no
//! word, or ending of a word, belongs to places, offices or things.

use std::sync::LazyLock;

use super::name_list::{FAMILY, GIVEN, HONORIFICS, NOT_A_PERSON};
use super::signal::{Signal, Signals};
use super::words::Words;

/// Endings of place names.
const PLACE_ENDINGS: &[&str] = &[
    "pur", "pura", "puram", "nagar", "ganj", "garh", "garhi", "abad", "gaon", "ganv", "wadi",
    "vadi", "wada", "vada", "pally", "palli", "halli", "hatti", "gram", "patti", "khera", "kheda",
    "tola", "toli", "guda", "gudem", "palem", "palle", "patnam", "patna", "dih", "deeh", "bad",
    "bari", "khurd", "kalan", "ghat", "gachhi", "chak", "danga", "doba", "pada", "padar", "para",
    "giri", "kheri", "garha", "sar", "wala", "wali", "majra", "kot", "thanda", "tanda", "pet",
    "pettai", "petta", "ur", "oor", "kuppam", "patti", "palayam", "kulam", "kudi", "mangalam",
    "cheri", "kode", "kad", "kadu", "nadu", "lova", "konda", "vaka", "varam", "valasa", "pudi",
    "padu", "gunta", "cheruvu", "kunta", "gere", "kere", "koppa", "sandra",
];

/// Endings of words that only persons' names have.
const PERSON_ENDINGS: &[&str] = &[
    "appa", "amma", "ammal", "anna", "bhai", "ben", "behn", "bai", "preet", "jeet", "jit", "inder",
    "endra", "esh", "kumar", "kumari", "prasad", "swamy", "swami", "samy", "murthy", "moorthy",
    "ullah", "ulla", "uddin", "unnisa", "unisa", "vati", "wati", "lal", "deep", "raj", "nath",
    "rao", "aiah", "ayya", "iah", "rajan", "mani", "devi",
];

static PERSON_WORDS: LazyLock<Words> =
    LazyLock::new(|| words(GIVEN).chain(words(FAMILY)).collect());
static GIVEN_WORDS: LazyLock<Words> = LazyLock::new(|| words(GIVEN).collect());
static OTHER_WORDS: LazyLock<Words> = LazyLock::new(|| NOT_A_PERSON.split_whitespace().collect());
static HONORIFIC_WORDS: LazyLock<Words> = LazyLock::new(|| HONORIFICS.split_whitespace().collect());

/// Endings by their last letter.
struct Endings([Vec<&'static [u8]>; 26]);

static PLACE: LazyLock<Endings> = LazyLock::new(|| Endings::new(PLACE_ENDINGS));
static PERSON: LazyLock<Endings> = LazyLock::new(|| Endings::new(PERSON_ENDINGS));

impl Endings {
    fn new(endings: &[&'static str]) -> Self {
        let mut by_letter = [const { Vec::new() }; 26];
        for ending in endings {
            let last = ending.as_bytes()[ending.len() - 1];
            by_letter[usize::from(last - b'a')].push(ending.as_bytes());
        }
        Self(by_letter)
    }

    /// Whether a lower-case word ends so.
    fn end(&self, word: &[u8]) -> bool {
        word.last().is_some_and(|last| {
            self.0[usize::from(last - b'a')]
                .iter()
                .any(|ending| word.ends_with(ending))
        })
    }
}

fn words(list: &str) -> impl Iterator<Item = Box<[u8]>> {
    list.split_whitespace().map(|word| {
        let mut folded = [0; LONGEST_FOLDED];
        fold(word.as_bytes(), &mut folded).into()
    })
}

/// Longest word that is looked at.
const LONGEST: usize = 32;

/// Room for a folded word: `x` becomes two letters.
const LONGEST_FOLDED: usize = 2 * LONGEST;

/// Looks at a text in Latin letters without digits.
pub(super) fn look(text: &str, signals: &mut Signals) {
    let mut word = [0_u8; LONGEST];
    let mut folded = [0_u8; LONGEST_FOLDED];
    let (mut count, mut known, mut person_like, mut given) = (0_u32, 0_u32, 0_u32, false);
    let mut honorific = is_relation(text.as_bytes());
    for part in text.as_bytes().split(|byte| !byte.is_ascii_alphabetic()) {
        if part.is_empty() {
            continue;
        }
        if part.len() > word.len() || count == 7 {
            return;
        }
        let word = &mut word[..part.len()];
        word.copy_from_slice(part);
        word.make_ascii_lowercase();
        let word = &*word;
        if OTHER_WORDS.has(word) {
            return;
        }
        if HONORIFIC_WORDS.has(word) {
            honorific = true;
            continue;
        }
        count += 1;
        let folded = fold(word, &mut folded);
        if PERSON_WORDS.has(folded) {
            known += 1;
            given |= count == 1 && GIVEN_WORDS.has(folded);
        } else if word.len() > 3 && PLACE.end(word) {
            return;
        } else if word.len() > 5 && PERSON.end(word) {
            person_like += 1;
        }
    }
    signals.add_if(honorific && count >= 1, Signal::Honorific);
    match count {
        1 if honorific => signals.add_if(known > 0, Signal::PersonName),
        1 => signals.add_if(given, Signal::SingleName),
        2..=5 => signals.add_if(known + person_like > 0, Signal::PersonName),
        _ => {}
    }
}

/// Whether the text has a relation written with a slash: `w/o`, `s/o`.
fn is_relation(text: &[u8]) -> bool {
    text.windows(3).any(|part| {
        part[1] == b'/'
            && matches!(part[0] | 0x20, b's' | b'd' | b'w' | b'c')
            && part[2] | 0x20 == b'o'
    })
}

/// Removes from a lower-case word what varies between spellings of one name.
fn fold<'f>(word: &[u8], folded: &'f mut [u8; LONGEST_FOLDED]) -> &'f [u8] {
    let mut length = 0;
    let mut push = |letter: u8| {
        if length == 0 || folded[length - 1] != letter {
            folded[length] = letter;
            length += 1;
        }
    };
    let mut index = 0;
    while index < word.len() {
        let byte = word[index];
        let next = word.get(index + 1).copied().unwrap_or(0);
        let (letter, taken) = match (byte, next) {
            (b'e', b'e') => (b'i', 2),
            (b'o', b'o') => (b'u', 2),
            (b'p', b'h') => (b'f', 2),
            (b'c', b'k') => (b'k', 2),
            (b'b' | b'd' | b'g' | b'j' | b'k' | b's' | b't', b'h') => (byte, 2),
            (b'w', _) => (b'v', 1),
            (b'z', _) => (b'j', 1),
            (b'q', _) => (b'k', 1),
            (b'x', _) => {
                push(b'k');
                (b's', 1)
            }
            (b'y', 0) => (b'i', 1),
            _ => (byte, 1),
        };
        push(letter);
        index += taken;
    }
    &folded[..length]
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
    fn names_of_persons_are_known_by_one_of_their_words() {
        for text in [
            "Sunita Devi",
            "SUNEETA KUMARI",
            "Md. Imran Ansari",
            "Lakshmi Narayanaswamy",
            "Laxmi Bai",
            "Harpreet Kaur",
            "Birsa Munda",
            "A. P. Murugesan",
            "Lalrinmawia Hmar",
            "Kevin D'Souza",
        ] {
            assert!(has(text, Signal::PersonName), "{text}");
        }
        assert!(has("Sunita", Signal::SingleName));
        assert!(has("Smt Xyz", Signal::Honorific));
        assert!(has("Xyz w/o Abc", Signal::Honorific));
    }

    #[test]
    fn places_offices_and_things_are_not_persons() {
        for text in [
            "Ram Nagar",
            "Krishna District",
            "Gopalpur Tola",
            "Rajiv Gandhi Yojana",
            "District and Sessions Judge",
            "Sant Kabir Nagar",
            "Child marriage",
            "Uttar Pradesh",
        ] {
            assert!(!has(text, Signal::PersonName), "{text}");
        }
        assert!(!has("Patna", Signal::SingleName));
    }
}
