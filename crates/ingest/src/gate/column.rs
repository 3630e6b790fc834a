//! The gate of one column.

use std::sync::LazyLock;

use regex::Regex;

use super::digit_places::DigitPlaces;
use super::header::{self, Says};
use super::memory::Memory;
use super::phone::Surroundings;
use super::signal::{Signal, Signals, Tally};
use super::text::{unify, without_quotes};
use super::variety::Variety;
use super::verdict::Evidenced;
use super::{
    ColumnContext, Finding, case_number, coordinate, digest, email, identifier, number,
    number_words, person_name, phone, prose,
};
use crate::locate::devanagari;

/// Random identifiers, whose digits mean nothing.
static UUID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
        .expect("the pattern is fixed and tested")
});

/// Longest part of a value that is looked at, in bytes. Longer values are
/// looked at in parts that overlap.
const PART: usize = 4096;

/// Overlap of the parts of a long value, longer than any identifier.
const OVERLAP: usize = 128;

/// Looks at the header and every value of one column.
#[derive(Debug, Clone)]
pub struct ColumnGate {
    header: String,
    context: ColumnContext,
    says: Says,
    seen: u64,
    tally: Tally,
    mobile_places: DigitPlaces,
    /// Different texts that are no numbers.
    texts: Variety,
    /// Different texts among the sentences.
    sentences: Variety,
    /// Different texts among those of eight words or more.
    long_texts: Variety,
    /// Values seen lately.
    memory: Memory,
    /// Room that is used again for every value.
    unified: String,
}

impl ColumnGate {
    /// A gate for the column of this header, used as the context says.
    #[must_use]
    pub fn new(header: &str, context: ColumnContext) -> Self {
        Self {
            says: header::read(header),
            header: header.to_owned(),
            context,
            seen: 0,
            tally: Tally::default(),
            mobile_places: DigitPlaces::default(),
            texts: Variety::default(),
            sentences: Variety::default(),
            long_texts: Variety::default(),
            memory: Memory::default(),
            unified: String::new(),
        }
    }

    /// Looks at one value. Empty values count for nothing.
    pub fn observe(&mut self, value: &str) {
        let value = without_quotes(value);
        if value.is_empty() {
            return;
        }
        self.seen += 1;
        let mut signals = Signals::default();
        if number::look(value, &mut self.mobile_places, &mut signals) {
            self.tally.count(signals);
            return;
        }
        if let Some(signals) = self.memory.recall(value) {
            self.tally.count(signals);
            return;
        }
        let mut is_number = false;
        if value.len() <= PART {
            is_number = self.look(value, &mut signals);
        } else {
            for part in parts(value) {
                self.look(part, &mut signals);
            }
        }
        // The digits of numbers are counted too, every time.
        if !is_number {
            self.memory.keep(value, signals);
        }
        self.tally.count(signals);
    }

    /// Looks at many values.
    pub fn see<'value>(&mut self, values: impl IntoIterator<Item = &'value str>) {
        values.into_iter().for_each(|value| self.observe(value));
    }

    /// Adds what a gate of the same column saw in another part of the file.
    /// The order of merging does not matter.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!((&self.header, self.context), (&other.header, other.context));
        self.seen += other.seen;
        self.tally.merge(&other.tally);
        self.mobile_places.merge(&other.mobile_places);
        self.texts.merge(&other.texts);
        self.sentences.merge(&other.sentences);
        self.long_texts.merge(&other.long_texts);
    }

    /// What the column seems to hold, sorted by detector.
    #[must_use]
    pub fn verdict(self) -> Vec<Finding> {
        Evidenced {
            role: self.context.role,
            says: &self.says,
            seen: self.seen,
            tally: &self.tally,
            mobile_places: &self.mobile_places,
            distinct_texts: self.texts.distinct(),
            distinct_sentences: self.sentences.distinct(),
            distinct_long_texts: self.long_texts.distinct(),
        }
        .findings(&self.header)
    }

    /// Looks at a value that is no plain number as it is written. Returns
    /// whether it turns out to be one, in other digits.
    fn look(&mut self, value: &str, signals: &mut Signals) -> bool {
        if value.is_ascii() {
            self.texts.see(value);
            self.look_at_unified(value, signals);
            return false;
        }
        let mut unified = std::mem::take(&mut self.unified);
        unify(value, &mut unified);
        let text = without_quotes(&unified);
        let is_number = number::look(text, &mut self.mobile_places, signals);
        if !is_number {
            self.texts.see(text);
            self.look_at_unified(text, signals);
        }
        self.unified = unified;
        is_number
    }

    fn look_at_unified(&mut self, text: &str, signals: &mut Signals) {
        let shape = Shape::of(text);
        if shape.letters {
            signals.add(Signal::Text);
        }
        signals.add_if(shape.digits >= 6, Signal::ManyDigits);
        if shape.digits > 0 {
            look_at_digits(text, shape, signals);
        } else if shape.letters {
            if shape.other_scripts {
                person_name::look(&devanagari::transliterate(text), signals);
            } else {
                person_name::look(text, signals);
            }
        }
        if shape.at || shape.spaces >= 2 || shape.brackets {
            signals.add_if(email::is_in(text), Signal::Email);
            if shape.at {
                identifier::look_for_payment_address(text, signals);
            }
        }
        if shape.letters && text.len() >= 30 {
            for digits in number_words::spelt_runs(text) {
                phone::look_at_spelt(&digits, signals);
            }
        }
        if shape.spaces >= 2 {
            prose::look(text, signals);
            if signals.has(Signal::Narrative) {
                self.sentences.see(text);
            }
            if signals.has(Signal::LongText) {
                self.long_texts.see(text);
            }
        }
        if text.len() >= 24 && shape.spaces <= 1 {
            signals.add_if(digest::is_digest(text), Signal::Digest);
        }
    }
}

