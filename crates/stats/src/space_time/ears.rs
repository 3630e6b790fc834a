//! The alarms C1, C2 and C3 of the Early Aberration Reporting System.

use crate::StatsError;
use crate::error::{check_not_negative, check_share};
use crate::normal;

/// Which alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarsMethod {
    /// Baseline right before the period.
    C1,
    /// Baseline that ends three periods before, so that an outbreak under way
    /// does not raise it.
    C2,
    /// C2 of the period and the two before it, each in excess of 1, added up.
    C3,
}

/// Parameters of [`ears`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarsParams {
    method: EarsMethod,
    baseline: usize,
    least_deviation: f64,
    alpha: f64,
}

impl EarsParams {
    /// The usual alarm: 7 periods of baseline, α 0.001 (3.09 standard
    /// deviations) for C1 and C2 and 0.025 (1.96) for C3, as R's `earsC`.
    #[must_use]
    pub fn usual(method: EarsMethod) -> Self {
        Self {
            method,
            baseline: 7,
            least_deviation: 0.0,
            alpha: match method {
                EarsMethod::C3 => 0.025,
                _ => 0.001,
            },
        }
    }

    /// All of one's own. `least_deviation` is a floor of the standard
    /// deviation, which short runs of equal counts need.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a baseline below 3 periods, a negative
    /// floor, or an α that does not lie strictly between 0 and 1.
    pub fn new(
        method: EarsMethod,
        baseline: usize,
        least_deviation: f64,
        alpha: f64,
    ) -> Result<Self, StatsError> {
        let refuse = |what, value, expected| {
            Err(StatsError::Parameter {
                what,
                value,
                expected,
            })
        };
        if baseline < 3 {
            return refuse("baseline", baseline as f64, "at least three periods");
        }
        if !(least_deviation >= 0.0 && least_deviation.is_finite()) {
            return refuse(
                "least deviation",
                least_deviation,
                "a number not below zero",
            );
        }
        check_share("alpha", alpha)?;
        Ok(Self {
            method,
            baseline,
            least_deviation,
            alpha,
        })
    }
}

/// An EARS alarm of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarsAlarm {
    /// Mean of the baseline.
    pub expected: f64,
    /// Count above which there is an alarm.
    pub upper: f64,
    /// C1, C2 or C3; `None` for C1 and C2 where the baseline does not vary and
    /// there is no floor, which makes it infinite or undefined.
    pub statistic: Option<f64>,
    /// Whether there is one.
    pub alarm: bool,
}

/// EARS alarms for each period with a whole baseline before it.
///
/// 1. Mean m and standard deviation s (divisor one less than their number) of
///    the baseline: the periods just before (C1), or two earlier (C2, C3).
/// 2. C1, C2 = (y − m)/s, alarm above z₁₋α, that is, y above m + z₁₋α s.
/// 3. C3 = Σ max(0, C2 − 1) over the period and the two before it, alarm above
///    z₁₋α. With B the part of the two before it, the period must be above
///    m + s (1 + z₁₋α − B); where B alone is above z₁₋α the limit is 0 and the
///    alarm stands whatever the period brings.
///
/// Hutwagner, Thompson, Seeman & Treadwell (2003), *Journal of Urban Health*
/// 80; Fricker, Hegler & Dunfee (2008), *Statistics in Medicine* 27. C1 and C2
/// are those of R's `earsC`. Its C3 limit is another: the manual has
/// m + s (z₁₋α − B), the code the period's own count in place of m, so that it
/// alarms whenever B is above z₁₋α and never otherwise. Counts of a few a week,
/// a trend or a season break these rules of thumb: see
/// [`farrington`](super::farrington()).
///
/// `None` without a count in the period or anywhere in its baselines, and for
/// C3 also where one of its baselines does not vary.
/// O(periods · baseline).
///
/// # Errors
/// [`StatsError`] for a count that is negative or not finite.
pub fn ears(
    counts: &[Option<f64>],
    params: &EarsParams,
) -> Result<Vec<Option<EarsAlarm>>, StatsError> {
    check_not_negative("count", counts)?;
    let z = -normal::quantile(params.alpha);
    let lead = match params.method {
        EarsMethod::C1 => 0,
        _ => 2,
    };
    let baselines: Vec<Option<Baseline>> = (0..counts.len())
        .map(|now| Baseline::before(now, lead, counts, params))
        .collect();
    Ok((0..counts.len())
        .map(|now| {
            let observed = counts[now]?;
            let own = baselines[now]?;
            let (upper, statistic, alarm) = match params.method {
                EarsMethod::C1 | EarsMethod::C2 => {
                    let upper = own.mean + z * own.deviation;
                    (upper, own.standardise(observed), observed > upper)
                }
                EarsMethod::C3 => {
                    let mut before = 0.0;
                    for back in 1..=2 {
                        let earlier = now.checked_sub(back)?;
                        let standard = baselines[earlier]?.standardise(counts[earlier]?)?;
                        before += (standard - 1.0).max(0.0);
                    }
                    let statistic = before + (own.standardise(observed)? - 1.0).max(0.0);
                    let upper = if before > z {
                        0.0
                    } else {
                        own.mean + own.deviation * (1.0 + z - before)
                    };
                    (upper, Some(statistic), statistic > z)
                }
            };
            Some(EarsAlarm {
                expected: own.mean,
                upper,
                statistic,
                alarm,
            })
        })
        .collect())
}

#[derive(Debug, Clone, Copy)]
struct Baseline {
    mean: f64,
    deviation: f64,
}

impl Baseline {
    fn before(
        now: usize,
        lead: usize,
        counts: &[Option<f64>],
        params: &EarsParams,
    ) -> Option<Self> {
        let end = now.checked_sub(lead)?;
        let start = end.checked_sub(params.baseline)?;
        let values: Option<Vec<f64>> = counts[start..end].iter().copied().collect();
        let values = values?;
        let size = values.len() as f64;
        let mean = values.iter().sum::<f64>() / size;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Some(Self {
            mean,
            deviation: (squares / (size - 1.0)).sqrt().max(params.least_deviation),
        })
    }

    fn standardise(&self, count: f64) -> Option<f64> {
        (self.deviation > 0.0).then(|| (count - self.mean) / self.deviation)
    }
}
