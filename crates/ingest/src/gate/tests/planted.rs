//! Identifiers as people have them, and how a file may hide them.

use super::*;

/// A small generator of numbers that is the same everywhere (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    pub(super) fn letter(&mut self) -> char {
        char::from(b'A' + u8::try_from(self.below(26)).unwrap())
    }
}

pub(super) fn mobile(dice: &mut Dice) -> String {
    format!("{}{:09}", 6 + dice.below(4), dice.below(1_000_000_000))
}

pub(super) fn aadhaar(dice: &mut Dice) -> String {
    loop {
        let number = format!("{}{:011}", 2 + dice.below(8), dice.below(100_000_000_000));
        if verhoeff_is_valid(number.as_bytes()) {
            return number;
        }
    }
}

pub(super) fn twelve_digits(dice: &mut Dice) -> String {
    format!("{:012}", dice.below(1_000_000_000_000))
}

pub(super) fn pan(dice: &mut Dice) -> String {
    let mut letters = || dice.letter();
    let (a, b, c, d, e) = (letters(), letters(), letters(), letters(), letters());
    format!("{a}{b}{c}P{d}{:04}{e}", dice.below(10_000))
}

pub(super) fn epic(dice: &mut Dice) -> String {
    let (a, b, c) = (dice.letter(), dice.letter(), dice.letter());
    format!("{a}{b}{c}{:07}", dice.below(10_000_000))
}

pub(super) fn cnr(dice: &mut Dice) -> String {
    let state = dice.of(&["DL", "MH", "BR", "UP", "AS", "HR"]);
    format!(
        "{state}{}{}{:02}{:06}{}",
        dice.letter(),
        dice.letter(),
        1 + dice.below(20),
        dice.below(1_000_000),
        2005 + dice.below(20)
    )
}

pub(super) fn fir(dice: &mut Dice) -> String {
    format!("FIR No. {}/{}", 1 + dice.below(900), 2005 + dice.below(20))
}

pub(super) fn email(dice: &mut Dice) -> String {
    let name = dice.of(&["ravi", "sunita", "info", "help.desk", "a_b"]);
    let domain = dice.of(&["gmail.com", "example.org", "ngo.example.in"]);
    format!("{name}{}@{domain}", dice.below(1000))
}

pub(super) fn person(dice: &mut Dice) -> String {
    let given = dice.of(&[
        "Sunita", "Ramesh", "Imran", "Lakshmi", "Harpreet", "Arjun", "Fatima", "Joseph", "Birsa",
        "Anjali", "Zubin", "Murugan", "Debasish", "Kavya",
    ]);
    let family = dice.of(&[
        "Devi", "Kumar", "Ansari", "Iyer", "Kaur", "Munda", "Khatun", "Thomas", "Sharma", "Das",
        "Murmu", "Patel", "Xalxo",
    ]);
    format!("{given} {family}")
}

/// Rewrites every ASCII digit.
pub(super) fn digits(text: &str, zero: u32) -> String {
    text.chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) => char::from_u32(zero + digit).unwrap(),
            None => c,
        })
        .collect()
}

pub(super) fn joined(text: &str, sizes: &[usize], separator: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = text;
    for size in sizes.iter().take_while(|_| !rest.is_empty()) {
        let (part, tail) = rest.split_at(rest.len().min(*size));
        parts.push(part);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(separator)
}

pub(super) fn words(text: &str, names: [&str; 10]) -> String {
    text.bytes()
        .map(|digit| names[usize::from(digit - b'0')])
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) const ENGLISH: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];
pub(super) const HINDI: [&str; 10] = [
    "शून्य",
    "एक",
    "दो",
    "तीन",
    "चार",
    "पाँच",
    "छह",
    "सात",
    "आठ",
    "नौ",
];

