//! Targeting measured on protected counts.

use rayon::prelude::*;

use super::hidden_counts::Part;
use super::{Targeting, TargetingParams, targeting};
use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative, check_repetitions};
use crate::evidence::{CountEvidence, NoiseShape};

/// Parameters of [`protected_targeting`].
#[derive(Debug, Clone, PartialEq)]
pub struct ProtectedParams {
    targeting: TargetingParams,
    draws: usize,
    seed: u64,
    noise: NoiseShape,
}

impl ProtectedParams {
    /// Intervals from `draws` tables of counts that agree with the evidence;
    /// noise is taken as Laplace.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for fewer than 99 draws or more than ten million.
    pub fn new(targeting: TargetingParams, draws: usize, seed: u64) -> Result<Self, StatsError> {
        check_repetitions("draws", draws, 99, "a number from 99 to 10,000,000")?;
        Ok(Self {
            targeting,
            draws,
            seed,
            noise: NoiseShape::Laplace,
        })
    }

    /// The same for noise of another form.
    #[must_use]
    pub fn with_noise(mut self, noise: NoiseShape) -> Self {
        self.noise = noise;
        self
    }
}

/// An index under protection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProtectedIndex {
    /// From the published table, as if it were the truth.
    pub published: f64,
    /// Mean over tables that agree with the evidence.
    pub expected: f64,
    /// 2.5 % point of the same.
    pub low: f64,
    /// 97.5 % point.
    pub high: f64,
}

impl ProtectedIndex {
    /// published/expected: below 1 where protection makes the forecast look
    /// worse than it is.
    #[must_use]
    pub fn attenuation(&self) -> f64 {
        self.published / self.expected
    }
}

/// Result of [`protected_targeting`] for one share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProtectedTargeting {
    /// Share of the total size visited.
    pub share: f64,
    /// Hit rate; `None` where some table has no event.
    pub hit_rate: Option<ProtectedIndex>,
    /// PAI.
    pub pai: Option<ProtectedIndex>,
    /// PEI*.
    pub pei_star: Option<ProtectedIndex>,
}

/// [`targeting()`] on counts of which only protected values are known: what
/// noise and bands do to the indices, and intervals for the true ones.
///
/// A noisy count of 0 or less is taken as "0 or less", since releases set
/// negative ones to 0. Noise that is set to zero where negative adds events to quiet places and
/// pulls PAI towards 1; noise makes the optimum of PEI* look better than it
/// is, so that PEI* comes out too low (both ways of attenuation). Bands do
/// either.
///
/// 1. Places are parted by priority at the shares asked for (parts of fewer
///    than 30 places are joined with the next). In each part the true counts
///    are taken as negative binomial; its mean and size are fitted to the
///    evidence by EM on the first two moments. Parts of their own keep the
///    fit from deciding whether the forecast was right.
/// 2. For each table the fit is repeated on a bootstrap sample of the part's
///    places, the true count of each place is drawn from its distribution
///    given the evidence, and targeting is measured (multiple imputation with
///    the approximate Bayesian bootstrap, Rubin & Schenker 1986, *JASA* 81).
/// 3. Mean and 2.5 and 97.5 % points over tables.
///
/// The interval is of the events that did happen, of which protection hides
/// the number; that of forecasts to come is the back-test's
/// ([`paired_interval`](super::paired_interval)). It says nothing of noise in
/// the counts the model learned from: that makes the model worse, and the
/// back-test shows it. O(places × width of the
/// noise × draws).
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is not finite, a variance is
/// not above zero or a band is upside down.
pub fn protected_targeting(
    priorities: &[Option<f64>],
    evidence: &[Option<CountEvidence>],
    sizes: &[Option<f64>],
    params: &ProtectedParams,
) -> Result<Vec<ProtectedTargeting>, StatsError> {
    let n = priorities.len();
    check_length("evidence", evidence.len(), n)?;
    check_length("sizes", sizes.len(), n)?;
    check_finite("priority", priorities)?;
    check_not_negative("size", sizes)?;
    for (unit, evidence) in evidence.iter().enumerate() {
        check(unit, evidence.as_ref())?;
    }
    let published: Vec<Option<f64>> = evidence
        .iter()
        .map(|evidence| evidence.as_ref().map(CountEvidence::midpoint))
        .collect();
    let naive = targeting(priorities, &published, None, sizes, &params.targeting)?;
    let parts: Vec<Part> = parts(priorities, evidence, sizes, params.targeting.shares())
        .iter()
        .map(|places| Part::new(places, evidence, params.noise))
        .collect();
    let tables: Vec<Vec<Targeting>> = (0..params.draws)
        .into_par_iter()
        .map(|draw| {
            let mut random = crate::random::stream(params.seed, draw as u64);
            let mut counts = vec![None; n];
            for part in &parts {
                part.draw(&mut random, &mut counts);
            }
            targeting(priorities, &counts, None, sizes, &params.targeting)
        })
        .collect::<Result<_, _>>()?;
    Ok(naive
        .iter()
        .enumerate()
        .map(|(at, naive)| {
            let index = |of: fn(&Targeting) -> Option<f64>| {
                let values: Option<Vec<f64>> = tables.iter().map(|table| of(&table[at])).collect();
                summary(of(naive)?, values?)
            };
            ProtectedTargeting {
                share: naive.share,
                hit_rate: index(|targeting| targeting.hit_rate),
                pai: index(|targeting| targeting.pai),
                pei_star: index(|targeting| targeting.pei_star),
            }
        })
        .collect())
}

