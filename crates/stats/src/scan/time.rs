//! Days, intervals of time, and which of them a scan combines.

use crate::StatsError;

/// A day of the (proleptic) Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day of a date.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] if there is no such date or its year is not
    /// within ±100,000.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, StatsError> {
        let wrong = |what, value| StatsError::Parameter {
            what,
            value,
            expected: "a date that exists",
        };
        if !(-100_000..=100_000).contains(&year) {
            return Err(wrong("year", f64::from(year)));
        }
        if !(1..=12).contains(&month) {
            return Err(wrong("month", f64::from(month)));
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day == 0 || day > days {
            return Err(wrong("day of the month", f64::from(day)));
        }
        // Years that begin in March have the leap day at their end.
        let (year, month) = if month > 2 {
            (year, month as i32 - 3)
        } else {
            (year - 1, month as i32 + 9)
        };
        let of_year = (153 * month + 2) / 5 + day as i32 - 1;
        let years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Ok(Self(years + of_year - 719_468))
    }

    /// Days since 1 January 1970.
    #[must_use]
    pub fn since_1970(self) -> i32 {
        self.0
    }

    /// The day so many days after 1 January 1970.
    #[must_use]
    pub fn from_1970(days: i32) -> Self {
        Self(days)
    }
}

/// Most intervals of equal length.
const MOST_INTERVALS: i64 = 1_000_000;
/// Most windows in time: each is looked at in each circle.
const MOST_SPANS: usize = 5_000_000;

/// Intervals that follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeIntervals {
    /// First day of each, and the day after the last.
    starts: Vec<Day>,
}

impl TimeIntervals {
    /// Intervals by the first day of each, and the day after the last one.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] with fewer than two days, else
    /// [`StatsError::Value`] unless each is later than the one before.
    pub fn new(starts: Vec<Day>) -> Result<Self, StatsError> {
        if starts.len() < 2 {
            return Err(StatsError::TooFew {
                method: "a division of time",
                found: starts.len(),
                least: 2,
            });
        }
        for (unit, pair) in starts.windows(2).enumerate() {
            if pair[0] >= pair[1] {
                return Err(StatsError::Value {
                    what: "first day of an interval, days since 1970",
                    unit: unit + 1,
                    value: f64::from(pair[1].0),
                    expected: "later than the one before",
                });
            }
        }
        Ok(Self { starts })
    }

    /// Calendar years, the last one included.
    ///
    /// # Errors
    /// [`StatsError`] if `last` is before `first` or the years out of range.
    pub fn years(first: i32, last: i32) -> Result<Self, StatsError> {
        Self::new(
            (first..=last.saturating_add(1))
                .take(200_002)
                .map(|year| Day::new(year, 1, 1))
                .collect::<Result<_, _>>()?,
        )
    }

    /// Intervals of `length_days` from the end of the period backwards, as
    /// `SaTScan` aggregates time: the first one may be shorter.
    ///
    /// # Errors
    /// [`StatsError`] if the length is zero, the period has less than a day, or
    /// it has more than a million intervals.
    pub fn of_days(first: Day, last: Day, length_days: u32) -> Result<Self, StatsError> {
        crate::error::check_positive("days of an interval", f64::from(length_days))?;
        let days = i64::from(last.0) - i64::from(first.0);
        if days / i64::from(length_days) >= MOST_INTERVALS {
            return Err(StatsError::Parameter {
                what: "days of an interval",
                value: f64::from(length_days),
                expected: "so many that the period has at most a million intervals",
            });
        }
        let mut starts = vec![Day(last.0.saturating_add(1))];
        while starts[starts.len() - 1] > first {
            let before = i64::from(starts[starts.len() - 1].0) - i64::from(length_days);
            starts.push(Day(before.max(i64::from(first.0)) as i32));
        }
        starts.reverse();
        Self::new(starts)
    }

    /// Number of intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Never: there is at least one interval.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// First day of an interval, `None` beyond the last.
    #[must_use]
    pub fn first_day(&self, interval: usize) -> Option<Day> {
        self.starts[..self.len()].get(interval).copied()
    }

    /// Last day of an interval, `None` beyond the last.
    #[must_use]
    pub fn last_day(&self, interval: usize) -> Option<Day> {
        self.starts[1..].get(interval).map(|day| Day(day.0 - 1))
    }

    /// The interval of a day, `None` outside of the period.
    #[must_use]
    pub fn interval_of(&self, day: Day) -> Option<usize> {
        match self.starts.partition_point(|start| *start <= day) {
            0 => None,
            after if after > self.len() => None,
            after => Some(after - 1),
        }
    }

    /// First day of each interval and the day after the last one.
    pub(super) fn boundaries(&self) -> &[Day] {
        &self.starts
    }
}

/// Which windows in time a scan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// All: clusters that have ended and those that have not. Kulldorff,
    /// Athas, Feuer, Miller & Key (1998).
    Retrospective,
    /// Only those that reach to the last interval: clusters that are still
    /// alive, for surveillance. Kulldorff (2001), *Journal of the Royal
    /// Statistical Society A* 164. Repeated each period the p-value does not
    /// cover earlier looks.
    Prospective,
}

