//! Periods of counting.

use crate::SchemaError;

/// How long a period is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Calendar year.
    Year,
    /// Several years, first and last included.
    Span,
}

/// A month, quarter, year or span of years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// Calendar year.
    Year(i32),
    /// Calendar quarter, 1 to 4.
    Quarter(i32, u8),
    /// Calendar month, 1 to 12.
    Month(i32, u8),
    /// Years from and to, both included.
    Span(i32, i32),
}

impl Period {
    /// The period of this kind that holds the given month; `None` for a span.
    #[must_use]
    pub fn containing(kind: PeriodKind, year: i32, month: u8) -> Option<Self> {
        match kind {
            PeriodKind::Month => Some(Self::Month(year, month)),
            PeriodKind::Quarter => Some(Self::Quarter(year, (month.max(1) - 1) / 3 + 1)),
            PeriodKind::Year => Some(Self::Year(year)),
            PeriodKind::Span => None,
        }
    }

    /// Kind of this period.
    #[must_use]
    pub fn kind(self) -> PeriodKind {
        match self {
            Self::Year(_) => PeriodKind::Year,
            Self::Quarter(..) => PeriodKind::Quarter,
            Self::Month(..) => PeriodKind::Month,
            Self::Span(..) => PeriodKind::Span,
        }
    }

    /// First month and last month, each as (year, month 1–12).
    #[must_use]
    pub fn months(self) -> ((i32, u8), (i32, u8)) {
        match self {
            Self::Year(y) => ((y, 1), (y, 12)),
            Self::Quarter(y, q) => ((y, 3 * q - 2), (y, 3 * q)),
            Self::Month(y, m) => ((y, m), (y, m)),
            Self::Span(from, to) => ((from, 1), (to, 12)),
        }
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Year(y) => write!(f, "{y:04}"),
            Self::Quarter(y, q) => write!(f, "{y:04}-Q{q}"),
            Self::Month(y, m) => write!(f, "{y:04}-{m:02}"),
            Self::Span(from, to) => write!(f, "{from:04}/{to:04}"),
        }
    }
}

impl std::str::FromStr for Period {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SchemaError::Period {
            value: text.to_owned(),
        };
        let year = |part: &str| {
            if part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()) {
                part.parse::<i32>().map_err(|_| error())
            } else {
                Err(error())
            }
        };
        if let Some((from, to)) = text.split_once('/') {
            let (from, to) = (year(from)?, year(to)?);
            return if from <= to {
                Ok(Self::Span(from, to))
            } else {
                Err(error())
            };
        }
        match text.split_once('-') {
            None => Ok(Self::Year(year(text)?)),
            Some((y, part)) => {
                let y = year(y)?;
                if let Some(quarter) = part.strip_prefix('Q') {
                    match quarter.parse::<u8>() {
                        Ok(q @ 1..=4) if quarter.len() == 1 => Ok(Self::Quarter(y, q)),
                        _ => Err(error()),
                    }
                } else {
                    match part.parse::<u8>() {
                        Ok(m @ 1..=12) if part.len() == 2 => Ok(Self::Month(y, m)),
                        _ => Err(error()),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_back_as_written() {
        for text in ["2021", "2021-Q3", "2021-07", "2019/2021"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["21", "2021-Q5", "2021-13", "2021/2019", "2021-7", ""] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_falls_in_its_quarter() {
        assert_eq!(
            Period::containing(PeriodKind::Quarter, 2024, 9),
            Some(Period::Quarter(2024, 3))
        );
        assert_eq!(Period::Quarter(2024, 3).months(), ((2024, 7), (2024, 9)));
    }
}
