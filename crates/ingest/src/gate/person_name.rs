//! Whether a value looks like the name of a person.
//!
//! Words are folded first, so that spellings of one name meet: vowel length,
//! doubling and aspiration are removed (`Suneeta` is `Sunita`, `Laxmi` is
//! `Lakshmi`), and Devanagari is written in Latin letters. A value of two to
//! five words is a person's name if one word is common in such names and no
//! word, or ending of a word, belongs to places, offices or things.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::name_list::{FAMILY, GIVEN, HONORIFICS, NOT_A_PERSON};
use super::signal::{Signal, Signals};

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

/// Folded words of a list; FNV, since the words are short and not hostile.
type Words = HashSet<Box<[u8]>, BuildHasherDefault<Fnv>>;

static PERSON_WORDS: LazyLock<Words> =
    LazyLock::new(|| words(GIVEN).chain(words(FAMILY)).collect());
static GIVEN_WORDS: LazyLock<Words> = LazyLock::new(|| words(GIVEN).collect());
static OTHER_WORDS: LazyLock<Words> = LazyLock::new(|| {
    NOT_A_PERSON
        .split_whitespace()
        .map(|word| word.as_bytes().into())
        .collect()
});
static HONORIFIC_WORDS: LazyLock<Words> = LazyLock::new(|| {
    HONORIFICS
        .split_whitespace()
        .map(|word| word.as_bytes().into())
        .collect()
});

fn words(list: &str) -> impl Iterator<Item = Box<[u8]>> {
    list.split_whitespace().map(|word| {
        let mut folded = Vec::with_capacity(word.len());
        fold(word.as_bytes(), &mut folded);
        folded.into_boxed_slice()
    })
}

/// Looks at a text in Latin letters without digits.
pub(super) fn look(text: &str, signals: &mut Signals) {
    let mut word = [0_u8; 32];
    let mut folded = Vec::with_capacity(32);
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
        if OTHER_WORDS.contains(word) {
            return;
        }
        if HONORIFIC_WORDS.contains(word) {
            honorific = true;
            continue;
        }
        count += 1;
        fold(word, &mut folded);
        if PERSON_WORDS.contains(folded.as_slice()) {
            known += 1;
            given |= count == 1 && GIVEN_WORDS.contains(folded.as_slice());
        } else if word.len() > 3 && PLACE_ENDINGS.iter().any(|e| word.ends_with(e.as_bytes())) {
            return;
        } else if word.len() > 5 && PERSON_ENDINGS.iter().any(|e| word.ends_with(e.as_bytes())) {
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
fn fold(word: &[u8], folded: &mut Vec<u8>) {
    folded.clear();
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
                folded.push(b'k');
                (b's', 1)
            }
            (b'y', 0) => (b'i', 1),
            _ => (byte, 1),
        };
        if folded.last() != Some(&letter) {
            folded.push(letter);
        }
        index += taken;
    }
}

/// Fowler-Noll-Vo, 64 bits, variant 1a.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, _: usize) {
        // The length of a slice adds nothing for words.
    }
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
