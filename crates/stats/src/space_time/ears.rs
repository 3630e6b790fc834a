//! The alarms C1, C2 and C3 of the Early Aberration Reporting System.

use crate::StatsError;
use crate::error::check_not_negative;
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
        if !(alpha > 0.0 && alpha < 1.0) {
            return refuse("alpha", alpha, "a number between zero and one");
        }
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
    /// C1, C2 or C3; `None` where the baseline does not vary and there is no
    /// floor, which makes it infinite or undefined.
    pub statistic: Option<f64>,
    /// Whether the count is above the limit.
    pub alarm: bool,
}

/// EARS alarms for each period with a whole baseline before it.
///
/// 1. Mean m and standard deviation s (divisor one less than their number) of
///    the baseline: the periods just before (C1), or two earlier (C2, C3).
/// 2. C1, C2 = (y − m)/s, alarm above z₁₋α, that is, y above m + z₁₋α s.
/// 3. C3 = Σ max(0, C2 − 1) over the period and the two before it, alarm above
///    z₁₋α; upper = y + s (z₁₋α − Σ of the two before), at least 0.
///
/// Hutwagner, Thompson, Seeman & Treadwell (2003), *Journal of Urban Health*
/// 80; the limits of R's `earsC`, whose C3 limit (unlike step 3's sum) does
/// not subtract the 1 nor cut at 0 for the period itself: the alarm is read
/// from that limit, the statistic from the sum. Counts of a few a week, a
/// trend or a season break these rules of thumb: see
/// [`farrington`](super::farrington()).
///
/// `None` without a count in the period or anywhere in its baselines.
/// O(periods · baseline).
///
/// # Errors
/// [`StatsError`] for a count that is negative or not finite.
pub fn ears(
    counts: &[Option<f64>],
    params: &EarsParams,
) -> Result<Vec<Option<EarsAlarm>>, StatsError> {
    check_not_negative("count", counts)?;
    let z = normal::quantile(1.0 - params.alpha);
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
            let (upper, statistic) = match params.method {
                EarsMethod::C1 | EarsMethod::C2 => {
                    (own.mean + z * own.deviation, own.standardise(observed))
                }
                EarsMethod::C3 => {
                    let mut before = 0.0;
                    for back in 1..=2 {
                        let earlier = now.checked_sub(back)?;
                        let standard = baselines[earlier]?.standardise(counts[earlier]?)?;
                        before += (standard - 1.0).max(0.0);
                    }
                    let upper = (observed + own.deviation * (z - before)).max(0.0);
                    let own = own.standardise(observed);
                    (upper, own.map(|own| before + (own - 1.0).max(0.0)))
                }
            };
            Some(EarsAlarm {
                expected: own.mean,
                upper,
                statistic,
                alarm: observed > upper,
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