pub(super) type Disguise = (&'static str, fn(&str) -> String);

/// Ways to hide a text of ten to sixteen digits and letters.
pub(super) const ANY: &[Disguise] = &[
    ("plain", str::to_owned),
    ("Devanagari digits", |t| digits(t, 0x966)),
    ("full-width digits", |t| digits(t, 0xff10)),
    ("mathematical digits", |t| digits(t, 0x1d7ce)),
    ("full width", |t| {
        t.chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect()
    }),
    ("zero-width spaces", |t| joined(t, &[2, 3, 2], "\u{200b}")),
    ("soft hyphens", |t| joined(t, &[4, 3], "\u{ad}")),
    ("leading apostrophe", |t| format!("'{t}")),
    ("spreadsheet text", |t| format!("=\"{t}\"")),
    ("brackets", |t| format!("({t})")),
    ("non-breaking space", |t| format!("\u{a0}{t}\u{a0}")),
    ("trailing words", |t| format!("{t} (own)")),
    ("mixed scripts", |t| {
        let (head, tail) = t.split_at(t.len() / 2);
        format!("{head}{}", digits(tail, 0x966))
    }),
];

/// Ways to hide a number.
pub(super) const NUMBER: &[Disguise] = &[
    ("spaced out", |t| joined(t, &[1; 11], " ")),
    ("dots between digits", |t| joined(t, &[1; 11], ".")),
    ("dashes between digits", |t| joined(t, &[1; 11], "-")),
    ("English words", |t| words(t, ENGLISH)),
    ("Hindi words", |t| words(t, HINDI)),
    ("trailing .0", |t| format!("{t}.0")),
    ("scientific", |t| {
        let (head, tail) = t.split_at(1);
        format!("{head}.{}E{}", tail.trim_end_matches('0'), tail.len())
    }),
    ("scientific with plus", |t| {
        let (head, tail) = t.split_at(1);
        format!("{head}.{tail}e+{:02}", tail.len())
    }),
    ("glued before", |t| format!("id{t}")),
    ("glued on both sides", |t| format!("ph{t}home")),
    ("glued to Devanagari", |t| format!("नंबर{t}")),
];

pub(super) const MOBILE: &[Disguise] = &[
    ("by five", |t| joined(t, &[5], " ")),
    ("by five, dash", |t| joined(t, &[5], "-")),
    ("by five, dot", |t| joined(t, &[5], ".")),
    ("by five, non-breaking", |t| joined(t, &[5], "\u{a0}")),
    ("by five, thin space", |t| joined(t, &[5], "\u{2009}")),
    ("by five, en dash", |t| joined(t, &[5], "\u{2013}")),
    ("three three four", |t| joined(t, &[3, 3], "-")),
    ("three three four, dots", |t| joined(t, &[3, 3], ".")),
    ("bracketed start", |t| {
        format!("({}) {}-{}", &t[..3], &t[3..6], &t[6..])
    }),
    ("two by two in a column", |t| joined(t, &[2; 4], " ")),
    ("country code", |t| format!("+91{t}")),
    ("country code apart", |t| format!("+91-{t}")),
    ("country code, by five", |t| {
        format!("+91 {}", joined(t, &[5], " "))
    }),
    ("country code, no plus", |t| format!("91{t}")),
    ("country code in brackets", |t| format!("(+91) {t}")),
    ("00 country code", |t| format!("0091{t}")),
    ("trunk zero", |t| format!("0{t}")),
    ("trunk zero apart", |t| format!("0-{t}")),
    ("Indian grouping", |t| {
        format!(
            "{},{},{},{},{}",
            &t[..1],
            &t[1..3],
            &t[3..5],
            &t[5..7],
            &t[7..]
        )
    }),
];

pub(super) const AADHAAR: &[Disguise] = &[
    ("by four", |t| joined(t, &[4, 4], " ")),
    ("by four, dashes", |t| joined(t, &[4, 4], "-")),
    ("by four, dots", |t| joined(t, &[4, 4], ".")),
    ("by four, non-breaking", |t| joined(t, &[4, 4], "\u{a0}")),
    ("by three", |t| joined(t, &[3, 3, 3], " ")),
    ("by six", |t| joined(t, &[6], " ")),
];

pub(super) const LETTERED: &[Disguise] = &[
    ("lower case", str::to_lowercase),
    ("spaced out", |t| joined(t, &[1; 15], " ")),
    ("dots", |t| joined(t, &[1; 15], ".")),
    ("Cyrillic look-alikes", |t| {
        t.replace('A', "А").replace('C', "С").replace('P', "Р")
    }),
];
