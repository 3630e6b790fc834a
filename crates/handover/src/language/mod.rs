//! The words, numbers and dates of a language.
//!
//! English and Hindi are built in; [`Language::read`] takes others from files
//! of the same form as `languages/en.toml`. A language has every word that
//! English has, with the same blanks to fill, or it is refused.

pub(crate) mod dates;
mod numbers;
mod read;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use read::{LanguageError, WordFault};

/// How the digits of a number are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// 12,34,567.
    Indian,
    /// 1,234,567.
    Thousands,
    /// 1234567.
    None,
}

/// A language that plans are written in.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    code: String,
    name: String,
    fonts: Vec<String>,
    sheet_font: String,
    grouping: Grouping,
    day: String,
    month: String,
    months: Vec<String>,
    weekdays: Vec<String>,
    words: BTreeMap<String, String>,
}

const ENGLISH: &str = include_str!("../../languages/en.toml");
const HINDI: &str = include_str!("../../languages/hi.toml");

static BUILT_IN: LazyLock<[Language; 2]> = LazyLock::new(|| {
    let english = Language::parse(ENGLISH).expect("the English words are well formed");
    let hindi = Language::parse(HINDI).expect("the Hindi words are well formed");
    [english, hindi]
});

impl Language {
    /// English.
    #[must_use]
    pub fn english() -> &'static Self {
        &BUILT_IN[0]
    }

    /// Hindi.
    #[must_use]
    pub fn hindi() -> &'static Self {
        &BUILT_IN[1]
    }

    /// The built-in languages, English first.
    #[must_use]
    pub fn built_in() -> &'static [Self] {
        BUILT_IN.as_slice()
    }

    /// A language from the text of its file.
    ///
    /// # Errors
    /// [`LanguageError`] where the text is no such file, or with every word
    /// that is missing, unknown, empty or has other blanks than in English.
    pub fn read(text: &str) -> Result<Self, LanguageError> {
        let language = Self::parse(text)?;
        let faults = language.faults(Self::english());
        if faults.is_empty() {
            Ok(language)
        } else {
            Err(LanguageError::Words(faults))
        }
    }

    /// Its code, such as `hi` (BCP 47).
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its name in itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fonts that have its letters, in order of preference.
    #[must_use]
    pub fn fonts(&self) -> &[String] {
        &self.fonts
    }

    /// Font of the workbook; programs take another where it is missing.
    #[must_use]
    pub fn sheet_font(&self) -> &str {
        &self.sheet_font
    }

    /// How numbers are grouped.
    #[must_use]
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// The word of a key, such as `status.no_data`; `None` for a key that no
    /// language has.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.words.get(key).map(String::as_str)
    }

    /// The word of a key that the code names.
    pub(crate) fn word(&self, key: &str) -> &str {
        self.find(key)
            .expect("a language without a key of English is refused")
    }

    /// The word of a key within a table, such as `no_data` of `status`.
    pub(crate) fn of(&self, table: &str, key: &str) -> &str {
        self.word(&format!("{table}.{key}"))
    }

    /// A word with its blanks filled.
    pub(crate) fn fill(&self, key: &str, blanks: &[(&str, &str)]) -> String {
        fill(self.word(key), blanks)
    }

    /// What a theme is called; an indicator without a word keeps its key.
    #[must_use]
    pub fn theme(&self, theme: &str) -> String {
        self.find(&format!("theme.{theme}"))
            .unwrap_or(theme)
            .to_owned()
    }
}

/// Fills `{name}` in one pass, so that what is filled in is not filled again.
pub(crate) fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        let Some(end) = from.find('}') else {
            rest = from;
            break;
        };
        let blank = &from[1..end];
        match blanks.iter().find(|(name, _)| *name == blank) {
            Some((_, value)) => filled.push_str(value),
            None => filled.push_str(&from[..=end]),
        }
        rest = &from[end + 1..];
    }
    filled.push_str(rest);
    filled
}
