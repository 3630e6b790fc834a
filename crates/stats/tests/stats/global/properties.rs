//! Definitions, invariances and moments over all arrangements.

use proptest::prelude::*;
use safeground_stats::global::{
    AutocorrelationParams, EbMoranParams, Islands, JoinCountParams, Permutations, Sampling,
    bivariate_moran_i, eb_moran_i, geary_c, getis_ord_g, join_counts, moran_i, oden_i_pop,
    potthoff_whittinghill, rogerson_r, stone_test, tango_index,
};
use safeground_stats::weights::SpatialWeights;

use super::{Column, binary, high, row};
use crate::graphs::{random_weights, square};
use crate::threads::on_any_threads;

/// The definitions over a full matrix.
fn naive(x: &[f64], w: &SpatialWeights) -> (f64, f64, f64) {
    let n = x.len();
    let mean = x.iter().sum::<f64>() / n as f64;
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    let (mut s0, mut products, mut gaps, mut raw, mut all) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let weight = w.weight(i, j).unwrap_or(0.0);
            s0 += weight;
            products += weight * (x[i] - mean) * (x[j] - mean);
            gaps += weight * (x[i] - x[j]).powi(2);
            raw += weight * x[i] * x[j];
            all += x[i] * x[j];
        }
    }
    let n = n as f64;
    (
        n / s0 * products / squares,
        (n - 1.0) / (2.0 * s0) * gaps / squares,
        raw / all,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn statistics_are_their_definitions(
        x in prop::collection::vec(0.0..100.0f64, 5..40),
        seed in 0..1000_u64,
    ) {
        let w = random_weights(x.len(), seed);
        prop_assume!(w.links() > 0 && x.iter().any(|v| (v - x[0]).abs() > 1.0));
        let (i, c, g) = naive(&x, &w);
        let values: Column = x.iter().copied().map(Some).collect();
        let params = binary().with_islands(Islands::Counted);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-10 * (1.0 + b.abs());
        prop_assert!(close(moran_i(&values, &w, &params).unwrap().statistic, i));
        prop_assert!(close(geary_c(&values, &w, &params).unwrap().statistic, c));
        prop_assert!(close(getis_ord_g(&values, &w, &params).unwrap().statistic, g));
    }

    /// Turning the order of the units, scale and offset change nothing but
    /// what they should.
    #[test]
    fn statistics_do_not_depend_on_names_and_units_of_measure(
        x in prop::collection::vec(0.0..100.0f64, 6..30),
        seed in 0..1000_u64,
        scale in 0.01..1000.0f64,
        offset in -1e6..1e6f64,
    ) {
        let n = x.len();
        let w = random_weights(n, seed);
        prop_assume!(w.links() > 2 && x.iter().any(|v| (v - x[0]).abs() > 1.0));
        let turned = SpatialWeights::from_weighted_lists(
            (0..n)
                .map(|i| w.weighted(n - 1 - i).map(|(j, v)| (n - 1 - j, v)).collect())
                .collect(),
        )
        .unwrap();
        let plain: Column = x.iter().copied().map(Some).collect();
        let moved: Column = x.iter().rev().map(|v| Some(offset + v * scale)).collect();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6 * (1.0 + b.abs());
        for islands in [Islands::LeftOut, Islands::Counted, Islands::NotCounted] {
            let params = row().with_islands(islands);
            for method in [moran_i, geary_c] {
                let (Ok(a), Ok(b)) = (
                    method(&plain, &w, &params),
                    method(&moved, &turned, &params),
                ) else {
                    continue;
                };
                prop_assert!(close(a.statistic, b.statistic));
                if let (Some(a), Some(b)) = (a.randomisation, b.randomisation) {
                    prop_assert!(close(a.z, b.z), "{} {}", a.z, b.z);
                }
            }
        }
    }

    /// Any input gives a result or an error.
    #[test]
    fn nothing_panics(
        x in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..12),
        seed in 0..1000_u64,
    ) {
        let w = random_weights(x.len(), seed);
        let three = Permutations::new(3, seed).unwrap();
        let few = Some(three);
        for islands in [Islands::LeftOut, Islands::Counted, Islands::NotCounted] {
            let params = AutocorrelationParams { permutations: few, ..row().with_islands(islands) };
            let _ = moran_i(&x, &w, &params);
            let _ = geary_c(&x, &w, &params);
            let _ = getis_ord_g(&x, &w, &params);
            let _ = bivariate_moran_i(&x, &x, &w, &params);
            let _ = eb_moran_i(&x, &x, &w, &EbMoranParams::new(params));
        }
        let positive: Column = x.iter().map(|x| x.map(f64::abs).filter(|x| x.is_finite())).collect();
        let whole: Column = positive.iter().map(|x| x.map(|x| x.min(1e6).floor())).collect();
        for (cases, people) in [(&positive, &positive), (&whole, &positive), (&whole, &whole)] {
            let _ = tango_index(cases, people, &w, few);
            let _ = rogerson_r(cases, people, &w, few);
            let _ = oden_i_pop(cases, people, &w, few);
            let _ = potthoff_whittinghill(cases, people, few);
            let _ = stone_test(cases, people, &x, three);
            let _ = getis_ord_g(cases, &w, &binary());
        }
    }
}

