//! The likelihood of a gamma prior given evidence of counts.

use rayon::prelude::*;

use super::gamma_prior::GammaPrior;
use super::poisson_gamma::PriorErrors;
use super::true_count::{CountList, TrueCount};
use crate::StatsError;
use crate::evidence::CountEvidence;
use crate::special::maximum::{Curved, climb};
use crate::special::rising::rising;

/// A unit with evidence and an exposure above 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) evidence: CountEvidence,
    pub(super) exposure: f64,
}

/// The prior of greatest likelihood.
pub(super) struct Maximum {
    pub(super) prior: GammaPrior,
    pub(super) errors: Option<PriorErrors>,
    pub(super) log_likelihood: f64,
}

/// Below this relative variance the gamma distribution is a point to all
/// digits that counts can tell.
const LEAST_DISPERSION: f64 = 1e-10;

pub(super) fn maximum(units: &[Unit]) -> Result<Maximum, StatsError> {
    let total: f64 = units.iter().map(|unit| unit.exposure).sum();
    let counts: f64 = units.iter().map(|unit| unit.evidence.midpoint()).sum();
    // Half a case where nothing but noise and zeros is seen.
    let pooled = counts.max(0.5) / total;
    let (log_mean, flat) = mean_given(units, 0.0, pooled.ln())?;
    let largest = units.iter().fold(0.0_f64, |most, unit| {
        most.max(unit.exposure * log_mean.exp())
    });
    // So little dispersion that the likelihood is a straight line from 0.
    let little = 1e-2 / largest.max(1.0);
    let rises = likelihood(units, log_mean, 1e-5 * little).gradient[1] > 0.0;
    let start = moment_dispersion(units, pooled);
    // Where the likelihood falls from 0 on there may still be a maximum
    // further out; where it rises, a failed start is tried again from there.
    let (starts, least) = if rises {
        ([start, 1.0], LEAST_DISPERSION)
    } else {
        ([start.max(0.3), 3.0], little)
    };
    let mut best: Option<([f64; 2], Curved)> = None;
    for dispersion in starts {
        let (at, curved) = climb(
            [log_mean, dispersion.ln()],
            |at| at[1] < least.ln() || too_far(at[0], log_mean),
            |at| likelihood(units, at[0], at[1].exp()),
        );
        if too_far(at[0], log_mean) {
            return Err(not_identified());
        }
        if at[1] >= least.ln() && curved.covariance().is_some() {
            best = Some((at, curved));
        }
        if best.is_some() || !rises {
            break;
        }
    }
    let rounding = 1e-12 * (1.0 + flat.value.abs());
    match best.filter(|(_, best)| best.value > flat.value + rounding) {
        Some(([log_mean, log_dispersion], curved)) => Ok(Maximum {
            prior: GammaPrior::relative(log_mean.exp(), log_dispersion.exp()),
            errors: curved
                .covariance()
                .map(|[mean, both, dispersion]| PriorErrors {
                    log_mean: mean.sqrt(),
                    log_relative_variance: Some(dispersion.sqrt()),
                    correlation: Some(both / (mean * dispersion).sqrt()),
                }),
            log_likelihood: curved.value,
        }),
        None => Ok(Maximum {
            prior: GammaPrior::relative(log_mean.exp(), 0.0),
            errors: (flat.hessian[0] < 0.0).then(|| PriorErrors {
                log_mean: (-flat.hessian[0]).sqrt().recip(),
                log_relative_variance: None,
                correlation: None,
            }),
            log_likelihood: flat.value,
        }),
    }
}

/// A mean that runs off by 10¹⁰ has nothing to hold it.
fn too_far(log_mean: f64, start: f64) -> bool {
    (log_mean - start).abs() > 23.0
}

fn not_identified() -> StatsError {
    StatsError::NotIdentified {
        method: "poisson-gamma model",
        reason: "they fit ever smaller or ever larger rates ever better; \
                 use more units, a longer period, or narrower bands",
    }
}

