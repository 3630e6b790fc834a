//! Which periods may be told.

use chrono::{Days, NaiveDate};
use safeground_schema::Period;

/// Periods that have ended and settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    /// Periods that end on this day or before are closed; none where the day
    /// of the last load is not known.
    until: Option<NaiveDate>,
}

impl Closed {
    /// Closed periods of a lake on a day: those that had ended when something
    /// was last loaded (on an ISO 8601 day), and have ended for as many days
    /// as late reports are waited for.
    pub(crate) fn by(loaded: Option<&str>, today: NaiveDate, settling_days: u32) -> Self {
        let loaded = loaded.and_then(|day| day.get(..10)?.parse::<NaiveDate>().ok());
        let settled = today.checked_sub_days(Days::new(settling_days.into()));
        Self {
            until: loaded
                .zip(settled)
                .map(|(loaded, settled)| loaded.min(settled)),
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
    fn a_period_is_closed_once_it_has_ended_settled_and_been_loaded() {
        let on = |loaded, today: &str, days| Closed::by(loaded, today.parse().unwrap(), days);
        let closed = on(Some("2025-02-01"), "2025-03-01", 60);
        assert!(closed.has(Period::Year(2023)));
        assert!(closed.has(Period::Year(2024)), "60 days after 31 December");
        assert!(!on(Some("2025-02-01"), "2025-02-28", 60).has(Period::Year(2024)));
        assert!(closed.has(Period::Quarter(2024, 4)));
        assert!(!closed.has(Period::Quarter(2025, 1)));
        assert!(!closed.has(Period::Span(2020, 2025)));
        assert!(!on(None, "2030-01-01", 0).has(Period::Year(1999)));
        assert!(on(Some("2024-12-31"), "2024-12-31", 0).has(Period::Year(2024)));
        assert!(
            !on(Some("2024-11-30"), "2026-01-01", 60).has(Period::Year(2024)),
            "what happened in December is not in the lake"
        );
    }
}
