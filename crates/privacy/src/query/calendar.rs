//! The public list of periods of a table, and periods as questions write them.

use std::ops::Range;

use serde::Serialize;

use super::{Refusal, SchemaError};
use crate::CalendarPeriod;

/// Most periods a table may have: a century of quarters.
const MOST_PERIODS: i32 = 400;

/// The unbroken run of years or quarters that a table covers, whether or not
/// anything happened in each. Public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "Vec<String>")]
pub struct Calendar {
    kind: CalendarPeriod,
    /// Years or quarters since year 0.
    first: i32,
    length: i32,
}

impl Calendar {
    /// The run from one period to another, both included, written `2024` for
    /// years and `2024-Q1` for quarters.
    ///
    /// # Errors
    /// [`SchemaError::Calendar`] unless both are of that kind, in order, and at
    /// most 400 apart.
    pub fn new(kind: CalendarPeriod, first: &str, last: &str) -> Result<Self, SchemaError> {
        let refused = || SchemaError::Calendar {
            first: first.to_owned(),
            last: last.to_owned(),
        };
        let position = |text| match (parse(text), kind) {
            (Some(Written::Year(year)), CalendarPeriod::Year) => Ok(year),
            (Some(Written::Quarter(quarter)), CalendarPeriod::Quarter) => Ok(quarter),
            _ => Err(refused()),
        };
        let (first, last) = (position(first)?, position(last)?);
        let length = last - first + 1;
        if !(1..=MOST_PERIODS).contains(&length) {
            return Err(refused());
        }
        Ok(Self {
            kind,
            first,
            length,
        })
    }

    /// Years or quarters.
    #[must_use]
    pub fn kind(&self) -> CalendarPeriod {
        self.kind
    }

    /// Number of periods.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Never: a calendar has at least one period.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Name of the period at a position.
    #[must_use]
    pub fn name(&self, position: usize) -> String {
        let period = self.first + position as i32;
        match self.kind {
            CalendarPeriod::Year => format!("{period:04}"),
            CalendarPeriod::Quarter => {
                format!("{:04}-Q{}", period.div_euclid(4), period.rem_euclid(4) + 1)
            }
        }
    }

    /// Year of the period at a position: the year that pays for it.
    #[must_use]
    pub fn year(&self, position: usize) -> i32 {
        let period = self.first + position as i32;
        match self.kind {
            CalendarPeriod::Year => period,
            CalendarPeriod::Quarter => period.div_euclid(4),
        }
    }

    /// Position of the period that holds a month (1 to 12); `None` outside.
    #[must_use]
    pub fn position(&self, year: i32, month: u8) -> Option<usize> {
        if !(1..=12).contains(&month) {
            return None;
        }
        let period = match self.kind {
            CalendarPeriod::Year => year,
            CalendarPeriod::Quarter => {
                year.checked_mul(4)?.checked_add(i32::from(month - 1) / 3)?
            }
        };
        let position = period.checked_sub(self.first)?;
        (0..self.length)
            .contains(&position)
            .then_some(position as usize)
    }

    /// Positions that a written period covers, which may lie outside the run.
    pub(super) fn span(&self, text: &str) -> Result<Range<i32>, Refusal> {
        let periods = match (parse(text).ok_or(Refusal::Period)?, self.kind) {
            (Written::Year(year), CalendarPeriod::Year) => year..year + 1,
            (Written::Year(year), CalendarPeriod::Quarter) => 4 * year..4 * year + 4,
            (Written::Quarter(quarter), CalendarPeriod::Quarter) => quarter..quarter + 1,
            (Written::Quarter(_), CalendarPeriod::Year) => return Err(Refusal::Period),
        };
        Ok(periods.start - self.first..periods.end - self.first)
    }
}

impl From<Calendar> for Vec<String> {
    fn from(calendar: Calendar) -> Self {
        (0..calendar.len()).map(|at| calendar.name(at)).collect()
    }
}

/// A period as written; quarters counted since year 0.
enum Written {
    Year(i32),
    Quarter(i32),
}

fn parse(text: &str) -> Option<Written> {
    let year = |part: &str| -> Option<i32> {
        let digits = part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    match text.split_once("-Q") {
        None => year(text).map(Written::Year),
        Some((whole, quarter)) => {
            let quarter = ["1", "2", "3", "4"].iter().position(|q| *q == quarter)?;
            Some(Written::Quarter(4 * year(whole)? + quarter as i32))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters() -> Calendar {
        Calendar::new(CalendarPeriod::Quarter, "2023-Q3", "2025-Q2").unwrap()
    }

    #[test]
    fn periods_are_listed_in_order_and_months_find_theirs() {
        let names = Vec::from(quarters());
        assert_eq!(names.len(), 8);
        assert_eq!(
            (names[0].as_str(), names[7].as_str()),
            ("2023-Q3", "2025-Q2")
        );
        assert_eq!(quarters().position(2023, 7), Some(0));
        assert_eq!(quarters().position(2025, 6), Some(7));
        assert_eq!(quarters().position(2025, 7), None);
        assert_eq!(quarters().position(2024, 13), None);
        assert_eq!(quarters().position(i32::MAX, 1), None);
        assert_eq!(quarters().year(2), 2024);
    }

    #[test]
    fn a_year_covers_its_quarters_and_not_the_other_way_round() {
        assert_eq!(quarters().span("2024").unwrap(), 2..6);
        assert_eq!(quarters().span("2024-Q4").unwrap(), 5..6);
        let years = Calendar::new(CalendarPeriod::Year, "2023", "2025").unwrap();
        assert_eq!(years.span("2024-Q1"), Err(Refusal::Period));
        assert_eq!(years.span("1999").unwrap(), -24..-23);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "24",
            "2024-Q5",
            "2024-Q",
            "2024-Q01",
            "2024-01",
            "+024",
            "2024-Q1-Q1",
        ] {
            assert_eq!(quarters().span(text), Err(Refusal::Period), "{text}");
        }
        let backwards = Calendar::new(CalendarPeriod::Year, "2025", "2023");
        assert!(matches!(backwards, Err(SchemaError::Calendar { .. })));
        assert!(Calendar::new(CalendarPeriod::Year, "2023-Q1", "2024-Q1").is_err());
        assert!(Calendar::new(CalendarPeriod::Year, "1000", "1400").is_err());
    }
}