/// ln mean of greatest likelihood for a given dispersion, and the likelihood.
pub(super) fn mean_given(
    units: &[Unit],
    dispersion: f64,
    start: f64,
) -> Result<(f64, Curved), StatsError> {
    let (at, curved) = climb(
        [start, 0.0],
        |at| too_far(at[0], start),
        |at| {
            let mut curved = likelihood(units, at[0], dispersion);
            // The second variable is held fast, on the scale of the first.
            curved.gradient[1] = 0.0;
            curved.hessian[1] = 0.0;
            curved.hessian[2] = curved.hessian[0];
            curved
        },
    );
    // Evidence that says nothing leaves nothing but rounding of what exact
    // counts would tell.
    let exact: f64 = units
        .iter()
        .map(|unit| {
            let mean = at[0].exp() * unit.exposure;
            mean / (1.0 + dispersion * mean)
        })
        .sum();
    let told = -curved.hessian[0];
    if too_far(at[0], start) || !curved.value.is_finite() || told <= 1e-10 * exact {
        return Err(not_identified());
    }
    Ok((at[0], curved))
}

/// Relative variance by moments, as a start: what the counts vary more than
/// Poisson, less the variance of noise and of a flat distribution on a band.
fn moment_dispersion(units: &[Unit], pooled: f64) -> f64 {
    let (mut excess, mut room) = (0.0, 0.0);
    for unit in units {
        let mean = pooled * unit.exposure;
        let blur = match unit.evidence {
            CountEvidence::Exact(_) => 0.0,
            CountEvidence::Noisy { variance, .. } => variance,
            CountEvidence::Band { low, high } => {
                let width = (high - low) as f64 + 1.0;
                if high == u64::MAX {
                    0.0
                } else {
                    (width * width - 1.0) / 12.0
                }
            }
        };
        let difference = unit.evidence.midpoint() - mean;
        excess += (difference * difference - mean - blur) / (1.0 + mean);
        room += mean * mean / (1.0 + mean);
    }
    (excess / room).clamp(1e-3, 10.0)
}

/// ln likelihood with its derivatives by ln mean and ln dispersion (by the
/// mean alone where the dispersion is 0). Units are summed in their order, so
/// that the number of threads does not matter.
pub(super) fn likelihood(units: &[Unit], log_mean: f64, dispersion: f64) -> Curved {
    let rate = log_mean.exp();
    let each: Vec<Curved> = units
        .par_iter()
        .with_min_len(256)
        .map(|unit| of_unit(unit, rate, dispersion))
        .collect();
    let mut sum = Curved::ZERO;
    for curved in &each {
        sum.add(curved);
    }
    sum
}

/// Derivatives of a unit's ln likelihood.
fn of_unit(unit: &Unit, rate: f64, dispersion: f64) -> Curved {
    let mean = rate * unit.exposure;
    let count = TrueCount::new(&unit.evidence, mean, dispersion);
    match &count {
        TrueCount::Among(counts) => of_counts(counts, mean, dispersion),
        TrueCount::Except { excluded, odds, .. } => {
            of_others(&of_counts(excluded, mean, dispersion), *odds)
        }
    }
}

/// Derivatives of ln(1 − P) from those of ln P, by the chain rule: with the
/// odds r = P/(1 − P), gradient G and second derivatives H of ln P they are
/// −rG and −rH − r(1 + r)GGᵀ.
fn of_others(below: &Curved, odds: f64) -> Curved {
    let [a, b] = below.gradient;
    let [aa, ab, bb] = below.hessian;
    let second = |curve: f64, square: f64| -odds * (curve + (1.0 + odds) * square);
    Curved {
        value: -odds.ln_1p(),
        gradient: [-odds * a, -odds * b],
        hessian: [second(aa, a * a), second(ab, a * b), second(bb, b * b)],
    }
}

