//! Whether intervals hold the truth as often as they say, and priors are
//! found.

use super::*;

/// Share of intervals that hold the truth, and its standard error.
struct Coverage {
    held: usize,
    all: usize,
}

impl Coverage {
    fn new() -> Self {
        Self { held: 0, all: 0 }
    }

    fn add(&mut self, interval: Interval, truth: f64) {
        self.held += usize::from(interval.low <= truth && truth <= interval.high);
        self.all += 1;
    }

    fn percent(&self) -> f64 {
        100.0 * self.held as f64 / self.all as f64
    }
}

fn assert_covers(name: &str, coverage: &Coverage) {
    let percent = coverage.percent();
    eprintln!("{name}: {percent:.2} % of {}", coverage.all);
    assert!((percent - 95.0).abs() < 1.0, "{name}: {percent} %");
}

#[test]
fn posterior_intervals_cover_95_percent_for_a_known_prior() {
    let prior = GammaPrior::new(0.01, 4e-5).unwrap();
    let rates = Gamma::new(prior.shape(), prior.mean() / prior.shape()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut coverage = [const { Coverage { held: 0, all: 0 } }; 4];
    for unit in 0..6_000_u32 {
        let exposure = f64::from(100 + 37 * (unit % 60));
        let rate: f64 = rates.sample(&mut random);
        let count = Poisson::new(rate * exposure).unwrap().sample(&mut random) as u64;
        let noisy = |random: &mut ChaCha8Rng, epsilon: f64| CountEvidence::Noisy {
            value: count as f64 + discrete_laplace(random, epsilon) as f64,
            variance: discrete_laplace_variance(epsilon, 1.0).unwrap(),
        };
        let low = count / 5 * 5;
        let evidence = [
            CountEvidence::Exact(count),
            noisy(&mut random, 0.5),
            noisy(&mut random, 1.0),
            CountEvidence::Band { low, high: low + 4 },
        ];
        for (evidence, coverage) in evidence.into_iter().zip(&mut coverage) {
            let estimate = prior.estimate(evidence, exposure, &query()).unwrap();
            coverage.add(estimate.interval.unwrap(), rate);
        }
    }
    for (name, coverage) in ["exact", "noise 0.5", "noise 1.0", "bands"]
        .iter()
        .zip(&coverage)
    {
        assert_covers(&format!("known prior, {name}"), coverage);
    }
}

/// Coverage over data sets of `units` units with a prior to estimate.
fn estimated(
    seed: u64,
    data_sets: usize,
    units: usize,
    uncertainty: PriorUncertainty,
    protect: Protection,
) -> Coverage {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rates = Gamma::new(3.0, 0.01 / 3.0).unwrap();
    let mut coverage = Coverage::new();
    let params = PoissonGammaParams {
        query: query(),
        uncertainty,
    };
    for _ in 0..data_sets {
        let exposures: Vec<f64> = (0..units).map(|i| 200.0 + 60.0 * (i % 30) as f64).collect();
        let truth: Vec<f64> = (0..units).map(|_| rates.sample(&mut random)).collect();
        let evidence: Vec<_> = truth
            .iter()
            .zip(&exposures)
            .map(|(rate, n)| {
                let count = Poisson::new(rate * n).unwrap().sample(&mut random) as u64;
                Some(protect(&mut random, count))
            })
            .collect();
        let exposures: Vec<_> = exposures.into_iter().map(Some).collect();
        let result = poisson_gamma(&evidence, &exposures, &params).unwrap();
        for (rate, truth) in result.rates.iter().zip(truth) {
            if let Some(interval) = rate.unwrap().interval {
                coverage.add(interval, truth);
            }
        }
    }
    coverage
}

#[test]
fn averaged_intervals_cover_95_percent_with_few_units() {
    let few = |seed, sets, protect| estimated(seed, sets, 25, PriorUncertainty::Averaged, protect);
    let exact = few(11, 200, |_, y| CountEvidence::Exact(y));
    assert_covers("25 units, exact", &exact);
    assert_covers("25 units, noise", &few(12, 80, |r, y| noisy(r, y, 1.0)));
    assert_covers("25 units, bands", &few(14, 100, |_, y| band(y)));
}

#[test]
fn intervals_of_an_estimated_prior_cover_95_percent_with_many_units() {
    let many = |seed, protect| estimated(seed, 4, 1500, PriorUncertainty::Ignored, protect);
    assert_covers(
        "1500 units, exact",
        &many(21, |_, y| CountEvidence::Exact(y)),
    );
    assert_covers("1500 units, noise 0.5", &many(22, |r, y| noisy(r, y, 0.5)));
    assert_covers("1500 units, noise 1.0", &many(23, |r, y| noisy(r, y, 1.0)));
    assert_covers("1500 units, bands", &many(24, |_, y| band(y)));
}

#[test]
fn maximum_likelihood_finds_the_prior_through_exact_noisy_and_banded_counts() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let rates = Gamma::new(2.5, 0.02 / 2.5).unwrap();
    let protections: [Protection; 3] = [
        |_, y| CountEvidence::Exact(y),
        |r, y| noisy(r, y, 0.5),
        |_, y| band(y),
    ];
    let exposures: Vec<_> = (0..4000)
        .map(|i| Some(f64::from(100 + 10 * (i % 50))))
        .collect();
    let counts: Vec<u64> = exposures
        .iter()
        .map(|n| {
            let rate: f64 = rates.sample(&mut random);
            Poisson::new(rate * n.unwrap()).unwrap().sample(&mut random) as u64
        })
        .collect();
    for protect in protections {
        let evidence: Vec<_> = counts
            .iter()
            .map(|y| Some(protect(&mut random, *y)))
            .collect();
        let params = PoissonGammaParams {
            query: query(),
            uncertainty: PriorUncertainty::Ignored,
        };
        let result = poisson_gamma(&evidence, &exposures, &params).unwrap();
        let errors = result.errors.unwrap();
        let mean = (result.prior.mean() / 0.02).ln() / errors.log_mean;
        let variance =
            (result.prior.relative_variance() * 2.5).ln() / errors.log_relative_variance.unwrap();
        assert!(
            mean.abs() < 3.5 && variance.abs() < 3.5,
            "{result:?}",
            result = result.prior
        );
        assert!(errors.log_mean < 0.03, "{errors:?}");
    }
}

