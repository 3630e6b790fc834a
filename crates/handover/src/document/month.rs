//! A calendar month, or a year: earlier visits are dated no finer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A month such as `2026-03`, or a year such as `2026` where the release tells
/// no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: u16,
    month: Option<u8>,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no month; expected year and month such as 2026-03, or a year")]
pub struct MonthError {
    text: String,
}

impl Month {
    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12; `None` for a year.
    #[must_use]
    pub fn month(self) -> Option<u8> {
        self.month
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MonthError {
            text: text.to_owned(),
        };
        let digits = |part: &str, length| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let (year, month) = match text.split_once('-') {
            Some((year, month)) if digits(month, 2) => (year, Some(month)),
            Some(_) => return Err(error()),
            None => (text, None),
        };
        if !digits(year, 4) {
            return Err(error());
        }
        match (year.parse(), month.map(str::parse).transpose()) {
            (Ok(year), Ok(month @ (None | Some(1..=12)))) => Ok(Self { year, month }),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some(month) => write!(f, "{:04}-{month:02}", self.year),
            None => write!(f, "{:04}", self.year),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_as_it_was_read_and_a_day_is_no_month() {
        assert_eq!("2026-03".parse::<Month>().unwrap().to_string(), "2026-03");
        assert_eq!("2026".parse::<Month>().unwrap().to_string(), "2026");
        for text in [
            "202",
            "2026-13",
            "2026-00",
            "2026-3",
            "2026-03-01",
            "+026-03",
        ] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
