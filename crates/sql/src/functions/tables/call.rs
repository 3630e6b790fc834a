//! A call: which function, with which settings.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use super::error::StatisticsError;

/// What an argument of a table function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A query in brackets.
    Query,
    /// A column of the input.
    Column,
    /// One of some words.
    Word,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
}

/// One argument of a table function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What stands for it if it is left out; `None` for a required argument.
    pub(super) default: Option<&'static str>,
    pub(super) description: &'static str,
}

/// A required argument, in short.
pub(super) const fn required(
    name: &'static str,
    kind: Kind,
    description: &'static str,
) -> Argument {
    Argument {
        name,
        kind,
        default: None,
        description,
    }
}

/// An optional argument, in short.
pub(super) const fn optional(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    description: &'static str,
) -> Argument {
    Argument {
        name,
        kind,
        default: Some(default),
        description,
    }
}

/// A value as it was written: numbers stay text until they are read, so that
/// calls can be compared and hashed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Setting {
    /// A name or text.
    Text(String),
    /// A number.
    Number(String),
    /// A truth value.
    Boolean(bool),
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Number(number) => formatter.write_str(number),
            Self::Boolean(value) => write!(formatter, "{value}"),
        }
    }
}

/// A function with the settings of one call; queries are kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) function: &'static str,
    pub(super) settings: BTreeMap<&'static str, Setting>,
}

type Result<T> = std::result::Result<T, StatisticsError>;

impl Call {
    fn invalid<T>(&self, name: &str, value: &impl ToString, expected: &str) -> Result<T> {
        Err(StatisticsError::ArgumentValue {
            function: self.function,
            name: name.to_owned(),
            value: value.to_string(),
            expected: expected.to_owned(),
        })
    }

    /// A name or text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>> {
        match self.settings.get(name) {
            None => Ok(None),
            Some(Setting::Text(text)) => Ok(Some(text)),
            Some(other) => self.invalid(name, other, "a name"),
        }
    }

    /// A name that the function cannot do without.
    pub(super) fn required_text(&self, name: &'static str, remedy: &'static str) -> Result<&str> {
        self.text(name)?.ok_or(StatisticsError::MissingArgument {
            function: self.function,
            name,
            remedy,
        })
    }

    /// One of some words; the first if left out.
    pub(super) fn word<T: Copy>(&self, name: &'static str, words: &[(&str, T)]) -> Result<T> {
        let Some(given) = self.settings.get(name) else {
            return Ok(words[0].1);
        };
        if let Setting::Text(text) = given
            && let Some((_, value)) = words
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            return Ok(*value);
        }
        let expected: Vec<String> = words.iter().map(|(word, _)| format!("'{word}'")).collect();
        self.invalid(name, given, &expected.join(", "))
    }

    /// A whole number in a range; `default` if left out.
    pub(super) fn integer(
        &self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64> {
        let Some(given) = self.settings.get(name) else {
            return Ok(default);
        };
        if let Setting::Number(number) = given
            && let Ok(number) = number.parse()
            && range.contains(&number)
        {
            return Ok(number);
        }
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.invalid(name, given, &expected)
    }

    /// A finite number; `None` if left out.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<f64>> {
        let Some(given) = self.settings.get(name) else {
            return Ok(None);
        };
        if let Setting::Number(number) = given
            && let Ok(number) = number.parse::<f64>()
            && number.is_finite()
        {
            return Ok(Some(number));
        }
        self.invalid(name, given, "a number")
    }

    /// A number strictly between 0 and 1; `default` if left out.
    pub(super) fn share(&self, name: &'static str, default: f64) -> Result<f64> {
        match self.number(name)? {
            None => Ok(default),
            Some(share) if share > 0.0 && share < 1.0 => Ok(share),
            Some(other) => self.invalid(name, &other, "a number between 0 and 1"),
        }
    }

    /// True or false; `default` if left out.
    pub(super) fn boolean(&self, name: &'static str, default: bool) -> Result<bool> {
        match self.settings.get(name) {
            None => Ok(default),
            Some(Setting::Boolean(value)) => Ok(*value),
            Some(other) => self.invalid(name, other, "true or false"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}(", self.function)?;
        for (place, (name, setting)) in self.settings.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(formatter, "{comma}{name} => {setting}")?;
        }
        formatter.write_str(")")
    }
}
