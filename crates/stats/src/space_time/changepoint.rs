//! Changepoints of a rate by PELT.

use crate::StatsError;
use crate::error::{check_length, check_not_negative, check_positive};
use crate::rates::{Interval, exact_interval};

const METHOD: &str = "PELT";

/// What a changepoint costs, on the scale of −2 log likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Penalty {
    /// Schwarz: log n for each changepoint, as `BIC` of R's changepoint for a
    /// Poisson mean. Finds too many changepoints rather than too few.
    Bic,
    /// Modified BIC of Zhang & Siegmund (2007), *Biometrics* 63: 3 log n and
    /// the log of each segment's length, as `MBIC` of R's changepoint.
    Mbic,
    /// A figure of one's own.
    Fixed(f64),
}

/// Parameters of [`poisson_changepoints`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangepointParams {
    penalty: Penalty,
    shortest: usize,
}

impl ChangepointParams {
    /// Parameters with the fewest periods of a segment.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a fixed penalty that is not above zero or
    /// a shortest segment of 0 periods.
    pub fn new(penalty: Penalty, shortest: usize) -> Result<Self, StatsError> {
        if let Penalty::Fixed(value) = penalty {
            check_positive("penalty", value)?;
        }
        check_positive("shortest segment", shortest as f64)?;
        Ok(Self { penalty, shortest })
    }
}

/// Periods of one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// First period.
    pub start: usize,
    /// Period after the last.
    pub end: usize,
    /// Cases.
    pub count: f64,
    /// Exposure.
    pub exposure: f64,
    /// Count over exposure.
    pub rate: f64,
    /// Exact central 95 % interval of the rate, given the segment; choosing
    /// the segment from the same data makes it too narrow.
    pub interval: Interval,
}

/// Segments of constant rate in a series of counts with exposure.
///
/// Counts are Poisson with mean rate × exposure. Among all divisions into
/// segments of at least the shortest length, the one with the least
/// Σ 2(C − C ln(C/E)) + penalty × changepoints is found exactly, C and E being
/// a segment's count and exposure: PELT of Killick, Fearnhead & Eckley (2012),
/// *JASA* 107, section 3. A start s is dropped at t once
/// cost(s) + C(s, t) + K ≥ cost(t), from the time t + shortest on, since
/// before that no segment can begin at t. K = 0, and log(4/n) with
/// [`Penalty::Mbic`], where the halves of a segment cost more for their
/// lengths than the whole.
///
/// With exposure 1 the divisions are those of R's
/// `cpt.meanvar(test.stat = "Poisson", method = "PELT")`. A period without
/// count or with zero exposure carries no information: it joins the segment
/// before it (the first segment, at the start), and n and lengths count the
/// others only.
///
/// O(n) while changepoints are frequent, O(n²) at worst.
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is negative or not finite, a
/// zero exposure has cases, or no period has a count and an exposure.
pub fn poisson_changepoints(
    counts: &[Option<f64>],
    exposure: &[Option<f64>],
    params: &ChangepointParams,
) -> Result<Vec<Segment>, StatsError> {
    check_length("exposure", exposure.len(), counts.len())?;
    check_not_negative("count", counts)?;
    check_not_negative("exposure", exposure)?;
    // Running sums over the periods that inform; differences of them are
    // segments' sums.
    let mut sums = vec![Sums::default()];
    let mut periods = Vec::new();
    let mut running = Sums::default();
    for (unit, (count, exposure)) in counts.iter().zip(exposure).enumerate() {
        let (Some(count), Some(exposure)) = (count, exposure) else {
            continue;
        };
        if *exposure > 0.0 {
            running.count += count;
            running.exposure += exposure;
            sums.push(running);
            periods.push(unit);
        } else if *count > 0.0 {
            return Err(StatsError::Value {
                what: "exposure",
                unit,
                value: *exposure,
                expected: "a number above zero where there are cases",
            });
        }
    }
    if periods.is_empty() {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: 0,
            least: 1,
        });
    }
    let ends = best_division(&sums, params);
    let (mut start, mut first) = (0, 0);
    Ok(ends
        .into_iter()
        .map(|end| {
            let part = sums[end].less(&sums[first]);
            let limits = exact_interval(part.count, 0.025);
            let until = periods.get(end).copied().unwrap_or(counts.len());
            let segment = Segment {
                start,
                end: until,
                count: part.count,
                exposure: part.exposure,
                rate: part.count / part.exposure,
                interval: Interval {
                    low: limits.low / part.exposure,
                    high: limits.high / part.exposure,
                },
            };
            (start, first) = (until, end);
            segment
        })
        .collect())
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    exposure: f64,
}

impl Sums {
    fn less(&self, other: &Self) -> Self {
        Self {
            count: self.count - other.count,
            exposure: self.exposure - other.exposure,
        }
    }

    /// −2 log likelihood at the best rate, without terms that no division
    /// changes.
    fn cost(&self, length: usize, penalty: Penalty) -> f64 {
        let deviance = if self.count > 0.0 {
            2.0 * self.count * (self.exposure / self.count).ln()
        } else {
            0.0
        };
        match penalty {
            Penalty::Mbic => deviance + (length as f64).ln(),
            _ => deviance,
        }
    }
}

/// A start that may still begin the last segment, and since when not.
struct Candidate {
    start: usize,
    /// Cost up to the present end, with this as the last start.
    so_far: f64,
    beaten_at: Option<usize>,
}

fn best_division(sums: &[Sums], params: &ChangepointParams) -> Vec<usize> {
    let periods = sums.len() - 1;
    let n = periods as f64;
    let (penalty, slack) = match params.penalty {
        Penalty::Bic => (n.ln(), 0.0),
        Penalty::Mbic => (3.0 * n.ln(), (4.0 / n).ln().min(0.0)),
        Penalty::Fixed(penalty) => (penalty, 0.0),
    };
    let cost = |start: usize, end: usize| {
        sums[end]
            .less(&sums[start])
            .cost(end - start, params.penalty)
    };
    let mut best = vec![f64::INFINITY; periods + 1];
    best[0] = -penalty;
    // A series shorter than two segments stays whole.
    let mut previous = vec![0_usize; periods + 1];
    let mut candidates: Vec<Candidate> = Vec::new();
    for end in params.shortest..=periods {
        let newest = end - params.shortest;
        if best[newest].is_finite() {
            candidates.push(Candidate {
                start: newest,
                so_far: f64::INFINITY,
                beaten_at: None,
            });
        }
        for candidate in &mut candidates {
            candidate.so_far = best[candidate.start] + cost(candidate.start, end);
            if candidate.so_far + penalty < best[end] {
                best[end] = candidate.so_far + penalty;
                previous[end] = candidate.start;
            }
        }
        candidates.retain_mut(|candidate| {
            if candidate.beaten_at.is_none() && candidate.so_far + slack > best[end] {
                candidate.beaten_at = Some(end);
            }
            candidate
                .beaten_at
                .is_none_or(|at| at + params.shortest > end + 1)
        });
    }
    let mut ends = vec![periods];
    while let Some(start) = ends.last().map(|end| previous[*end])
        && start > 0
    {
        ends.push(start);
    }
    ends.reverse();
    ends
}
