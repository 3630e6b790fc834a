//! Dates and times in a language.

use chrono::{Datelike as _, NaiveDate};

use super::{Language, fill};
use crate::document::Month;

impl Language {
    /// A day with its weekday.
    #[must_use]
    pub fn date(&self, date: NaiveDate) -> String {
        let weekday = date.weekday().num_days_from_monday() as usize;
        fill(
            &self.day,
            &[
                ("weekday", &self.weekdays[weekday]),
                ("day", &date.day().to_string()),
                ("month", &self.months[date.month0() as usize]),
                ("year", &date.year().to_string()),
            ],
        )
    }

    /// A month, or a year alone.
    #[must_use]
    pub fn month(&self, month: Month) -> String {
        let year = month.year().to_string();
        let Some(number) = month.month() else {
            return year;
        };
        let name = &self.months[usize::from(number) - 1];
        fill(&self.month, &[("month", name), ("year", &year)])
    }
}

/// Minutes after midnight as hours and minutes, to the nearest minute.
pub(crate) fn time(minute: f64) -> String {
    let minute = minute.round().clamp(0.0, 1_440.0) as u32;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_out_in_both_languages() {
        let date = NaiveDate::from_ymd_opt(2026, 12, 3).unwrap();
        assert_eq!(Language::english().date(date), "Thursday 3 December 2026");
        assert_eq!(Language::hindi().date(date), "गुरुवार, 3 दिसंबर 2026");
        let month = "2026-02".parse().unwrap();
        assert_eq!(Language::hindi().month(month), "फ़रवरी 2026");
    }

    #[test]
    fn times_are_rounded_to_the_minute() {
        assert_eq!(time(515.0), "08:35");
        assert_eq!(time(59.6), "01:00");
        assert_eq!(time(1_440.0), "24:00");
    }
}