#[test]
fn moments_with_the_noise_taken_out_find_the_prior_and_cover() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let rates = Gamma::new(2.0, 0.005).unwrap();
    let mut coverage = Coverage::new();
    let exposures: Vec<_> = (0..6000)
        .map(|i| Some(f64::from(200 + 20 * (i % 40))))
        .collect();
    let truth: Vec<f64> = exposures
        .iter()
        .map(|_| rates.sample(&mut random))
        .collect();
    let evidence: Vec<_> = truth
        .iter()
        .zip(&exposures)
        .map(|(rate, n)| {
            let count = Poisson::new(rate * n.unwrap()).unwrap().sample(&mut random) as u64;
            Some(noisy(&mut random, count, 0.5))
        })
        .collect();
    let result = noisy_empirical_bayes(&evidence, &exposures, &query()).unwrap();
    assert!(
        (result.prior.mean() - 0.01).abs() < 3e-4,
        "{:?}",
        result.prior
    );
    assert!(
        (result.prior.variance() - 5e-5).abs() < 5e-6,
        "{:?}",
        result.prior
    );
    for (rate, truth) in result.rates.iter().zip(truth) {
        coverage.add(rate.unwrap().interval.unwrap(), truth);
    }
    assert_covers("moments, noise 0.5", &coverage);
}

#[test]
fn beta_binomial_finds_the_prior_and_covers() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let proportions = Beta::new(3.0, 9.0).unwrap();
    let truth: Vec<f64> = (0..6000).map(|_| proportions.sample(&mut random)).collect();
    let trials: Vec<_> = (0..6000_u64).map(|i| Some(5 + i % 90)).collect();
    let successes: Vec<_> = truth
        .iter()
        .zip(&trials)
        .map(|(p, n)| Some(Binomial::new(n.unwrap(), *p).unwrap().sample(&mut random)))
        .collect();
    let result = beta_binomial(&successes, &trials, &query()).unwrap();
    assert!((result.mean - 0.25).abs() < 0.01, "{}", result.mean);
    assert!(
        (result.correlation - 1.0 / 13.0).abs() < 0.006,
        "{}",
        result.correlation
    );
    let mut coverage = Coverage::new();
    for (proportion, truth) in result.proportions.iter().zip(truth) {
        coverage.add(proportion.unwrap().interval.unwrap(), truth);
    }
    assert_covers("beta-binomial", &coverage);
}

#[test]
fn poisson_intervals_cover_their_level() {
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut exact = Coverage::new();
    let mut mid_p = Coverage::new();
    for _ in 0..20_000 {
        let mean = random.random_range(0.5..60.0);
        let count = Poisson::new(mean).unwrap().sample(&mut random) as u64;
        let interval = |method| poisson_interval_at(count, 0.95, method).unwrap();
        exact.add(interval(PoissonMethod::Exact), mean);
        mid_p.add(interval(PoissonMethod::MidP), mean);
    }
    assert!(exact.percent() > 95.0, "{}", exact.percent());
    assert_covers("mid-p", &mid_p);
}

#[test]
fn small_area_estimates_have_the_error_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let areas = 60;
    let errors: Vec<_> = (0..areas)
        .map(|i| Some(2.0 + 0.5 * f64::from(i % 7)))
        .collect();
    let x: Vec<_> = (0..areas).map(|i| Some(1e6 + f64::from(i % 11))).collect();
    let covariates: [&[Option<f64>]; 1] = [&x];
    for (method, interval) in [
        (BetweenAreaVariance::Reml, AreaInterval::Averaged),
        (BetweenAreaVariance::FayHerriot, AreaInterval::Normal),
        (BetweenAreaVariance::PrasadRao, AreaInterval::Normal),
    ] {
        let params = FayHerriotParams::new(method, interval, 0.95).unwrap();
        let (mut said, mut found) = (0.0, 0.0);
        let mut coverage = Coverage::new();
        for _ in 0..200 {
            let truth: Vec<f64> = x
                .iter()
                .map(|x| 30.0 + 0.7 * (x.unwrap() - 1e6) + 3.0 * normal.sample(&mut random))
                .collect();
            let estimates: Vec<_> = truth
                .iter()
                .zip(&errors)
                .map(|(truth, error)| Some(truth + error.unwrap() * normal.sample(&mut random)))
                .collect();
            let figures = SurveyFigures {
                estimates: &estimates,
                standard_errors: &errors,
                covariates: &covariates,
            };
            let result = fay_herriot(&figures, &params).unwrap();
            for (area, truth) in result.areas.iter().zip(&truth) {
                let area = area.unwrap();
                said += area.mean_squared_error;
                found += (area.value - truth) * (area.value - truth);
                coverage.add(area.interval, *truth);
            }
        }
        assert!(
            (said / found - 1.0).abs() < 0.05,
            "{method:?}: {said} {found}"
        );
        if interval == AreaInterval::Averaged {
            assert_covers("fay-herriot", &coverage);
        }
    }
}