/// Windows in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TemporalLimits {
    outlook: Outlook,
    most: Most,
    least: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Most {
    Share(f64),
    Intervals(usize),
}

impl TemporalLimits {
    /// Windows of at most half of the intervals, the default of `SaTScan`.
    #[must_use]
    pub fn new(outlook: Outlook) -> Self {
        Self {
            outlook,
            most: Most::Share(0.5),
            least: 1,
        }
    }

    /// Windows of at most this share of the intervals, rounded down.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless 0 < `share` ≤ 1.
    pub fn with_share(self, share: f64) -> Result<Self, StatsError> {
        if share > 0.0 && share <= 1.0 {
            Ok(Self {
                most: Most::Share(share),
                ..self
            })
        } else {
            Err(StatsError::Parameter {
                what: "largest share of the period",
                value: share,
                expected: "a share above 0 and at most 1",
            })
        }
    }

    /// Windows of `least` to `most` intervals.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless 0 < `least` ≤ `most`.
    pub fn with_intervals(self, least: usize, most: usize) -> Result<Self, StatsError> {
        if least == 0 || least > most {
            return Err(StatsError::Parameter {
                what: "least number of intervals",
                value: least as f64,
                expected: "at least 1 and at most the largest number",
            });
        }
        Ok(Self {
            most: Most::Intervals(most),
            least,
            ..self
        })
    }

    /// Windows as first interval and the one after the last, at most five
    /// million.
    pub(super) fn spans(&self, intervals: usize) -> Result<Vec<(u32, u32)>, StatsError> {
        let most = match self.most {
            Most::Share(share) => (share * intervals as f64 * (1.0 + 1e-12)) as usize,
            Most::Intervals(most) => most.min(intervals),
        };
        let mut spans = Vec::new();
        for first in 0..intervals {
            let last = intervals.min(first.saturating_add(most));
            let least = first.saturating_add(self.least);
            let least = match self.outlook {
                Outlook::Retrospective => least,
                Outlook::Prospective => least.max(intervals),
            };
            spans.extend((least..=last).map(|after| (first as u32, after as u32)));
            if spans.len() > MOST_SPANS {
                return Err(StatsError::Parameter {
                    what: "number of intervals",
                    value: intervals as f64,
                    expected: "so few that there are at most five million windows in time; take \
                               longer intervals or shorter windows",
                });
            }
        }
        if spans.is_empty() {
            return Err(StatsError::TooFew {
                method: "a scan of time with these limits",
                found: intervals,
                least: self.least.max(2),
            });
        }
        Ok(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (date, days) in [
            ((1970, 1, 1), 0),
            ((1969, 12, 31), -1),
            ((2000, 2, 29), 11_016),
            ((2000, 3, 1), 11_017),
            ((1900, 3, 1), -25_508),
            ((1, 1, 1), -719_162),
        ] {
            assert_eq!(Day::new(date.0, date.1, date.2).unwrap().since_1970(), days);
        }
        for (year, month, day) in [(1900, 2, 29), (2001, 13, 1), (2001, 4, 31), (2001, 1, 0)] {
            assert!(Day::new(year, month, day).is_err());
        }
    }

    #[test]
    fn a_day_lies_in_its_interval() {
        let years = TimeIntervals::years(1999, 2001).unwrap();
        assert_eq!(years.len(), 3);
        let day = |year, month, day| Day::new(year, month, day).unwrap();
        assert_eq!(years.interval_of(day(2000, 12, 31)), Some(1));
        assert_eq!(years.interval_of(day(1999, 1, 1)), Some(0));
        assert_eq!(years.interval_of(day(1998, 12, 31)), None);
        assert_eq!(years.interval_of(day(2002, 1, 1)), None);
        assert_eq!(years.last_day(2), Some(day(2001, 12, 31)));
        assert_eq!(years.first_day(3), None);
        let weeks = TimeIntervals::of_days(day(2024, 1, 1), day(2024, 1, 16), 7).unwrap();
        assert_eq!(weeks.first_day(1), Some(day(2024, 1, 3)));
        assert_eq!(weeks.last_day(0), Some(day(2024, 1, 2)));
        assert!(TimeIntervals::years(2001, 1999).is_err());
    }

    #[test]
    fn spans_obey_the_limits() {
        let half = TemporalLimits::new(Outlook::Retrospective);
        assert_eq!(half.spans(5).unwrap().len(), 5 + 4);
        let alive = TemporalLimits::new(Outlook::Prospective);
        assert_eq!(alive.spans(5).unwrap(), [(3, 5), (4, 5)]);
        let long = alive.with_intervals(2, 9).unwrap();
        assert_eq!(long.spans(3).unwrap(), [(0, 3), (1, 3)]);
        assert!(half.spans(1).is_err());
        assert!(half.with_share(0.0).is_err());
        assert!(half.with_intervals(3, 2).is_err());
    }
}
