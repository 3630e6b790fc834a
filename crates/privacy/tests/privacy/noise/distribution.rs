//! The sampler against the exact probabilities, and against OpenDP's.

use opendp::domains::AtomDomain;
use opendp::measurements::make_laplace;
use opendp::measures::MaxDivergence;
use opendp::metrics::AbsoluteDistance;
use safeground_privacy::noise::{Allocation, ContributionBound, DiscreteLaplace, Epsilon};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::world;

/// Draws of the product itself, of one scale.
fn drawn(epsilon: Epsilon, bound: u32, n: usize) -> Vec<i64> {
    let strata = [("district".to_owned(), epsilon)].into();
    let allocation = Allocation::new(strata, 1, ContributionBound::new(bound).unwrap()).unwrap();
    let tables = vec![world::table("district", &vec![1000; n])];
    let noisy = world::release(tables, &allocation, 1);
    noisy[0].values().iter().map(|value| value - 1000).collect()
}

/// Counts by value, the tails beyond ±`edge` in the outer two.
fn histogram(values: &[i64], edge: i64) -> Vec<f64> {
    let mut seen = vec![0.0; (2 * edge + 1) as usize];
    for value in values {
        seen[(value.clamp(&-edge, &edge) + edge) as usize] += 1.0;
    }
    seen
}

/// P-value of Pearson's chi-square against the stated probabilities.
fn p_value(values: &[i64], noise: &DiscreteLaplace) -> f64 {
    let n = values.len() as f64;
    // The tail beyond the edge is expected to hold at least 20 draws.
    let edge = (1..).find(|edge| tail(noise, edge + 1) * n < 20.0).unwrap();
    let chi: f64 = (-edge..=edge)
        .zip(histogram(values, edge))
        .map(|(value, seen)| {
            let p = if value.abs() == edge {
                tail(noise, edge)
            } else {
                noise.probability(value)
            };
            (seen - n * p).powi(2) / (n * p)
        })
        .sum();
    ChiSquared::new((2 * edge) as f64).unwrap().sf(chi)
}

/// P(X ≥ edge).
fn tail(noise: &DiscreteLaplace, edge: i64) -> f64 {
    let ratio = noise.probability(2) / noise.probability(1);
    noise.probability(edge) / (1.0 - ratio)
}

#[test]
fn draws_fit_the_exact_probabilities() {
    for (epsilon, bound) in [
        ("0.6", 1),
        ("0.4", 1),
        ("1", 1),
        ("0.1", 2),
        ("0.333333", 3),
    ] {
        let epsilon: Epsilon = epsilon.parse().unwrap();
        let values = drawn(epsilon, bound, 200_000);
        let noise = DiscreteLaplace::calibrate(bound, epsilon).unwrap();
        let p = p_value(&values, &noise);
        assert!(p > 1e-3, "epsilon {epsilon}, bound {bound}: p = {p}");
    }
}

#[test]
fn the_test_of_fit_notices_a_scale_that_is_five_percent_off() {
    let values = drawn("0.6".parse().unwrap(), 1, 200_000);
    let other = DiscreteLaplace::calibrate(1, "0.63".parse().unwrap()).unwrap();
    let p = p_value(&values, &other);
    assert!(p < 1e-9, "{p}");
}

#[test]
fn neighbouring_draws_and_streams_are_not_correlated() {
    let values = drawn("0.6".parse().unwrap(), 1, 200_000);
    let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
    let centred: Vec<f64> = values.iter().map(|v| *v as f64 - mean).collect();
    let power: f64 = centred.iter().map(|v| v * v).sum();
    for lag in [1, 2, 3, 7, 64] {
        let product: f64 = centred
            .iter()
            .zip(&centred[lag..])
            .map(|(a, b)| a * b)
            .sum();
        // Five standard deviations of a correlation over n independent pairs.
        let most = 5.0 / (values.len() as f64).sqrt();
        assert!((product / power).abs() < most, "lag {lag}");
    }
}

#[test]
fn draws_fit_those_of_opendp() {
    for (epsilon, scale) in [("0.4", 2.5), ("1", 1.0), ("0.1", 10.0)] {
        let ours = drawn(epsilon.parse().unwrap(), 1, 100_000);
        let opendp = make_laplace::<_, _, MaxDivergence>(
            AtomDomain::<i64>::default(),
            AbsoluteDistance::<i64>::default(),
            scale,
            None,
        )
        .unwrap();
        let theirs: Vec<i64> = (0..20_000).map(|_| opendp.invoke(&0).unwrap()).collect();
        let edge = (6.0 * scale) as i64;
        let (a, b) = (histogram(&ours, edge), histogram(&theirs, edge));
        let (n, m) = (ours.len() as f64, theirs.len() as f64);
        // Two-sample chi-square; values that hardly occur are left out.
        let terms: Vec<f64> = a
            .iter()
            .zip(&b)
            .filter(|(a, b)| **a + **b >= 20.0)
            .map(|(a, b)| ((m / n).sqrt() * a - (n / m).sqrt() * b).powi(2) / (a + b))
            .collect();
        let chi: f64 = terms.iter().sum();
        let p = ChiSquared::new((terms.len() - 1) as f64).unwrap().sf(chi);
        // OpenDP takes no seed: one false alarm in ten million runs is borne.
        assert!(p > 1e-7, "scale {scale}: p = {p}");
    }
}

#[test]
fn opendp_grants_each_scale_the_epsilon_that_we_claim() {
    let year = |draws, bound| {
        let bound = ContributionBound::new(bound).unwrap();
        Allocation::public(draws, bound).unwrap()
    };
    for (draws, bound) in [(1, 1), (1, 2), (1, 3), (4, 1), (4, 2), (12, 5)] {
        let allocation = year(draws, bound);
        let mut total = 0.0;
        for (stratum, epsilon) in allocation.strata() {
            let (t, s) = allocation.noise(stratum).unwrap().scale();
            let opendp = make_laplace::<_, _, MaxDivergence>(
                AtomDomain::<i64>::default(),
                AbsoluteDistance::<i64>::default(),
                t as f64 / s as f64,
                None,
            )
            .unwrap();
            let theirs = opendp.map(&i64::from(bound)).unwrap();
            // Their scale is the nearest floating-point number to our fraction.
            assert!(
                (theirs / epsilon.as_f64() - 1.0).abs() < 1e-12,
                "{stratum}: {theirs}"
            );
            total += theirs;
        }
        assert!(total * f64::from(draws) <= 1.0 + 1e-12);
    }
}
