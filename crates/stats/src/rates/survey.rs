//! Interval of a percentage from a survey.

use super::Interval;

/// Two-sided 97.5 % point of the standard normal distribution.
const Z_975: f64 = 1.959_963_984_540_054;

/// 95 % interval of a survey percentage, clamped to 0 and 100.
///
/// With a published standard error: `value ± 1.96·se`. Otherwise, with the
/// number of respondents: the Wilson (1927) score interval of a simple random
/// sample (design effect 1, so too narrow for a clustered survey; callers say
/// so). With neither: `None`, for then the uncertainty is not known. A standard
/// error that is negative or not finite is none, and a percentage that does not
/// lie within 0 and 100 has no interval.
#[must_use]
pub fn survey_interval(
    percent: f64,
    standard_error: Option<f64>,
    respondents: Option<u64>,
) -> Option<Interval> {
    if !(0.0..=100.0).contains(&percent) {
        return None;
    }
    let clamp = |low: f64, high: f64| Interval {
        low: low.clamp(0.0, 100.0),
        high: high.clamp(0.0, 100.0),
    };
    if let Some(error) = standard_error.filter(|error| error.is_finite() && *error >= 0.0) {
        return Some(clamp(percent - Z_975 * error, percent + Z_975 * error));
    }
    let n = respondents.filter(|n| *n > 0)? as f64;
    let p = percent / 100.0;
    let z2 = Z_975 * Z_975;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_975 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(clamp(100.0 * (centre - half), 100.0 * (centre + half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe (1998), *Statistics in Medicine* 17, table I: 81 of 263.
    #[test]
    fn the_wilson_interval_agrees_with_newcombe() {
        let interval = survey_interval(100.0 * 81.0 / 263.0, None, Some(263)).unwrap();
        assert!((interval.low - 25.53).abs() < 0.005, "{interval:?}");
        assert!((interval.high - 36.62).abs() < 0.005, "{interval:?}");
    }

    #[test]
    fn without_error_or_sample_there_is_no_interval() {
        assert_eq!(survey_interval(23.3, None, None), None);
        assert_eq!(survey_interval(23.3, None, Some(0)), None);
    }

    #[test]
    fn what_is_no_percentage_has_no_interval_and_what_is_no_error_is_none() {
        for percent in [f64::NAN, f64::INFINITY, -0.1, 100.1] {
            assert_eq!(survey_interval(percent, Some(2.0), Some(50)), None);
        }
        let wilson = survey_interval(40.0, None, Some(50));
        for error in [f64::NAN, f64::INFINITY, -2.0] {
            assert_eq!(survey_interval(40.0, Some(error), None), None);
            assert_eq!(survey_interval(40.0, Some(error), Some(50)), wilson);
        }
        let point = Interval {
            low: 0.0,
            high: 0.0,
        };
        assert_eq!(survey_interval(0.0, Some(0.0), None), Some(point));
    }
}
