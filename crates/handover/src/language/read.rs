//! Languages from files, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Grouping, Language};

/// Why a language file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LanguageError {
    /// Not of the form of a language file.
    #[error("no language file: {reason}; begin with a copy of en.toml")]
    Form {
        /// What the reader says, with its place.
        reason: String,
    },
    /// A list of another length.
    #[error("dates.{list} has {found} names; expected {expected}")]
    Names {
        /// `months` or `weekdays`.
        list: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Words that are not as in English.
    #[error("{} words are not as in English; the first: {}", .0.len(), .0[0])]
    Words(Vec<WordFault>),
}

/// A word that is not as in English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordFault {
    /// English has it.
    #[error("{key} is missing; add it")]
    Missing {
        /// The key.
        key: String,
    },
    /// English does not have it.
    #[error("{key} is not known; remove it")]
    Unknown {
        /// The key.
        key: String,
    },
    /// It says nothing.
    #[error("{key} is empty; translate it")]
    Empty {
        /// The key.
        key: String,
    },
    /// Other blanks than in English.
    #[error("{key} has the blanks {found}; expected {expected}")]
    Blanks {
        /// The key.
        key: String,
        /// Blanks found.
        found: String,
        /// Blanks of English.
        expected: String,
    },
}

#[derive(Deserialize)]
struct File {
    code: String,
    name: String,
    fonts: Vec<String>,
    sheet_font: String,
    numbers: Numbers,
    dates: Dates,
    #[serde(flatten)]
    words: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    grouping: Grouping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    day: String,
    month: String,
    months: Vec<String>,
    weekdays: Vec<String>,
}

impl Language {
    /// Reads the form; whether every word is there is not looked at.
    pub(super) fn parse(text: &str) -> Result<Self, LanguageError> {
        let file: File = toml::from_str(text).map_err(|error| LanguageError::Form {
            reason: error.to_string(),
        })?;
        for (list, found, expected) in [
            ("months", file.dates.months.len(), 12),
            ("weekdays", file.dates.weekdays.len(), 7),
        ] {
            if found != expected {
                return Err(LanguageError::Names {
                    list,
                    found,
                    expected,
                });
            }
        }
        let words = file.words.into_iter().flat_map(|(table, words)| {
            words
                .into_iter()
                .map(move |(key, word)| (format!("{table}.{key}"), word))
        });
        Ok(Self {
            code: file.code,
            name: file.name,
            fonts: file.fonts,
            sheet_font: file.sheet_font,
            grouping: file.numbers.grouping,
            day: file.dates.day,
            month: file.dates.month,
            months: file.dates.months,
            weekdays: file.dates.weekdays,
            words: words.collect(),
        })
    }

    pub(super) fn faults(&self, english: &Self) -> Vec<WordFault> {
        let mut faults = Vec::new();
        for (key, expected) in &english.words {
            let key = key.clone();
            let Some(word) = self.words.get(&key) else {
                faults.push(WordFault::Missing { key });
                continue;
            };
            let (found, expected) = (blanks(word), blanks(expected));
            if word.trim().is_empty() {
                faults.push(WordFault::Empty { key });
            } else if found != expected {
                let list = |blanks: BTreeSet<&str>| match blanks.len() {
                    0 => "none".to_owned(),
                    _ => blanks.into_iter().collect::<Vec<_>>().join(", "),
                };
                faults.push(WordFault::Blanks {
                    key,
                    found: list(found),
                    expected: list(expected),
                });
            }
        }
        for key in self.words.keys() {
            if !english.words.contains_key(key) {
                faults.push(WordFault::Unknown { key: key.clone() });
            }
        }
        faults
    }
}

/// Names within braces.
fn blanks(word: &str) -> BTreeSet<&str> {
    word.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_every_built_in_language_with_the_same_blanks() {
        for language in Language::built_in() {
            assert_eq!(
                language.faults(Language::english()),
                [],
                "{}",
                language.code
            );
            assert!(!language.fonts().is_empty());
        }
        assert!(Language::english().words.len() > 200);
    }

    #[test]
    fn a_file_says_all_that_is_missing_or_unknown_at_once() {
        let text = include_str!("../../languages/hi.toml")
            .replace("zero = \"शून्य\"\n", "")
            .replace("[status]", "[status]\nnew = \"नया\"")
            .replace("सीमा से कम", " ")
            .replace("{points} जगहों", "{number} जगहों");
        let Err(LanguageError::Words(faults)) = Language::read(&text) else {
            panic!("a language with faults was taken");
        };
        assert_eq!(faults.len(), 4, "{faults:?}");
        let printed: Vec<String> = faults.iter().map(WordFault::to_string).collect();
        assert!(printed.contains(&"status.zero is missing; add it".to_owned()));
        assert!(printed.contains(&"status.new is not known; remove it".to_owned()));
        assert!(printed.iter().any(|fault| fault.contains("km, number")));
    }

    #[test]
    fn every_word_of_hindi_is_in_devanagari() {
        let devanagari = |c: char| ('\u{900}'..='\u{97f}').contains(&c);
        for (key, word) in &Language::hindi().words {
            assert!(word.chars().any(devanagari), "{key}: {word}");
        }
    }

    #[test]
    fn every_kind_has_a_word() {
        use crate::coverage::Band;
        use crate::document::{Measure, Status};
        use crate::results::Outcome;
        let tables = [
            ("status", Status::ALL.map(Status::key).to_vec()),
            ("status_meaning", Status::ALL.map(Status::key).to_vec()),
            ("measure", Measure::ALL.map(Measure::key).to_vec()),
            ("outcome", Outcome::ALL.map(Outcome::key).to_vec()),
            ("coverage", Band::ALL.map(Band::key).to_vec()),
        ];
        for (table, keys) in tables {
            for key in keys {
                assert!(!Language::english().of(table, key).is_empty());
            }
        }
    }

    #[test]
    fn the_code_names_no_word_that_english_lacks() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut folders = vec![std::path::PathBuf::from(root)];
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["word(\"", "fill(\""] {
                    for part in text.split(call).skip(1) {
                        let key = part.split('"').next().unwrap();
                        let word = Language::english().find(key);
                        if key.contains('.') {
                            assert!(word.is_some(), "{key} in {}", path.display());
                            found += 1;
                        }
                    }
                }
            }
        }
        assert!(found > 20, "the words are named in another way now");
    }
}