fn check(unit: usize, evidence: Option<&CountEvidence>) -> Result<(), StatsError> {
    let wrong = |what, value, expected| {
        Err(StatsError::Value {
            what,
            unit,
            value,
            expected,
        })
    };
    match evidence {
        Some(CountEvidence::Noisy { value, .. }) if !(value.is_finite() && value.abs() < 1e9) => {
            wrong("noisy count", *value, "a number below a thousand million")
        }
        Some(CountEvidence::Noisy { variance, .. }) if !(*variance > 0.0 && *variance < 1e12) => {
            wrong("variance", *variance, "a finite number above zero")
        }
        Some(CountEvidence::Band { low, high }) if high < low || *high > 1_000_000 => wrong(
            "upper end of the band",
            *high as f64,
            "no less than the lower end and at most a million",
        ),
        _ => Ok(()),
    }
}

fn summary(published: f64, mut values: Vec<f64>) -> Option<ProtectedIndex> {
    let expected = values.iter().sum::<f64>() / values.len() as f64;
    values.sort_by(f64::total_cmp);
    let at = |p: f64| {
        let rank = ((values.len() + 1) as f64 * p).round() as usize;
        values.get(rank.clamp(1, values.len()) - 1).copied()
    };
    Some(ProtectedIndex {
        published,
        expected,
        low: at(0.025)?,
        high: at(0.975)?,
    })
}

/// Fewest places from which a distribution is fitted.
const LEAST_PLACES: usize = 30;

