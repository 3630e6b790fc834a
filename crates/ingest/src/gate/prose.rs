//! Free text and postal addresses.

use std::sync::LazyLock;

use super::signal::{Signal, Signals};
use super::words::Words;

/// Words that sentences have and labels do not.
const NARRATIVE: &[&str] = &[
    "was",
    "were",
    "has",
    "had",
    "she",
    "he",
    "her",
    "his",
    "him",
    "they",
    "their",
    "them",
    "said",
    "told",
    "went",
    "came",
    "is",
    "am",
    "i",
    "we",
    "my",
    "our",
    "who",
    "then",
    "after",
    "because",
    "when",
    "please",
    "call",
    "hai",
    "hain",
    "tha",
    "thi",
    "the",
    "ne",
    "ko",
    "gaya",
    "gayi",
    "gai",
    "kiya",
    "nahi",
    "uske",
    "unke",
    "mera",
    "meri",
    "है",
    "हैं",
    "था",
    "थी",
    "थे",
    "ने",
    "को",
    "गया",
    "गई",
    "गयी",
    "किया",
    "नहीं",
    "उसके",
    "उनके",
    "मेरी",
    "मेरा",
    "वह",
    "साथ",
];

/// The article is in labels as often as in sentences.
const WEAK: &[&str] = &[
    "the", "is", "who", "their", "after", "i", "has", "was", "were",
];

/// Words of postal addresses.
const ADDRESS: &[&str] = &[
    "vill",
    "village",
    "po",
    "ps",
    "dist",
    "distt",
    "district",
    "house",
    "hno",
    "h.no",
    "gali",
    "mohalla",
    "muhalla",
    "near",
    "opp",
    "opposite",
    "behind",
    "ward",
    "tola",
    "plot",
    "flat",
    "sector",
    "floor",
    "colony",
    "street",
    "road",
    "lane",
    "pin",
    "pincode",
    "post",
    "thana",
    "makan",
    "gram",
    "ग्राम",
    "गाँव",
    "गांव",
    "पोस्ट",
    "थाना",
    "जिला",
    "मकान",
    "गली",
    "मोहल्ला",
    "वार्ड",
];

static NARRATIVE_WORDS: LazyLock<Words> = LazyLock::new(|| NARRATIVE.iter().copied().collect());
static WEAK_WORDS: LazyLock<Words> = LazyLock::new(|| WEAK.iter().copied().collect());
static ADDRESS_WORDS: LazyLock<Words> = LazyLock::new(|| ADDRESS.iter().copied().collect());

/// Looks at a unified text.
pub(super) fn look(text: &str, signals: &mut Signals) {
    let words = text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
        .count();
    if words < 3 {
        return;
    }
    signals.add(Signal::SeveralWords);
    let (mut narrative, mut weak, mut address) = (0, 0, 0);
    let mut lower = String::with_capacity(24);
    for word in text.split(|c: char| !(c.is_alphanumeric() || is_mark(c) || c == '.')) {
        let word = word.trim_matches('.');
        if word.is_empty() || word.len() > 24 {
            continue;
        }
        lower.clear();
        if word.is_ascii() {
            lower.push_str(word);
            lower.make_ascii_lowercase();
        } else {
            lower.extend(word.chars().flat_map(char::to_lowercase));
        }
        let word = lower.as_str();
        if NARRATIVE_WORDS.has(word.as_bytes()) {
            narrative += 1;
            weak += usize::from(WEAK_WORDS.has(word.as_bytes()));
        }
        let initials = matches!(word, "p.o" | "p.s" | "h.no" | "h.n");
        address += usize::from(initials || ADDRESS_WORDS.has(word.as_bytes()) || is_pin_code(word));
    }
    let sentence = narrative > weak || weak >= 2;
    signals.add_if(words >= 5 && sentence, Signal::Narrative);
    signals.add_if(words >= 8, Signal::LongText);
    signals.add_if(address >= 2, Signal::Address);
}

fn is_pin_code(word: &str) -> bool {
    word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()) && !word.starts_with('0')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}')
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
    fn sentences_are_told_from_labels() {
        assert!(has(
            "The girl was taken to Delhi by her uncle",
            Signal::Narrative
        ));
        assert!(has("बच्ची को दिल्ली ले जाया गया था", Signal::Narrative));
        assert!(has("ladki ko uske chacha ne bech diya", Signal::Narrative));
        assert!(!has("Population below age 15 years (%)", Signal::Narrative));
        assert!(!has(
            "Kidnapping and abduction of women and girls",
            Signal::Narrative
        ));
    }

    #[test]
    fn addresses_are_told_by_two_of_their_words() {
        assert!(has("House 12, near temple, Rampur", Signal::Address));
        assert!(has("Vill Rampur PO Mohania PS Mohania", Signal::Address));
        assert!(!has("Andaman and Nicobar Islands", Signal::Address));
    }
}