/// Derivatives of ln of the summed probability of counts. Given the true count
/// y they are those of the negative binomial distribution; where y is
/// uncertain, Louis's identity: the gradient is the expected gradient, the
/// second derivatives are the expected ones plus the covariance of the
/// gradient.
fn of_counts(count: &CountList, mean: f64, dispersion: f64) -> Curved {
    let mut sums = rising(1.0, dispersion, count.first);
    let z = dispersion * mean;
    let total = 1.0 + z;
    let (h, slope) = log_excess(z);
    let mut expected = Curved::ZERO;
    let mut squares = [0.0; 3];
    // Gradients are taken from that of the first count, so that their spread
    // does not drown in their size.
    let mut anchor = None;
    let mut shifted_mean = [0.0; 2];
    for (at, probability) in count.probabilities.iter().enumerate() {
        let y = (count.first + at as u64) as f64;
        let gap = y - mean;
        let by_dispersion = sums.by_step + mean * mean * h - y * mean / total;
        let by_dispersion_twice =
            -sums.ss + mean * mean * mean * slope + y * mean * mean / (total * total);
        let gradient = [gap / total, dispersion * by_dispersion];
        let hessian = [
            -mean * (1.0 + dispersion * y) / (total * total),
            -dispersion * gap * mean / (total * total),
            dispersion * (dispersion * by_dispersion_twice + by_dispersion),
        ];
        let from = *anchor.get_or_insert(gradient);
        let shifted = [gradient[0] - from[0], gradient[1] - from[1]];
        for i in 0..2 {
            expected.gradient[i] += probability * gradient[i];
            shifted_mean[i] += probability * shifted[i];
        }
        for (sum, part) in expected.hessian.iter_mut().zip(hessian) {
            *sum += probability * part;
        }
        squares[0] += probability * shifted[0] * shifted[0];
        squares[1] += probability * shifted[0] * shifted[1];
        squares[2] += probability * shifted[1] * shifted[1];
        // The sums for one count more.
        let share = y / (1.0 + dispersion * y);
        sums.by_step += share;
        sums.ss += share * share;
    }
    let [a, b] = shifted_mean;
    for (sum, covariance) in expected.hessian.iter_mut().zip([
        squares[0] - a * a,
        squares[1] - a * b,
        squares[2] - b * b,
    ]) {
        *sum += covariance;
    }
    expected.value = count.log_marginal;
    expected
}

