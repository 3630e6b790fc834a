//! The periods of a count: one unbroken run from the first to the last month
//! with any record.
//!
//! A period is listed whether or not anything happened in it; only the first
//! and the last month of the whole lake show.

use safeground_schema::{Period, PeriodKind};

/// Months since year 0, so that arithmetic on months is arithmetic.
pub type MonthIndex = i32;

/// First and last month with a record in any event table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    first: MonthIndex,
    last: MonthIndex,
}

impl Calendar {
    /// The calendar from the first to the last day, both as days since 1970.
    #[must_use]
    pub fn new(first_day: i32, last_day: i32) -> Self {
        let (a, b) = (month_of(first_day), month_of(last_day));
        Self {
            first: a.min(b),
            last: a.max(b),
        }
    }

    /// All periods of a kind, in order; a span is the one span of all years.
    #[must_use]
    pub fn periods(&self, kind: PeriodKind) -> Vec<Period> {
        let year = |month: MonthIndex| month.div_euclid(12);
        if kind == PeriodKind::Span {
            return vec![Period::Span(year(self.first), year(self.last))];
        }
        let mut periods: Vec<Period> = (self.first..=self.last)
            .filter_map(|m| Period::containing(kind, year(m), (m.rem_euclid(12) + 1) as u8))
            .collect();
        periods.dedup();
        periods
    }

    /// Number of periods of a kind.
    #[must_use]
    pub fn slots(&self, kind: PeriodKind) -> usize {
        (slot_of_month(kind, self.last) - slot_of_month(kind, self.first) + 1) as usize
    }

    /// Index of the period that holds a day, `None` outside the calendar.
    #[must_use]
    pub fn slot(&self, kind: PeriodKind, day: i32) -> Option<usize> {
        let month = month_of(day);
        (self.first..=self.last)
            .contains(&month)
            .then(|| (slot_of_month(kind, month) - slot_of_month(kind, self.first)) as usize)
    }
}

/// Index of the period of a kind that holds a month.
fn slot_of_month(kind: PeriodKind, month: MonthIndex) -> i32 {
    match kind {
        PeriodKind::Month => month,
        PeriodKind::Quarter => month.div_euclid(3),
        PeriodKind::Year => month.div_euclid(12),
        PeriodKind::Span => 0,
    }
}

/// Month of a day given as days since 1970-01-01.
///
/// Proleptic Gregorian calendar, after Hinnant, "chrono-compatible low-level
/// date algorithms" (`civil_from_days`), which is branch-free: this runs once
/// per incident.
#[must_use]
pub fn month_of(day: i32) -> MonthIndex {
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months counted from March, so that the leap day is the last of the year.
    let from_march = (5 * day_of_year + 2) / 153;
    (((era * 400 + year_of_era) * 12) + from_march + 2) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_agree_with_chrono_over_two_centuries() {
        use chrono::Datelike;
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        for day in -36_500..36_500 {
            let date = epoch + chrono::Duration::days(i64::from(day));
            let expected = date.year() * 12 + date.month0() as i32;
            assert_eq!(month_of(day), expected, "{date}");
        }
    }

    #[test]
    fn periods_run_unbroken_and_slots_match_them() {
        // 2020-11-15 to 2021-02-03
        let calendar = Calendar::new(18_581, 18_661);
        let text = |kind| {
            let periods = calendar.periods(kind);
            assert_eq!(periods.len(), calendar.slots(kind));
            periods.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            text(PeriodKind::Month),
            ["2020-11", "2020-12", "2021-01", "2021-02"]
        );
        assert_eq!(text(PeriodKind::Quarter), ["2020-Q4", "2021-Q1"]);
        assert_eq!(text(PeriodKind::Year), ["2020", "2021"]);
        assert_eq!(text(PeriodKind::Span), ["2020/2021"]);
        assert_eq!(calendar.slot(PeriodKind::Quarter, 18_661), Some(1));
        assert_eq!(calendar.slot(PeriodKind::Year, 10_000), None);
    }
}
