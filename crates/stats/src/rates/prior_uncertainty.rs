//! Priors in proportion to their plausibility.

use super::gamma_prior::GammaPrior;
use super::poisson_gamma_likelihood::{Maximum, Unit, likelihood, mean_given};
use crate::special::maximum::Curved;

/// How far below the greatest ln likelihood a prior still counts.
const DEPTH: f64 = 10.0;
/// Nodes and weights of the Gauss-Legendre rule on −1 … 1 (15 points), the
/// positive half.
const LEGENDRE: [(f64, f64); 8] = [
    (0.0, 0.202_578_241_925_561_3),
    (0.201_194_093_997_434_5, 0.198_431_485_327_111_6),
    (0.394_151_347_077_563_4, 0.186_161_000_015_562_2),
    (0.570_972_172_608_538_8, 0.166_269_205_816_993_9),
    (0.724_417_731_360_170_1, 0.139_570_677_926_154_3),
    (0.848_206_583_410_427_2, 0.107_159_220_467_171_9),
    (0.937_273_392_400_706, 0.070_366_047_488_108_1),
    (0.987_992_518_020_485, 0.030_753_241_996_117_3),
];
/// Gauss-Hermite rule of three points for a standard normal variable.
const HERMITE: [(f64, f64); 3] = [
    (-1.732_050_807_568_877_3, 1.0 / 6.0),
    (0.0, 2.0 / 3.0),
    (1.732_050_807_568_877_3, 1.0 / 6.0),
];

/// The same of five points.
const HERMITE_5: [(f64, f64); 5] = [
    (-2.856_970_013_872_806, 0.011_257_411_327_720_7),
    (-1.355_626_179_974_266, 0.222_075_922_005_612_6),
    (0.0, 8.0 / 15.0),
    (1.355_626_179_974_266, 0.222_075_922_005_612_6),
    (2.856_970_013_872_806, 0.011_257_411_327_720_7),
];
/// Largest coefficient of variation that is considered.
const MOST: f64 = 10.0;
/// Standard errors from 0 beyond which the likelihood of the coefficient of
/// variation is close to normal.
const FAR: f64 = 8.0;

/// Priors with weights that sum to 1: the posterior of the prior for a flat
/// density of ln mean and of the relative variance φ.
///
/// Flat for a variance is what Datta, Rao & Smith (2005, *Biometrika* 92) find
/// to cover in the normal counterpart of this model; in our simulations flat
/// for √φ fell short by half a point with 25 units. The density can be summed
/// up if at least 3 units have a case; φ is cut off at 100 in any case.
/// 1. s = √φ, the coefficient of variation of the true rates, runs over the
///    range where the likelihood, maximised over the mean, is
///    within e⁻¹⁰ of its maximum, by Gauss-Legendre quadrature of 15 points;
///    or, where its estimate lies more than 8 standard errors from 0, by
///    Gauss-Hermite quadrature of 5 points;
/// 2. for each s, ln mean by Gauss-Hermite quadrature of 3 points about its
///    maximum.
pub(super) fn plausible_priors(units: &[Unit], maximum: &Maximum) -> Vec<(f64, GammaPrior)> {
    let log_mean = maximum.prior.mean().ln();
    let profile = |spread: f64| -> Option<(f64, Curved)> {
        mean_given(units, spread * spread, log_mean).ok()
    };
    let mut nodes: Vec<(f64, GammaPrior)> = Vec::with_capacity(45);
    for (spread, weight) in spreads(maximum, |spread| {
        profile(spread).map_or(f64::INFINITY, |(_, at)| maximum.log_likelihood - at.value)
    }) {
        let Some((centre, at)) = profile(spread) else {
            continue;
        };
        let width = (-at.hessian[0]).sqrt().recip();
        for (z, share) in HERMITE {
            let log_mean = centre + z * width;
            let value = likelihood(units, log_mean, spread * spread).value;
            // ∫ L d ln m ≈ width·Σ share·L/normal density.
            let log = value - maximum.log_likelihood + 0.5 * z * z;
            nodes.push((
                weight * width * share * log.exp(),
                GammaPrior::relative(log_mean.exp(), spread * spread),
            ));
        }
    }
    let sum = |nodes: &[(f64, GammaPrior)]| nodes.iter().map(|(weight, _)| weight).sum::<f64>();
    let total = sum(&nodes);
    if total.is_nan() || total <= 0.0 {
        return vec![(1.0, maximum.prior)];
    }
    nodes.retain(|(weight, _)| *weight > 1e-6 * total);
    let total = sum(&nodes);
    for (weight, _) in &mut nodes {
        *weight /= total;
    }
    nodes
}