/// Looks for identifiers in a text with digits, each where it has digits
/// enough.
fn look_at_digits(text: &str, shape: Shape, signals: &mut Signals) {
    let without_uuids;
    let text = if shape.other_signs && shape.letters && text.len() >= 36 {
        without_uuids = UUID.replace_all(text, " ");
        &without_uuids
    } else {
        text
    };
    if shape.digits >= 10 || shape.lone_letters {
        let around = surroundings(text, shape);
        if shape.lone_letters
            && let Some(digits) = with_letters_as_digits(text)
        {
            phone::look(&digits, around, signals);
        }
        phone::look(text, around, signals);
        look_at_scientific(text, around, signals);
    }
    if shape.letters && shape.digits >= 4 {
        if shape.digits == 4 && (text.contains(['X', 'x', '*'])) {
            signals.add_if(is_masked(text), Signal::Aadhaar);
        }
        identifier::look(text, signals);
    } else if shape.digits == 4 && text.contains("****") {
        signals.add_if(is_masked(text), Signal::Aadhaar);
    }
    if shape.digits >= 3 && (shape.letters || shape.slash) {
        case_number::look(text, signals);
    }
    if shape.digits >= 6 && (shape.dot || shape.letters || shape.other_signs) {
        coordinate::look(text, signals);
    }
}

/// Looks for mobile numbers that a spreadsheet wrote as `9.87654321E+09`
/// inside a text.
fn look_at_scientific(text: &str, around: Surroundings, signals: &mut Signals) {
    if !around.letters || !text.contains(['e', 'E']) {
        return;
    }
    for word in text.split([' ', ',', ';', ':', '(', ')']) {
        let mut own = Signals::default();
        let mut places = DigitPlaces::default();
        if word.len() >= 8
            && word.contains(['e', 'E'])
            && number::look(word, &mut places, &mut own)
            && !places.is_empty()
        {
            signals.add(Signal::Phone);
        }
    }
}

/// `O` for zero and `l` for one in a value of digits.
fn with_letters_as_digits(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .map(|c| match c {
            'O' | 'o' => '0',
            'I' | 'l' | '|' => '1',
            other => other,
        })
        .collect();
    let real = text.bytes().filter(u8::is_ascii_digit).count();
    let all = digits.bytes().filter(u8::is_ascii_digit).count();
    (real >= 6 && all >= 10).then_some(digits)
}

/// Whether eight of twelve digits are masked: `XXXX XXXX 1234`.
fn is_masked(text: &str) -> bool {
    let squeezed: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-' | b'.'))
        .collect();
    squeezed.windows(12).any(|part| {
        let masked = |byte: &u8| matches!(byte, b'x' | b'X' | b'*');
        part[..8].iter().all(masked) && part[8..].iter().all(u8::is_ascii_digit)
    }) && !squeezed
        .windows(9)
        .any(|part| part.iter().all(|b| matches!(b, b'x' | b'X' | b'*')))
}

fn surroundings(text: &str, shape: Shape) -> Surroundings {
    const PHONE: &[&str] = &[
        "mob",
        "phone",
        "tel",
        "call",
        "whatsapp",
        "contact",
        "ph.",
        "ph:",
        "ph ",
        "ph-",
        "sms",
        "मोबाइल",
        "मोबाईल",
        "फोन",
        "फ़ोन",
        "संपर्क",
        "सम्पर्क",
    ];
    const AADHAAR: &[&str] = &["aadha", "adhar", "adhaar", "uid", "आधार"];
    if !shape.letters {
        return Surroundings {
            letters: false,
            phone_word: false,
            aadhaar_word: false,
        };
    }
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    Surroundings {
        letters: true,
        phone_word: has(PHONE),
        aadhaar_word: has(AADHAAR),
    }
}

/// What characters a text is made of.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    digits: usize,
    spaces: usize,
    letters: bool,
    other_scripts: bool,
    /// Digits and the letters that are taken for them, and nothing else but
    /// spaces and dashes.
    lone_letters: bool,
    at: bool,
    slash: bool,
    dot: bool,
    brackets: bool,
    other_signs: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let mut shape = Self::default();
        let (mut look_alikes, mut other_letters) = (false, false);
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => shape.digits += 1,
                b' ' | b'\t' | b'\n' | b'\r' => shape.spaces += 1,
                b'O' | b'o' | b'I' | b'l' => look_alikes = true,
                b'a'..=b'z' | b'A'..=b'Z' => other_letters = true,
                b'@' => shape.at = true,
                b'/' => shape.slash = true,
                b'.' => shape.dot = true,
                b'(' | b'[' | b'{' | b'<' => shape.brackets = true,
                0x80.. => shape.other_scripts = true,
                _ => shape.other_signs = true,
            }
        }
        // The degree sign and the like are no letters.
        shape.other_scripts =
            shape.other_scripts && text.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
        shape.letters = look_alikes || other_letters || shape.other_scripts;
        shape.other_signs |= !text.is_ascii();
        shape.lone_letters =
            look_alikes && !other_letters && !shape.other_scripts && shape.digits >= 6;
        shape
    }
}

/// Overlapping parts of a long value, cut between characters.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let floor = |mut at: usize| {
        while !value.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let step = PART - OVERLAP;
    (0..value.len())
        .step_by(step)
        .map(move |start| &value[floor(start)..floor((start + PART).min(value.len()))])
}
