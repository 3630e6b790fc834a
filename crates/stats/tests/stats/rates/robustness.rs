//! Threads, uniform probabilities and numbers at the ends of their range.

use super::*;

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let units = 3_000_u64;
    let evidence: Vec<_> = (0..units)
        .map(|_| {
            let count = random.random_range(0..40_u64);
            Some(match count % 3 {
                0 => CountEvidence::Exact(count),
                1 => noisy(&mut random, count, 0.7),
                _ => band(count),
            })
        })
        .collect();
    let exposures: Vec<_> = (0..units)
        .map(|_| Some(random.random_range(50.0..900.0)))
        .collect();
    let trials: Vec<_> = (0..units)
        .map(|_| Some(random.random_range(10..99_u64)))
        .collect();
    let successes: Vec<_> = trials
        .iter()
        .map(|n| Some(random.random_range(0..=n.unwrap())))
        .collect();
    let lists = (0..units as usize)
        .map(|i| vec![i / 2, (i + 17) % units as usize])
        .collect();
    let weights = safeground_stats::weights::SpatialWeights::from_lists(lists).unwrap();
    let counts: Vec<_> = successes.iter().map(|y| y.map(|y| y as f64)).collect();
    let params = PoissonGammaParams {
        query: PosteriorQuery::new(0.9, Some(0.05)).unwrap(),
        uncertainty: PriorUncertainty::Ignored,
    };
    on_any_threads(|| {
        (
            poisson_gamma(&evidence, &exposures, &params).unwrap(),
            beta_binomial(&successes, &trials, &params.query).unwrap(),
            spatial_empirical_bayes(
                &counts,
                &exposures,
                &weights,
                &SpatialEmpiricalBayesParams::marshall(),
            )
            .unwrap(),
        )
    });
}

/// A count has a distribution of steps; spread evenly over its own step it is
/// uniform, which the test of Kolmogorov and Smirnov looks for.
#[test]
fn probabilities_of_counts_are_uniform_where_all_have_the_same_risk() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let exposures: Vec<_> = (0..4000)
        .map(|_| Some(random.random_range(50.0..5000.0)))
        .collect();
    let counts: Vec<_> = exposures
        .iter()
        .map(|n: &Option<f64>| Some(Poisson::new(0.01 * n.unwrap()).unwrap().sample(&mut random)))
        .collect();
    let spread: Vec<f64> = probability_map(&counts, &exposures)
        .unwrap()
        .into_iter()
        .map(|map| {
            let map = map.unwrap();
            map.at_least - random.random::<f64>() * (map.at_least + map.at_most - 1.0)
        })
        .collect();
    let gap = gap_from_uniform(spread);
    assert!(gap < 1.63, "{gap}");
}

#[test]
fn extreme_numbers_do_not_panic() {
    let sizes = [
        0.0,
        5e-324,
        1e-300,
        0.3,
        1.0,
        7.0,
        1e9,
        1e15,
        1e300,
        f64::MAX,
    ];
    let weights = safeground_stats::weights::SpatialWeights::from_lists(vec![
        vec![1, 2, 3],
        vec![0],
        vec![0, 3],
        vec![0, 2],
        vec![],
    ])
    .unwrap();
    let ask = PosteriorQuery::new(0.95, Some(0.1)).unwrap();
    let params = |uncertainty| PoissonGammaParams {
        query: ask,
        uncertainty,
    };
    let mut random = ChaCha8Rng::seed_from_u64(10);
    for _ in 0..15 {
        let mut draw = || -> Vec<Option<f64>> {
            (0..5)
                .map(|_| Some(sizes[random.random_range(0..sizes.len())]))
                .collect()
        };
        let (counts, exposures) = (draw(), draw());
        let _ = excess_risks(&counts, &exposures);
        let _ = freeman_tukey(&counts, &exposures, 1e300);
        let _ = probability_map(&counts, &exposures);
        for posterior in empirical_bayes(&counts, &exposures)
            .into_iter()
            .flat_map(|result| result.posteriors)
            .flatten()
        {
            let _ = posterior.interval();
        }
        for params in [
            SpatialEmpiricalBayesParams::marshall(),
            SpatialEmpiricalBayesParams::bailey_gatrell(),
        ] {
            let _ = spatial_empirical_bayes(&counts, &exposures, &weights, &params);
        }
        let whole: Vec<_> = counts.iter().map(|y| y.map(|y| y as u64)).collect();
        let trials: Vec<_> = exposures.iter().map(|n| n.map(|n| n as u64)).collect();
        let _ = beta_binomial(&whole, &trials, &ask);
        let evidence: Vec<_> = whole.iter().map(|y| y.map(CountEvidence::Exact)).collect();
        let _ = poisson_gamma(&evidence, &exposures, &params(PriorUncertainty::Ignored));
        let _ = poisson_gamma(&evidence, &exposures, &params(PriorUncertainty::Averaged));
        let _ = noisy_empirical_bayes(&evidence, &exposures, &ask);
        let direct = DirectStandardisationParams::new(0.9, GammaInterval::FayFeuer).unwrap();
        let _ = directly_standardised_rates(&counts, &exposures, &[1e300], &direct);
        let figures = SurveyFigures {
            estimates: &counts,
            standard_errors: &exposures,
            covariates: &[],
        };
        for interval in [AreaInterval::Normal, AreaInterval::Averaged] {
            let params = FayHerriotParams::new(BetweenAreaVariance::Reml, interval, 0.9).unwrap();
            let _ = fay_herriot(&figures, &params);
        }
        for count in whole.iter().flatten() {
            for method in [
                PoissonMethod::Exact,
                PoissonMethod::MidP,
                PoissonMethod::Byar,
            ] {
                let _ = poisson_interval_at(*count, 0.999, method);
            }
        }
    }
}