/// Coefficients of variation with the weights of a quadrature, their density s
/// (flat for s²) included. `falls_by` is
/// how far ln likelihood lies below its maximum.
fn spreads(maximum: &Maximum, falls_by: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let best = maximum.prior.relative_variance().sqrt();
    let error = maximum
        .errors
        .and_then(|errors| errors.log_relative_variance)
        // s = e^(½ ln φ).
        .map(|error| 0.5 * best * error)
        .filter(|error| best > FAR * error);
    if let Some(error) = error {
        return HERMITE_5
            .iter()
            .map(|(z, share)| {
                let spread = best + z * error;
                (spread, spread * share * (0.5 * z * z).exp())
            })
            .collect();
    }
    let low = if best == 0.0 || falls_by(0.0) <= DEPTH {
        0.0
    } else {
        edge(0.0, best, |s| falls_by(s) > DEPTH)
    };
    let mut beyond = (2.0 * best).clamp(0.05, MOST);
    while beyond < MOST && falls_by(beyond) <= DEPTH {
        beyond = (1.6 * beyond).min(MOST);
    }
    let high = edge(beyond, best, |s| falls_by(s) > DEPTH);
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    LEGENDRE
        .iter()
        .flat_map(|(x, weight)| {
            let node = |spread: f64| (spread, spread * weight);
            let mirrored = (*x > 0.0).then(|| node(middle - half * x));
            std::iter::once(node(middle + half * x)).chain(mirrored)
        })
        .collect()
}

/// Where a condition that holds at `outside` and not at `inside` turns, to a
/// sixtieth of the distance.
fn edge(outside: f64, inside: f64, condition: impl Fn(f64) -> bool) -> f64 {
    let (mut outside, mut inside) = (outside, inside);
    for _ in 0..6 {
        let middle = 0.5 * (outside + inside);
        if condition(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::CountEvidence;
    use crate::rates::poisson_gamma_likelihood;

    #[test]
    fn the_grid_agrees_with_brute_force() {
        let units: Vec<Unit> = [3, 9, 4, 0, 7, 12, 2, 5, 6, 21]
            .iter()
            .map(|y| Unit {
                evidence: CountEvidence::Exact(*y),
                exposure: 10.0,
            })
            .collect();
        let maximum = poisson_gamma_likelihood::maximum(&units).unwrap();
        let nodes = plausible_priors(&units, &maximum);
        let moments = |nodes: &[(f64, GammaPrior)]| {
            let total: f64 = nodes.iter().map(|(w, _)| w).sum();
            [
                nodes.iter().map(|(w, p)| w * p.mean()).sum::<f64>() / total,
                nodes
                    .iter()
                    .map(|(w, p)| w / (1.0 + p.relative_variance()))
                    .sum::<f64>()
                    / total,
            ]
        };
        let mut fine = Vec::new();
        for i in 0..500 {
            for j in 0..160 {
                let spread = (f64::from(i) + 0.5) * 0.02;
                let log_mean = maximum.prior.mean().ln() + (f64::from(j) - 79.5) * 0.05;
                let value = likelihood(&units, log_mean, spread * spread).value;
                let weight = spread * (value - maximum.log_likelihood).exp();
                fine.push((
                    weight,
                    GammaPrior::relative(log_mean.exp(), spread * spread),
                ));
            }
        }
        let (ours, brute) = (moments(&nodes), moments(&fine));
        for (a, b) in ours.iter().zip(brute) {
            assert!((a - b).abs() < 0.02 * b, "{ours:?} {brute:?}");
        }
    }
}