/// Over all arrangements of few values the moments are exact.
#[test]
fn moments_under_randomisation_are_those_of_all_arrangements() {
    let w = random_weights(7, 3);
    let base = [0.5, 1.0, 4.0, 4.5, 9.0, 9.5, 30.0];
    let mut arrangements = vec![Vec::new()];
    for _ in 0..7 {
        arrangements = arrangements
            .into_iter()
            .flat_map(|part: Vec<usize>| {
                (0..7)
                    .filter(|k| !part.contains(k))
                    .map(|k| {
                        let mut longer = part.clone();
                        longer.push(k);
                        longer
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    let params = binary().with_islands(Islands::Counted);
    for method in [moran_i, geary_c, getis_ord_g] {
        let results: Vec<_> = arrangements
            .iter()
            .map(|order| {
                let values: Column = order.iter().map(|k| Some(base[*k])).collect();
                method(&values, &w, &params).unwrap()
            })
            .collect();
        let size = results.len() as f64;
        let mean = results.iter().map(|r| r.statistic).sum::<f64>() / size;
        let squares = results.iter().map(|r| (r.statistic - mean).powi(2));
        let variance = squares.sum::<f64>() / size;
        let deviate = results[0].randomisation.unwrap();
        assert!((deviate.expected - mean).abs() < 1e-10 * mean.abs().max(1.0));
        assert!((deviate.variance / variance - 1.0).abs() < 1e-9);
    }
    let fixed: Column = [3.0, 1.0, 7.0, 2.0, 2.0, 8.0, 4.0].map(Some).to_vec();
    let results: Vec<_> = arrangements
        .iter()
        .map(|order| {
            let values: Column = order.iter().map(|k| Some(base[*k])).collect();
            bivariate_moran_i(&fixed, &values, &w, &params).unwrap()
        })
        .collect();
    let size = results.len() as f64;
    let squares = results.iter().map(|r| r.statistic.powi(2));
    let variance = squares.sum::<f64>() / size;
    let deviate = results[0].randomisation.unwrap();
    assert!((deviate.variance / variance - 1.0).abs() < 1e-10);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let w = random_weights(50, 2);
    let own = w.clone().with_self_weight(1.0).unwrap();
    let values: Column = (0..50).map(|i| Some(f64::from((i * 17) % 23))).collect();
    let people: Column = (0..50).map(|i| Some(f64::from(100 + i))).collect();
    let draws = Permutations::new(301, 8).unwrap();
    on_any_threads(|| {
        let params = row().with_permutations(draws);
        let joins = JoinCountParams {
            autocorrelation: binary().with_permutations(draws),
            sampling: Sampling::NonFree,
        };
        (
            moran_i(&values, &w, &params).unwrap(),
            geary_c(&values, &w, &params).unwrap(),
            getis_ord_g(&values, &w, &params).unwrap(),
            join_counts(&high(&values), &w, &joins).unwrap(),
            tango_index(&values, &people, &own, Some(draws)).unwrap(),
            oden_i_pop(&values, &people, &own, Some(draws)).unwrap(),
            stone_test(&values, &people, &people, draws).unwrap(),
        )
    });
}

/// Values far from zero with little spread keep their digits.
#[test]
fn a_large_offset_changes_nothing() {
    let w = square(9);
    let plain: Column = (0..81).map(|i| Some(f64::from((i * 29) % 17))).collect();
    let moved: Column = plain.iter().map(|v| v.map(|v| 1e9 + v / 1024.0)).collect();
    for method in [moran_i, geary_c] {
        let (a, b) = (
            method(&plain, &w, &row()).unwrap(),
            method(&moved, &w, &row()).unwrap(),
        );
        assert!((a.statistic - b.statistic).abs() < 1e-9);
        let (a, b) = (a.randomisation.unwrap(), b.randomisation.unwrap());
        assert!((a.z - b.z).abs() < 1e-8);
    }
}
