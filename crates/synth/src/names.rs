//! Invented names of places: pronounceable, and unlike those of real ones.

use std::collections::BTreeSet;

use crate::random::Stream;

const ONSETS: &[&str] = &[
    "B", "D", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "T", "V", "W", "Y", "Z", "Br",
    "Dr", "Fl", "Gr", "Kl", "Kr", "Pl", "Qu", "Sk", "St", "Thr", "Tr", "Vr", "Zh",
];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ae", "ei", "io", "ou"];
const MIDDLES: &[&str] = &[
    "b", "d", "f", "g", "l", "ll", "lv", "m", "n", "nd", "nv", "r", "rl", "rv", "s", "sk", "st",
    "t", "v", "x", "z", "zm",
];

/// Endings that names of places in India do not have.
const VILLAGE_ENDINGS: &[&str] = &[
    "ax", "ex", "ix", "ox", "elq", "izk", "orn", "urth", "yth", "eld", "ivox", "oquen", "uzel",
    "azmer", "ewyn", "olth", "irx", "ustra",
];
const BLOCK_ENDINGS: &[&str] = &[
    "axen", "elvorn", "izmar", "orquil", "uzeth", "ystrel", "owex", "anthrix", "equen", "izorn",
];
const DISTRICT_ENDINGS: &[&str] = &[
    "avex", "elquor", "izanth", "oxmere", "uvorn", "ythra", "ezzan", "orwyx", "aquel",
];

/// Name of the state.
pub(crate) const STATE_NAME: &str = "Velquoria";

/// Names that could be drawn but belong to real places.
const REAL: [&str; 1] = ["Warlex"];

/// Similarity (Jaro-Winkler) that names under one parent stay below, so that
/// a misspelt name still has one nearest match.
const MOST_ALIKE: f64 = 0.86;

/// What the name is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// A district.
    District,
    /// A block.
    Block,
    /// A village.
    Village,
}

/// Gives every name once.
#[derive(Debug)]
pub(crate) struct Names {
    stream: Stream,
    given: BTreeSet<String>,
}

impl Names {
    /// A source of names.
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            given: BTreeSet::new(),
        }
    }

    /// A new name, unlike its siblings.
    pub(crate) fn next(&mut self, form: Form, siblings: &[String]) -> String {
        loop {
            let name = self.draw(form);
            let distinct = siblings
                .iter()
                .all(|other| strsim::jaro_winkler(other, &name) < MOST_ALIKE);
            if distinct && !REAL.contains(&name.as_str()) && self.given.insert(name.clone()) {
                return name;
            }
        }
    }

    fn draw(&mut self, form: Form) -> String {
        let endings = match form {
            Form::District => DISTRICT_ENDINGS,
            Form::Block => BLOCK_ENDINGS,
            Form::Village => VILLAGE_ENDINGS,
        };
        let mut name = String::from(self.one_of(ONSETS));
        name.push_str(self.one_of(VOWELS));
        name.push_str(self.one_of(MIDDLES));
        if matches!(form, Form::Village) && self.stream.happens(0.4) {
            name.push_str(self.one_of(VOWELS));
            name.push_str(self.one_of(MIDDLES));
        }
        name.push_str(self.one_of(endings));
        name
    }

    fn one_of(&mut self, parts: &[&'static str]) -> &'static str {
        parts[self.stream.below(parts.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_siblings_are_unlike() {
        let mut names = Names::new(Stream::new(3, "names"));
        let mut siblings: Vec<String> = Vec::new();
        for _ in 0..60 {
            let name = names.next(Form::Village, &siblings);
            assert!(name.is_ascii() && name.len() >= 4);
            assert!(!siblings.contains(&name));
            siblings.push(name);
        }
    }
}
