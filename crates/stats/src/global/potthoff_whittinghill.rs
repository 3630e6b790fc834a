//! Potthoff and Whittinghill's test of overdispersion.

use super::cases::{Cases, multinomial};
use super::deviate::Deviate;
use super::permutation::{PermutationTest, Permutations, simulated};
use crate::StatsError;

const METHOD: &str = "Potthoff and Whittinghill's test";

/// Result of [`potthoff_whittinghill`].
#[derive(Debug, Clone, PartialEq)]
pub struct PotthoffWhittinghill {
    /// E₊ Σ O(O − 1)/E.
    pub statistic: f64,
    /// Its exact moments if cases fall at random; `None` with a single case.
    pub deviate: Option<Deviate>,
    /// Cases allotted at random (multinomial), if asked for.
    pub simulation: Option<PermutationTest>,
}

/// Potthoff and Whittinghill's test: whether counts vary more than by chance,
/// wherever they lie. Needs no weights.
///
/// Potthoff & Whittinghill (1966), *Biometrika* 53: the locally most powerful
/// test against relative risks that follow a gamma distribution.
///
/// 1. T = E₊ Σ O_i(O_i − 1)/E_i.
/// 2. Given N = O₊ cases over m units, E(T) = N(N − 1) and V(T) =
///    2(m − 1)N(N − 1), exactly. R's `DCluster` has 2mN(N − 1), which holds
///    for many units.
/// 3. If asked for, T of cases allotted at random.
///
/// Overdispersion is `Greater`. O(units). Units without counts or with
/// nothing expected are left out.
///
/// # Errors
/// [`StatsError`] as in [`tango_index`](super::tango_index).
pub fn potthoff_whittinghill(
    cases: &[Option<f64>],
    expected: &[Option<f64>],
    simulations: Option<Permutations>,
) -> Result<PotthoffWhittinghill, StatsError> {
    let cases = Cases::new(METHOD, cases, expected)?;
    let of = |counts: &[f64]| -> f64 {
        let terms = counts.iter().zip(&cases.shares);
        terms.map(|(count, p)| count * (count - 1.0) / p).sum()
    };
    let statistic = of(&cases.observed);
    let pairs = cases.total * (cases.total - 1.0);
    let variance = 2.0 * (cases.units.len() as f64 - 1.0) * pairs;
    let simulation = match simulations {
        None => None,
        Some(simulations) => {
            let total = cases.whole_total()?;
            let reference = simulated(simulations, |random| {
                let mut counts = Vec::with_capacity(cases.shares.len());
                multinomial(random, total, &cases.shares, &mut counts);
                of(&counts)
            });
            Some(PermutationTest::of(statistic, reference))
        }
    };
    Ok(PotthoffWhittinghill {
        statistic,
        deviate: Deviate::of(statistic, pairs, variance, 0.0),
        simulation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to put four cases into three places.
    #[test]
    fn moments_are_those_of_all_allotments() {
        let shares = [0.5, 0.3, 0.2];
        let expected = shares.map(|p| Some(p * 4.0));
        let (mut mean, mut square) = (0.0, 0.0);
        let mut deviate = None;
        for code in 0..81_usize {
            let places = [1, 3, 9, 27].map(|power| code / power % 3);
            let probability: f64 = places.iter().map(|place| shares[*place]).product();
            let counts =
                [0, 1, 2].map(|place| Some(places.iter().filter(|x| **x == place).count() as f64));
            let result = potthoff_whittinghill(&counts, &expected, None).unwrap();
            mean += probability * result.statistic;
            square += probability * result.statistic.powi(2);
            deviate = result.deviate;
        }
        let deviate = deviate.unwrap();
        assert!((deviate.expected - mean).abs() < 1e-10);
        assert!((deviate.variance - (square - mean * mean)).abs() < 1e-9);
    }
}
