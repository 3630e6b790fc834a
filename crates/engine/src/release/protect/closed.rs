//! Which periods may be told.

use chrono::{Days, NaiveDate};
use safeground_schema::Period;

/// Periods that have ended and settled by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    /// Periods that end on this day or before are closed; none where the day
    /// of the last load is not known.
    until: Option<NaiveDate>,
}

impl Closed {
    /// Closed periods of a lake whose last load was on a day (ISO 8601), with
    /// so many days for late reports.
    pub(crate) fn by(data_as_of: Option<&str>, settling_days: u32) -> Self {
        let day = data_as_of.and_then(|day| day.get(..10)?.parse::<NaiveDate>().ok());
        Self {
            until: day.and_then(|day| day.checked_sub_days(Days::new(settling_days.into()))),
        }
    }

    /// Whether a period is closed.
    pub(crate) fn has(self, period: Period) -> bool {
        let (_, (year, month)) = period.months();
        let (year, month) = if month == 12 {
            (year + 1, 1)
        } else {
            (year, u32::from(month) + 1)
        };
        let after = NaiveDate::from_ymd_opt(year, month, 1);
        let last_day = after.and_then(|day| day.pred_opt());
        matches!((self.until, last_day), (Some(until), Some(last)) if last <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_closed_once_it_has_ended_and_settled() {
        let closed = Closed::by(Some("2025-03-01"), 60);
        assert!(closed.has(Period::Year(2023)));
        assert!(closed.has(Period::Year(2024)), "60 days after 31 December");
        assert!(!Closed::by(Some("2025-02-28"), 60).has(Period::Year(2024)));
        assert!(closed.has(Period::Quarter(2024, 4)));
        assert!(!closed.has(Period::Quarter(2025, 1)));
        assert!(!closed.has(Period::Span(2020, 2025)));
        assert!(!Closed::by(None, 0).has(Period::Year(1999)));
        assert!(Closed::by(Some("2024-12-31"), 0).has(Period::Year(2024)));
    }
}
