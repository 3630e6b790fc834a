//! Regressors of holidays that move through the calendar.

use crate::StatsError;
use crate::error::check_length;

/// Days around a holiday that it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HolidayWindow {
    /// Days before the holiday.
    pub days_before: u32,
    /// Days after it.
    pub days_after: u32,
}

/// Share of a holiday's window that falls into each period, less the mean
/// share of that period of the cycle.
///
/// `starts` are the first days of the periods as day numbers (from any epoch),
/// rising, with the day after the last period at the end: one more than there
/// are periods. `holidays` are the day numbers of the holiday, one for each
/// time it falls, such as Akshaya Tritiya or the days of a wedding season.
///
/// 1. A window of `days_before` + 1 + `days_after` days around each holiday;
///    each period gets the share of the window's days that it holds. Windows
///    add up.
/// 2. The mean of the same period of the cycle over the series (`period`
///    periods to the cycle, 12 for months) is taken out, so that the
///    regressor does not take what belongs to the season: Bell & Hillmer
///    (1983), *JASA* 78, as X-13ARIMA-SEATS. A `period` of 0 leaves it in.
///
/// Feed it to [`log_linear_trend`](super::log_linear_trend()), where its ratio
/// is the rate of a period that holds the whole window against one that holds
/// none. O(periods + holidays log periods).
///
/// # Errors
/// [`StatsError`] if the starts do not rise or there are fewer than 2.
pub fn moving_holiday(
    starts: &[i64],
    holidays: &[i64],
    window: HolidayWindow,
    period: usize,
) -> Result<Vec<f64>, StatsError> {
    if starts.len() < 2 {
        return Err(StatsError::TooFew {
            method: "a moving holiday",
            found: starts.len(),
            least: 2,
        });
    }
    if let Some(at) = starts.windows(2).position(|pair| pair[0] >= pair[1]) {
        return Err(StatsError::Value {
            what: "start of the period",
            unit: at + 1,
            value: starts[at + 1] as f64,
            expected: "a day after the start of the period before",
        });
    }
    let periods = starts.len() - 1;
    let mut shares = vec![0.0; periods];
    let days = f64::from(window.days_before) + 1.0 + f64::from(window.days_after);
    for holiday in holidays {
        let first = holiday.saturating_sub(i64::from(window.days_before));
        let after = holiday
            .saturating_add(i64::from(window.days_after))
            .saturating_add(1);
        let mut at = starts.partition_point(|start| *start <= first).max(1) - 1;
        while at < periods && starts[at] < after {
            let held = starts[at + 1]
                .min(after)
                .saturating_sub(starts[at].max(first));
            shares[at] += held.max(0) as f64 / days;
            at += 1;
        }
    }
    if period > 0 {
        for season in 0..period.min(periods) {
            let of_season = shares.iter().skip(season).step_by(period);
            let count = of_season.clone().count() as f64;
            let mean = of_season.sum::<f64>() / count;
            for share in shares.iter_mut().skip(season).step_by(period) {
                *share -= mean;
            }
        }
    }
    check_length("holiday regressor", shares.len(), periods)?;
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: HolidayWindow = HolidayWindow {
        days_before: 3,
        days_after: 3,
    };

    #[test]
    fn a_window_is_shared_by_the_periods_it_touches() {
        let starts = [0, 30, 60, 90];
        let shares = moving_holiday(&starts, &[31], WEEK, 0).unwrap();
        // Days 28 to 34: two of seven in the first period.
        assert!((shares[0] - 2.0 / 7.0).abs() < 1e-15);
        assert!((shares[1] - 5.0 / 7.0).abs() < 1e-15);
        assert_eq!(shares[2], 0.0);
        let outside = moving_holiday(&starts, &[-50, 92, i64::MAX, i64::MIN], WEEK, 0).unwrap();
        assert!((outside[2] - 1.0 / 7.0).abs() < 1e-15);
        assert_eq!(outside[0], 0.0);
    }

    #[test]
    fn the_mean_of_each_period_of_the_cycle_is_taken_out() {
        let starts: Vec<i64> = (0..=8).map(|i| 90 * i).collect();
        let shares = moving_holiday(&starts, &[85, 400], WEEK, 4).unwrap();
        for season in 0..4 {
            assert!((shares[season] + shares[season + 4]).abs() < 1e-15);
        }
    }

    #[test]
    fn starts_that_do_not_rise_are_refused() {
        assert!(moving_holiday(&[0, 30, 30], &[1], WEEK, 0).is_err());
        assert!(moving_holiday(&[0], &[1], WEEK, 0).is_err());
    }
}
