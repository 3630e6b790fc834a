//! Storey's q-values.

use super::{Adjustment, adjust, is_probability};
use crate::StatsError;

/// How the share of tests where nothing is going on, π₀, is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NullShare {
    /// #(p ≥ λ)/(m(1 − λ)), at most 1: Storey (2002), *JRSS B* 64, 479–498,
    /// as qvalue's `lambda = λ`. Above λ lie hardly any but null p-values,
    /// which are uniform there.
    Fixed {
        /// λ, often 0.5.
        lambda: f64,
    },
    /// (1 + #(p ≥ λ))/(m(1 − λ)), at most 1: Storey, Taylor & Siegmund (2004),
    /// *JRSS B* 66, 187–205, with which the false discovery rate holds for
    /// finitely many independent tests. Never 0.
    Cautious {
        /// λ, often 0.5.
        lambda: f64,
    },
    /// The fixed estimate at that λ of 0.05, 0.10, … 0.95 whose estimated mean
    /// squared error about the 10 % quantile of all 19 estimates is least:
    /// qvalue's `pi0.method = "bootstrap"` since version 2, where the bootstrap
    /// of Storey, Taylor & Siegmund (2004) is worked out exactly; no random
    /// numbers are drawn.
    Bootstrap,
}

/// Parameters of [`q_values`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QValueParams {
    null_share: NullShare,
}

impl QValueParams {
    /// Checked parameters.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless λ is at least 0 and below 1.
    pub fn new(null_share: NullShare) -> Result<Self, StatsError> {
        match null_share {
            NullShare::Fixed { lambda } | NullShare::Cautious { lambda }
                if !(0.0..1.0).contains(&lambda) =>
            {
                Err(StatsError::Parameter {
                    what: "lambda",
                    value: lambda,
                    expected: "a number from 0 to less than 1",
                })
            }
            _ => Ok(Self { null_share }),
        }
    }
}

/// Result of [`q_values`].
#[derive(Debug, Clone, PartialEq)]
pub struct QValues {
    /// π₀: estimated share of tests where nothing is going on.
    pub null_share: f64,
    /// q-values in the order of the p-values: the least false discovery rate
    /// at which a test is among the discoveries.
    pub q: Vec<Option<f64>>,
}

/// Storey's q-values: Benjamini–Hochberg adjusted p-values times the estimated
/// share of tests where nothing is going on.
///
/// 1. π₀ by [`NullShare`].
/// 2. q₍ᵢ₎ = π₀ · min over j ≥ i of p₍ⱼ₎·m/j, at most π₀: Storey & Tibshirani
///    (2003), *PNAS* 100, 9440–9445, remark B; Storey (2003), *Annals of
///    Statistics* 31, 2013–2035.
///
/// The figures of R's qvalue (Bioconductor), `qvalues` and `pi0`; its default,
/// a smoothing spline through the estimates at all λ, is not offered, since at
/// its end, which is what counts, it follows the few largest p-values. λ = 0
/// gives [`Adjustment::BenjaminiHochberg`].
///
/// Needs p-values that are uniform where nothing is going on, up to 1: two- or
/// one-sided ones, not [`Alternative::Directed`](crate::significance::Alternative),
/// of which none is above a half and π₀ would be far too low. Neighbourhoods
/// make p-values depend on each other; π₀ then varies more than its formula
/// says, and with one broad pattern on the map can be much too low.
/// Benjamini & Hochberg do without it.
///
/// Undefined p-values and what is no probability do not count as tests, as in
/// [`adjust`]. `None` without any test, and where no p-value reaches λ, so that
/// the estimate is 0 (an error in qvalue). O(m log m).
#[must_use]
pub fn q_values(p_values: &[Option<f64>], params: &QValueParams) -> Option<QValues> {
    let mut sorted: Vec<f64> = p_values.iter().flatten().copied().collect();
    sorted.retain(is_probability);
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let null_share = match params.null_share {
        NullShare::Fixed { lambda } => share_at(&sorted, lambda, 0.0),
        NullShare::Cautious { lambda } => share_at(&sorted, lambda, 1.0),
        NullShare::Bootstrap => share_of_least_error(&sorted),
    }
    .min(1.0);
    (null_share > 0.0).then(|| QValues {
        null_share,
        q: adjust(p_values, Adjustment::BenjaminiHochberg)
            .into_iter()
            .map(|adjusted| adjusted.map(|p| null_share * p))
            .collect(),
    })
}