/// Places that can be targeted, parted at the shares in order of priority.
fn parts(
    priorities: &[Option<f64>],
    evidence: &[Option<CountEvidence>],
    sizes: &[Option<f64>],
    shares: &[f64],
) -> Vec<Vec<usize>> {
    let size = |place: usize| sizes[place].unwrap_or(0.0);
    let mut order: Vec<usize> = (0..priorities.len())
        .filter(|place| {
            priorities[*place].is_some() && evidence[*place].is_some() && size(*place) > 0.0
        })
        .collect();
    order.sort_by(|a, b| {
        let of = |place: usize| priorities[place].unwrap_or(f64::NEG_INFINITY);
        of(*b).total_cmp(&of(*a)).then(a.cmp(b))
    });
    let total: f64 = order.iter().map(|place| size(*place)).sum();
    let mut cuts: Vec<f64> = shares.iter().map(|share| share * total).collect();
    cuts.sort_by(f64::total_cmp);
    let mut cuts = cuts.into_iter().peekable();
    let (mut parts, mut part, mut taken) = (Vec::new(), Vec::new(), 0.0);
    for place in order {
        taken += size(place);
        part.push(place);
        if cuts.peek().is_some_and(|cut| taken >= *cut) {
            while cuts.next_if(|cut| taken >= *cut).is_some() {}
            if part.len() >= LEAST_PLACES {
                parts.push(std::mem::take(&mut part));
            }
        }
    }
    match parts.last_mut() {
        Some(last) if part.len() < LEAST_PLACES => last.extend(part),
        _ if part.is_empty() => {}
        _ => parts.push(part),
    }
    parts
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;
    use rand_distr::{Distribution as _, Gamma, Poisson};

    use super::*;

    #[test]
    fn exact_counts_have_no_width() {
        let priorities: Vec<_> = (0..50).map(|i| Some(f64::from(i))).collect();
        let evidence: Vec<_> = (0..50)
            .map(|i| Some(CountEvidence::Exact(i * 7 % 11)))
            .collect();
        let sizes = vec![Some(1.0); 50];
        let params = ProtectedParams::new(TargetingParams::usual(), 99, 1).unwrap();
        for result in protected_targeting(&priorities, &evidence, &sizes, &params).unwrap() {
            let pai = result.pai.unwrap();
            assert!((pai.published - pai.low).abs() < 1e-12);
            assert!((pai.published - pai.high).abs() < 1e-12);
        }
    }

    /// Laplace noise set to zero where negative: the published PAI is too
    /// near to 1, the interval holds the true one.
    #[test]
    fn clamped_noise_attenuates_and_the_interval_holds_the_truth() {
        let share = TargetingParams::new(vec![0.2]).unwrap();
        let sizes = vec![Some(1.0); 300];
        let (mut held, mut below, runs) = (0, 0, 100);
        for run in 0..runs {
            let mut random = crate::random::stream(21, run);
            let (mut priorities, mut truth, mut evidence) = (vec![], vec![], vec![]);
            for _ in 0..300 {
                let mean = Gamma::new(0.5, 4.0).unwrap().sample(&mut random) + 1e-9;
                let count = Poisson::new(mean).unwrap().sample(&mut random);
                let scale = 3.0;
                let uniform: f64 = random.random::<f64>() - 0.5;
                let noise: f64 = -scale * uniform.signum() * (1.0 - 2.0 * uniform.abs()).ln();
                priorities.push(Some(mean));
                truth.push(Some(count));
                evidence.push(Some(CountEvidence::Noisy {
                    value: (count + noise).round().max(0.0),
                    variance: 2.0 * scale * scale,
                }));
            }
            let params = ProtectedParams::new(share.clone(), 99, run).unwrap();
            let pai = protected_targeting(&priorities, &evidence, &sizes, &params).unwrap()[0]
                .pai
                .unwrap();
            let true_pai = targeting(&priorities, &truth, None, &sizes, &share).unwrap()[0]
                .pai
                .unwrap();
            below += usize::from(pai.published < true_pai);
            held += usize::from(pai.low <= true_pai && true_pai <= pai.high);
        }
        assert!(below > 95, "{below} of {runs} attenuated");
        assert!(held >= 88, "{held} of {runs} held");
    }

    #[test]
    fn bad_evidence_is_refused() {
        let params = ProtectedParams::new(TargetingParams::usual(), 99, 1).unwrap();
        for bad in [
            CountEvidence::Band { low: 5, high: 2 },
            CountEvidence::Noisy {
                value: f64::NAN,
                variance: 1.0,
            },
            CountEvidence::Noisy {
                value: 1.0,
                variance: 0.0,
            },
        ] {
            assert!(
                protected_targeting(&[Some(1.0)], &[Some(bad)], &[Some(1.0)], &params).is_err()
            );
        }
        assert!(
            protected_targeting(&[], &[], &[], &params).unwrap()[0]
                .pai
                .is_none()
        );
    }
}