/// h(z) = (ln(1 + z) − z/(1 + z))/z² and its derivative.
fn log_excess(z: f64) -> (f64, f64) {
    if z < 0.02 {
        // Σ (−z)^j (j + 1)/(j + 2).
        let (mut value, mut slope, mut power) = (0.5, 0.0, 1.0);
        for j in 1..10_u32 {
            let j = f64::from(j);
            let factor = (j + 1.0) / (j + 2.0);
            slope -= j * factor * power;
            power *= -z;
            value += factor * power;
        }
        return (value, slope);
    }
    let value = (z.ln_1p() - z / (1.0 + z)) / (z * z);
    (value, 1.0 / (z * (1.0 + z) * (1.0 + z)) - 2.0 * value / z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        let units = [
            (CountEvidence::Exact(0), 3.0),
            (CountEvidence::Exact(7), 20.0),
            (CountEvidence::Exact(900), 800.0),
            (
                CountEvidence::Noisy {
                    value: -2.0,
                    variance: 4.0,
                },
                8.0,
            ),
            (
                CountEvidence::Noisy {
                    value: 31.5,
                    variance: 7.8,
                },
                50.0,
            ),
            (CountEvidence::Band { low: 5, high: 9 }, 4.0),
            (
                CountEvidence::Band {
                    low: 40,
                    high: u64::MAX,
                },
                30.0,
            ),
        ]
        .map(|(evidence, exposure)| Unit { evidence, exposure });
        for (log_mean, log_dispersion) in
            [(0.0_f64, -1.0_f64), (-0.5, 1.0), (0.3, -4.0), (0.1, -9.0)]
        {
            let at = |a: f64, b: f64| likelihood(&units, a, b.exp());
            let here = at(log_mean, log_dispersion);
            let step = 1e-5;
            for (index, (a, b)) in [(step, 0.0), (0.0, step)].into_iter().enumerate() {
                let up = at(log_mean + a, log_dispersion + b);
                let down = at(log_mean - a, log_dispersion - b);
                let slope = (up.value - down.value) / (2.0 * step);
                let scale = 1.0 + here.value.abs();
                assert!(
                    (here.gradient[index] - slope).abs() < 1e-6 * scale,
                    "{here:?} {slope}"
                );
                for other in 0..2 {
                    let curve = (up.gradient[other] - down.gradient[other]) / (2.0 * step);
                    let ours = here.hessian[index + other];
                    assert!((ours - curve).abs() < 1e-5 * scale, "{here:?} {curve}");
                }
            }
        }
    }

    fn open_units() -> Vec<(Unit, f64)> {
        let mut units = Vec::new();
        for mean in [2.0, 40.0, 300.0, 3000.0] {
            for dispersion in [1e-5, 0.05, 0.3, 1.0, 3.0, 20.0] {
                for low in [1, 5, 50, 400] {
                    let unit = Unit {
                        evidence: CountEvidence::Band {
                            low,
                            high: u64::MAX,
                        },
                        exposure: mean,
                    };
                    if let TrueCount::Except { .. } =
                        TrueCount::new(&unit.evidence, mean, dispersion)
                    {
                        units.push((unit, dispersion));
                    }
                }
            }
        }
        assert!(units.len() > 60, "{}", units.len());
        units
    }

    #[test]
    fn an_open_band_has_the_likelihood_of_its_counts_listed_one_by_one() {
        for (unit, dispersion) in open_units() {
            let mean = unit.exposure;
            // Lists of millions, and their rounding, are spared.
            if dispersion * mean > 1e4 {
                continue;
            }
            let ours = of_unit(&unit, 1.0, dispersion);
            let TrueCount::Among(counts) = TrueCount::listed(&unit.evidence, mean, dispersion)
            else {
                panic!("a list was asked for");
            };
            let listed = of_counts(&counts, mean, dispersion);
            // The list is left with the rounding of up to 10⁵
            // derivatives that cancel, of the size that those of single counts
            // have.
            let [a, b] = [0, 2].map(|i| {
                let single = |y| {
                    let exact = TrueCount::listed(&CountEvidence::Exact(y), mean, dispersion);
                    let TrueCount::Among(counts) = exact else {
                        panic!("a list was asked for");
                    };
                    of_counts(&counts, mean, dispersion).hessian[i].abs()
                };
                single(0).max(single((2.0 * mean) as u64)).sqrt()
            });
            for (ours, listed, scale) in [
                (ours.value, listed.value, 1.0),
                (ours.gradient[0], listed.gradient[0], a),
                (ours.gradient[1], listed.gradient[1], b),
                (ours.hessian[0], listed.hessian[0], a * a),
                (ours.hessian[1], listed.hessian[1], a * b),
                (ours.hessian[2], listed.hessian[2], b * b),
            ] {
                assert!(
                    (ours - listed).abs() <= 1e-9 * (listed.abs() + scale),
                    "{unit:?} {dispersion}: {ours} {listed} {scale}"
                );
            }
        }
    }

    #[test]
    fn more_than_no_case_has_the_likelihood_written_out() {
        // P(0) = (1 + φμ)^(−1/φ).
        for mean in [0.3, 20.0, 3e3, 1e6] {
            for dispersion in [0.02, 0.7, 12.0] {
                let unit = Unit {
                    evidence: CountEvidence::Band {
                        low: 1,
                        high: u64::MAX,
                    },
                    exposure: mean,
                };
                let total: f64 = 1.0 + dispersion * mean;
                let log_none = -total.ln() / dispersion;
                let odds = 1.0 / (-log_none).exp_m1();
                let ours = of_unit(&unit, 1.0, dispersion);
                for (ours, expected) in [
                    (ours.value, -odds.ln_1p()),
                    (ours.gradient[0], odds * mean / total),
                    (
                        ours.gradient[1],
                        -odds * (total.ln() / dispersion - mean / total),
                    ),
                ] {
                    assert!(
                        (ours - expected).abs() <= 1e-9 * expected.abs(),
                        "{mean} {dispersion}: {ours} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn derivatives_of_each_open_band_are_those_of_its_value() {
        let step = 1e-4;
        for (unit, dispersion) in open_units() {
            let at = |a: f64, b: f64| of_unit(&unit, a.exp(), dispersion * b.exp());
            let here = at(0.0, 0.0);
            for (index, (a, b)) in [(step, 0.0), (0.0, step)].into_iter().enumerate() {
                let (up, down) = (at(a, b), at(-a, -b));
                let slope = (up.value - down.value) / (2.0 * step);
                let ours = here.gradient[index];
                let scale = ours.abs() + here.hessian[2 * index].abs();
                assert!(
                    (ours - slope).abs() < 1e-5 * scale + 1e-10,
                    "{unit:?} {dispersion}: {ours} {slope}"
                );
                for other in 0..2 {
                    let curve = (up.gradient[other] - down.gradient[other]) / (2.0 * step);
                    let ours = here.hessian[index + other];
                    assert!(
                        (ours - curve).abs() < 1e-4 * scale + 1e-10,
                        "{unit:?} {dispersion}: {ours} {curve}"
                    );
                }
            }
        }
    }
}