/// P-values of at least λ.
fn beyond(sorted: &[f64], lambda: f64) -> f64 {
    (sorted.len() - sorted.partition_point(|p| *p < lambda)) as f64
}

fn share_at(sorted: &[f64], lambda: f64, more: f64) -> f64 {
    (beyond(sorted, lambda) + more) / (sorted.len() as f64 * (1.0 - lambda))
}

fn share_of_least_error(sorted: &[f64]) -> f64 {
    let tests = sorted.len() as f64;
    let lambdas: Vec<f64> = (0..19).map(|step| 0.05 + f64::from(step) * 0.05).collect();
    let shares: Vec<f64> = lambdas
        .iter()
        .map(|lambda| share_at(sorted, *lambda, 0.0))
        .collect();
    let mut ranked = shares.clone();
    ranked.sort_by(f64::total_cmp);
    // The 10 % quantile of 19 values, between the second and the third.
    let low = ranked[1] + 0.8 * (ranked[2] - ranked[1]);
    let error = |at: usize| {
        let (beyond, left) = (beyond(sorted, lambdas[at]), 1.0 - lambdas[at]);
        beyond / (tests * left).powi(2) * (1.0 - beyond / tests) + (shares[at] - low).powi(2)
    };
    let errors: Vec<f64> = (0..shares.len()).map(error).collect();
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    shares
        .iter()
        .zip(&errors)
        .filter(|(_, error)| **error == least)
        .map(|(share, _)| *share)
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Sixty p-values that R and we can both write down.
    fn sixty() -> Vec<Option<f64>> {
        (1..=60)
            .map(|i| {
                let u = (f64::from(i) * 0.754_877_666_246_692_7).fract();
                Some(if i % 3 == 0 { u.powi(4) } else { u })
            })
            .collect()
    }

    /// `qvalue` of Bioconductor 3.16 (2.30.0), `pi0` and the first four q.
    #[test]
    fn q_values_agree_with_those_of_qvalue() {
        let cases = [
            (
                NullShare::Fixed { lambda: 0.3 },
                0.785_714_285_714_285_8,
                [
                    0.709_776_186_707_961,
                    0.630_997_556_146_642,
                    0.038_533_693_793_052_8,
                ],
            ),
            (
                NullShare::Fixed { lambda: 0.5 },
                0.8,
                [
                    0.722_681_208_284_469,
                    0.642_470_238_985_672,
                    0.039_234_306_407_471_9,
                ],
            ),
            (
                NullShare::Bootstrap,
                0.703_703_703_703_703_8,
                [
                    0.635_691_803_583_561,
                    0.565_135_858_367_026,
                    0.034_511_658_413_979_9,
                ],
            ),
        ];
        for (null_share, expected, q) in cases {
            let found = q_values(&sixty(), &QValueParams::new(null_share).unwrap()).unwrap();
            assert!(
                (found.null_share - expected).abs() < 1e-14,
                "{null_share:?}"
            );
            for (ours, theirs) in found.q.iter().zip(q) {
                assert!(
                    (ours.unwrap() / theirs - 1.0).abs() < 1e-12,
                    "{null_share:?}"
                );
            }
        }
    }

    #[test]
    fn no_p_value_above_lambda_gives_no_share() {
        let p = [Some(0.01), Some(0.2), None, Some(f64::NAN)];
        let with = |null_share| q_values(&p, &QValueParams::new(null_share).unwrap());
        assert_eq!(with(NullShare::Fixed { lambda: 0.5 }), None);
        let cautious = with(NullShare::Cautious { lambda: 0.5 }).unwrap();
        assert_eq!(cautious.null_share, 1.0);
        assert_eq!(cautious.q, [Some(0.02), Some(0.2), None, None]);
        let nothing = QValueParams::new(NullShare::Bootstrap).unwrap();
        assert_eq!(q_values(&[None], &nothing), None);
        for lambda in [-0.1, 1.0, f64::NAN] {
            assert!(QValueParams::new(NullShare::Fixed { lambda }).is_err());
            assert!(QValueParams::new(NullShare::Cautious { lambda }).is_err());
        }
    }

    /// A quarter of 400 independent tests has an effect: the share of false
    /// discoveries at 10 % is at most that on average, and there are more
    /// discoveries than by Benjamini and Hochberg.
    #[test]
    fn the_false_discovery_rate_holds_and_more_is_found() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let sets = 500;
        let (mut shares, mut found, mut plain) = (vec![Vec::new(); 3], [0; 3], 0);
        for _ in 0..sets {
            let p: Vec<Option<f64>> = (0..400)
                .map(|test| {
                    let u: f64 = random.random();
                    Some(if test % 4 == 0 { u.powi(8) } else { u })
                })
                .collect();
            let small = |q: &Option<f64>| q.is_some_and(|q| q <= 0.1);
            let adjusted = adjust(&p, Adjustment::BenjaminiHochberg);
            plain += adjusted.iter().filter(|q| small(q)).count();
            for (at, null_share) in [
                NullShare::Fixed { lambda: 0.5 },
                NullShare::Cautious { lambda: 0.5 },
                NullShare::Bootstrap,
            ]
            .into_iter()
            .enumerate()
            {
                let q = q_values(&p, &QValueParams::new(null_share).unwrap())
                    .unwrap()
                    .q;
                let all = q.iter().filter(|q| small(q)).count();
                let wrong = (q.iter().enumerate()).filter(|(test, q)| test % 4 != 0 && small(q));
                found[at] += all;
                shares[at].push(wrong.count() as f64 / all.max(1) as f64);
            }
        }
        for (at, shares) in shares.into_iter().enumerate() {
            let n = f64::from(sets);
            let mean = shares.iter().sum::<f64>() / n;
            let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
            assert!(mean <= 0.1 + 3.0 * (variance / n).sqrt(), "{at}: {mean}");
            assert!(found[at] > plain, "{at}: {} {plain}", found[at]);
        }
    }

    proptest! {
        #[test]
        fn q_values_order_as_p_values_and_are_at_most_adjusted_ones(
            p in prop::collection::vec(prop::option::of(0.0..=1.0f64), 1..60),
            lambda in 0.0..0.95f64,
        ) {
            let adjusted = adjust(&p, Adjustment::BenjaminiHochberg);
            for null_share in [
                NullShare::Fixed { lambda },
                NullShare::Cautious { lambda },
                NullShare::Bootstrap,
            ] {
                let Some(found) = q_values(&p, &QValueParams::new(null_share).unwrap()) else {
                    continue;
                };
                prop_assert!(0.0 < found.null_share && found.null_share <= 1.0);
                for (a, (q, adjusted)) in p.iter().zip(found.q.iter().zip(&adjusted)) {
                    prop_assert_eq!(q.is_some(), a.is_some());
                    prop_assert!(*q <= *adjusted);
                    for (b, other) in p.iter().zip(&found.q) {
                        if a.is_some() && b.is_some() && a < b {
                            prop_assert!(q <= other);
                        }
                    }
                }
            }
            let whole = QValueParams::new(NullShare::Fixed { lambda: 0.0 }).unwrap();
            if let Some(found) = q_values(&p, &whole) {
                prop_assert_eq!(found.q, adjusted);
            }
        }
    }
}
