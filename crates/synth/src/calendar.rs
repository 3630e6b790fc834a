//! The fixed calendar: five years, 2020 to 2024.

/// First year.
pub(crate) const FIRST_YEAR: usize = 2020;

/// Number of years.
pub(crate) const YEARS: usize = 5;

/// Number of months.
pub(crate) const MONTHS: usize = 12 * YEARS;

/// Month (1 to 12) and day of Akshaya Tritiya in each year, a day on which
/// many weddings are held.
pub(crate) const FESTIVAL: [(usize, u32); YEARS] = [(4, 26), (5, 14), (5, 3), (4, 22), (5, 10)];

/// A month of the calendar, 0 to 59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(pub(crate) usize);

impl Month {
    /// All months in order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..MONTHS).map(Self)
    }

    /// Number of the year, 0 to 4.
    pub(crate) fn year_index(self) -> usize {
        self.0 / 12
    }

    /// Calendar year.
    pub(crate) fn year(self) -> usize {
        FIRST_YEAR + self.year_index()
    }

    /// Month of the year, 1 to 12.
    pub(crate) fn of_year(self) -> usize {
        self.0 % 12 + 1
    }

    /// Days of the month.
    pub(crate) fn days(self) -> u32 {
        match self.of_year() {
            2 if self.year().is_multiple_of(4) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Day of the wedding festival, if it falls in this month.
    pub(crate) fn festival_day(self) -> Option<u32> {
        let (month, day) = FESTIVAL[self.year_index()];
        (month == self.of_year()).then_some(day)
    }

    /// ISO 8601 text of the month, such as `2021-07`.
    pub(crate) fn text(self) -> String {
        format!("{:04}-{:02}", self.year(), self.of_year())
    }

    /// The first day as partners write it, day first: `01/07/2021`.
    pub(crate) fn first_day_text(self) -> String {
        format!("01/{:02}/{:04}", self.of_year(), self.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_has_the_days_of_five_years_with_two_leap_days() {
        let days: u32 = Month::all().map(Month::days).sum();
        assert_eq!(days, 5 * 365 + 2);
        assert_eq!(Month(59).text(), "2024-12");
    }

    #[test]
    fn the_festival_falls_once_a_year() {
        assert_eq!(Month::all().filter_map(Month::festival_day).count(), YEARS);
    }
}
