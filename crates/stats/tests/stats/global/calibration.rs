//! Uniform p-values where nothing clusters.

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{Distribution as _, Poisson, StandardNormal};
use safeground_stats::global::{
    EbMoranParams, Permutations, bivariate_moran_i, eb_moran_i, geary_c, getis_ord_g, moran_i,
    oden_i_pop, stone_test, tango_index,
};
use safeground_stats::significance::Alternative;

use super::{Column, binary, row};
use crate::graphs::{random_weights, square};
use crate::uniform::gap_from_uniform;

#[test]
fn p_values_are_uniform_where_nothing_clusters() {
    let w = square(12);
    let mut random = StdRng::seed_from_u64(42);
    let quick = |run: u64| Permutations::new(99, run).unwrap();
    let mut permutation = vec![Vec::new(); 6];
    let mut analytic = vec![Vec::new(); 4];
    for run in 0..300 {
        let values: Column = (0..144)
            .map(|_| Some(StandardNormal.sample(&mut random)))
            .collect();
        let other: Column = (0..144)
            .map(|_| Some(StandardNormal.sample(&mut random)))
            .collect();
        let positive: Column = values.iter().map(|v| v.map(f64::exp)).collect();
        let population: Column = (0..144)
            .map(|unit| Some(if unit % 3 == 0 { 5000.0 } else { 300.0 }))
            .collect();
        let cases: Column = population
            .iter()
            .map(|n| Some(Poisson::new(n.unwrap() * 0.02).unwrap().sample(&mut random)))
            .collect();
        let params = row().with_permutations(quick(run));
        let results = [
            moran_i(&values, &w, &params).unwrap(),
            geary_c(&values, &w, &params).unwrap(),
            getis_ord_g(&positive, &w, &params).unwrap(),
            bivariate_moran_i(&values, &other, &w, &params).unwrap(),
        ];
        for (at, result) in results.iter().enumerate() {
            let test = result.permutation.as_ref().unwrap();
            permutation[at].push(test.p(Alternative::Greater));
            analytic[at].push(result.randomisation.unwrap().p(Alternative::Greater));
        }
        let eb = eb_moran_i(&cases, &population, &w, &EbMoranParams::new(params)).unwrap();
        permutation[4].push(eb.permutation.unwrap().p(Alternative::Greater));
        let own = w.clone().with_self_weight(1.0).unwrap();
        let tango = tango_index(&cases, &population, &own, None).unwrap();
        permutation[5].push(tango.p);
    }
    for (at, p) in permutation.into_iter().enumerate() {
        let distance = gap_from_uniform(p);
        assert!(distance < 1.95, "permutation test {at}: {distance}");
    }
    // Moran's I and the bivariate one are near normal at this size, C and G
    // less so; their tails are what the permutation test is for.
    for (at, p) in analytic.into_iter().enumerate() {
        let distance = gap_from_uniform(p);
        assert!(distance < 1.95, "normal approximation {at}: {distance}");
    }
}

#[test]
fn simulated_counts_give_uniform_p_values() {
    let w = square(8);
    let own = w.clone().with_self_weight(1.0).unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let mut p = vec![Vec::new(); 3];
    for run in 0..200 {
        let draws = Permutations::new(99, run).unwrap();
        let population: Column = (0..64).map(|unit| Some(f64::from(40 + unit))).collect();
        let mut persons: Vec<usize> = (0..64)
            .flat_map(|unit| std::iter::repeat_n(unit, 40 + unit))
            .collect();
        persons.shuffle(&mut random);
        let mut cases: Column = vec![Some(0.0); 64];
        for unit in &persons[..90] {
            cases[*unit] = cases[*unit].map(|count| count + 1.0);
        }
        let oden = oden_i_pop(&cases, &population, &own, Some(draws)).unwrap();
        p[0].push(oden.simulation.unwrap().p(Alternative::Greater));
        let mut cases: Column = vec![Some(0.0); 64];
        for _ in 0..300 {
            // The multinomial null of Tango, Stone, Potthoff & Whittinghill.
            let unit = persons[random.random_range(0..persons.len())];
            cases[unit] = cases[unit].map(|count| count + 1.0);
        }
        let distances: Column = (0..64).map(|unit| Some(f64::from(unit % 8))).collect();
        let stone = stone_test(&cases, &population, &distances, draws).unwrap();
        p[1].push(stone.simulation.p(Alternative::Greater));
        let tango = tango_index(&cases, &population, &own, Some(draws)).unwrap();
        p[2].push(tango.simulation.unwrap().p(Alternative::Greater));
    }
    // Stone's T is exactly 1 whenever risk is highest over the whole map: what
    // must hold is the size of the test where one would reject.
    for (at, p) in p.iter().enumerate() {
        for level in [0.05, 0.1, 0.25, 0.5] {
            let rate = p.iter().filter(|p| **p <= level).count() as f64 / p.len() as f64;
            let error = (level * (1.0 - level) / p.len() as f64).sqrt();
            let gap = (rate - level).abs() / error;
            assert!(gap < 3.3, "test {at} at {level}: {rate}");
        }
    }
    assert!(gap_from_uniform(p[0].clone()) < 1.95 && gap_from_uniform(p[2].clone()) < 1.95);
}

#[test]
fn permutations_have_the_moments_under_randomisation() {
    let w = random_weights(60, 9);
    let values: Column = (0..60).map(|i| Some(f64::from((i * i) % 47))).collect();
    let other: Column = (0..60).map(|i| Some(f64::from((i * 7) % 31))).collect();
    let params = binary().with_permutations(Permutations::new(20_000, 1).unwrap());
    for result in [
        moran_i(&values, &w, &params).unwrap(),
        geary_c(&values, &w, &params).unwrap(),
        getis_ord_g(&values, &w, &params).unwrap(),
        bivariate_moran_i(&values, &other, &w, &params).unwrap(),
    ] {
        let (test, moments) = (result.permutation.unwrap(), result.randomisation.unwrap());
        let error = (moments.variance / 20_000.0).sqrt();
        assert!((test.mean - moments.expected).abs() < 4.0 * error);
        assert!((test.variance / moments.variance - 1.0).abs() < 0.05);
    }
}
