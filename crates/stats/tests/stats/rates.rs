//! Rates against other packages, published examples and simulations.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution as _, Gamma, Normal, Poisson};
use safeground_stats::rates::{
    AreaInterval, BetweenAreaVariance, CountEvidence, Deviations, DirectStandardisationParams,
    FayHerriotParams, GammaInterval, GammaPrior, Interval, PoissonGammaParams, PoissonMethod,
    PosteriorQuery, PriorNeighbourhood, PriorUncertainty, SpatialEmpiricalBayesParams,
    SurveyFigures, beta_binomial, directly_standardised_rates, discrete_laplace_variance,
    empirical_bayes, excess_risks, fay_herriot, freeman_tukey, noisy_empirical_bayes,
    poisson_gamma, poisson_interval_at, probability_map, raw_rates, spatial_empirical_bayes,
    spatial_rates,
};

use crate::oracle::{columns, neighbours, shared};

/// Data sets with counts and exposures.
const SETS: [&str; 2] = ["nc_sids", "nc_sids_cc89"];

/// Largest difference relative to the reference, with a floor for zeros.
fn assert_close(name: &str, ours: &[Option<f64>], theirs: &[Option<f64>]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (unit, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            assert_eq!(ours.is_some(), theirs.is_some(), "{name} of {unit}");
            continue;
        };
        let room = 1e-10 * theirs.abs() + 1e-16;
        assert!(
            (ours - theirs).abs() <= room,
            "{name} of {unit}: {ours} {theirs}"
        );
    }
}

#[test]
fn figures_that_need_no_neighbours_agree_with_esda_and_spdep() {
    for set in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let units = columns(folder.join("units.csv"));
        let esda = columns(folder.join("esda.csv"));
        let spdep = columns(folder.join("spdep.csv"));
        let (counts, exposures) = (&units["cases"], &units["pop"]);
        let raw = raw_rates(counts, exposures, 1.0).unwrap();
        assert_close("raw rate", &raw, &spdep["EB_raw"]);
        let raw = raw_rates(counts, exposures, 1000.0).unwrap();
        assert_close("rate per 1000", &raw, &units["rate"]);
        let risks = excess_risks(counts, exposures).unwrap();
        assert_close("excess risk", &risks, &esda["excess_risk"]);
        let transformed = freeman_tukey(counts, exposures, 1000.0).unwrap();
        assert_close("freeman-tukey", &transformed, &units["ft74"]);
        let global = empirical_bayes(counts, exposures).unwrap().rates;
        assert_close("global EB", &global, &spdep["EB_global"]);
        assert_close("global EB", &global, &esda["EB_global"]);
        let map = probability_map(counts, exposures).unwrap();
        let of = |figure: fn(&safeground_stats::rates::CountProbability) -> f64| -> Vec<_> {
            map.iter().map(|unit| unit.as_ref().map(figure)).collect()
        };
        assert_close("probmap", &of(|p| p.at_most), &spdep["probmap_pmap"]);
        let risks = of(|p| 100.0 * p.relative_risk);
        assert_close("relative risk", &risks, &spdep["probmap_relRisk"]);
        assert_close("choynowski", &of(|p| p.choynowski()), &spdep["choynowski"]);
    }
}

#[test]
fn local_rates_agree_with_esda_and_spdep() {
    for set in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let units = columns(folder.join("units.csv"));
        let esda = columns(folder.join("esda.csv"));
        let spdep = columns(folder.join("spdep.csv"));
        let weights = neighbours(folder.join("neighbours.json"));
        let (counts, exposures) = (&units["cases"], &units["pop"]);
        let rates = |params| spatial_empirical_bayes(counts, exposures, &weights, &params).unwrap();
        let rate = |rates: &[Option<safeground_stats::rates::LocalRate>]| -> Vec<_> {
            rates
                .iter()
                .map(|unit| unit.map(|unit| unit.rate))
                .collect()
        };
        let own = rates(SpatialEmpiricalBayesParams::bailey_gatrell());
        assert_close("EBlocal", &rate(&own), &spdep["EBlocal_est"]);
        let variances: Vec<_> = own.iter().map(|u| u.map(|u| u.prior_variance)).collect();
        // The two islands have no case and so no rate; their variance is 0 in
        // spdep.
        let theirs: Vec<_> = spdep["EBlocal_a"]
            .iter()
            .zip(&own)
            .map(|(a, own)| a.filter(|_| own.is_some()))
            .collect();
        assert_close("EBlocal a", &variances, &theirs);
        let geoda = rates(SpatialEmpiricalBayesParams::marshall());
        assert_close("EBlocal geoda", &rate(&geoda), &spdep["EBlocal_geoda"]);
        assert_close("EB_spatial", &rate(&geoda), &esda["EB_spatial"]);
        let smooth = spatial_rates(counts, exposures, &weights).unwrap();
        assert_close("spatial rate", &smooth, &esda["spatial_rate"]);
    }
}

#[test]
fn without_the_unit_an_island_has_no_local_rate() {
    let Some(folder) = shared("oracles/nc_sids_cc89") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let weights = neighbours(folder.join("neighbours.json"));
    let params = SpatialEmpiricalBayesParams {
        neighbourhood: PriorNeighbourhood::WithoutUnit,
        deviations: Deviations::FromNeighbourhoodMean,
    };
    let rates = spatial_empirical_bayes(&units["cases"], &units["pop"], &weights, &params).unwrap();
    let islands = (0..weights.len()).filter(|unit| weights.cardinality(*unit) == 0);
    assert_eq!(islands.clone().count(), 2);
    assert!(islands.clone().all(|unit| rates[unit].is_none()));
    // Nor has a unit whose neighbours have no case.
    for (unit, rate) in rates.iter().enumerate() {
        let cases: f64 = weights
            .neighbours(unit)
            .map(|neighbour| units["cases"][neighbour].unwrap())
            .sum();
        assert_eq!(rate.is_some(), cases > 0.0, "unit {unit}");
    }
}

/// Fay & Feuer (1997), table 1: rates of Down syndrome per 100,000 births by
/// birth order (Fleiss 1981), standardised for the mother's age to the average
/// of the five birth orders. First births: crude 56.3, standardised 92.3.
#[test]
fn direct_standardisation_reproduces_the_down_syndrome_table() {
    let populations = [
        [230_061.0, 329_449.0, 114_920.0, 39_487.0, 14_208.0, 3_052.0],
        [72_202.0, 326_701.0, 208_667.0, 83_228.0, 28_466.0, 5_375.0],
        [15_050.0, 175_702.0, 207_081.0, 117_300.0, 45_026.0, 8_660.0],
        [2_293.0, 68_800.0, 132_424.0, 98_301.0, 46_075.0, 9_834.0],
        [327.0, 30_666.0, 123_419.0, 149_919.0, 104_088.0, 34_392.0],
    ];
    let counts = [
        [107.0, 141.0, 60.0, 40.0, 39.0, 25.0],
        [25.0, 150.0, 110.0, 84.0, 82.0, 39.0],
        [3.0, 71.0, 114.0, 103.0, 108.0, 75.0],
        [1.0, 26.0, 64.0, 89.0, 137.0, 96.0],
        [0.0, 8.0, 63.0, 112.0, 262.0, 295.0],
    ];
    let standard: Vec<f64> = (0..6)
        .map(|age| populations.iter().map(|row| row[age]).sum::<f64>() / 5.0)
        .collect();
    let flat =
        |table: &[[f64; 6]; 5]| -> Vec<_> { table.iter().flatten().copied().map(Some).collect() };
    let params = DirectStandardisationParams::new(0.95, GammaInterval::FayFeuer).unwrap();
    let rates =
        directly_standardised_rates(&flat(&counts), &flat(&populations), &standard, &params)
            .unwrap();
    let narrower = DirectStandardisationParams::new(0.95, GammaInterval::Tiwari).unwrap();
    let tiwari =
        directly_standardised_rates(&flat(&counts), &flat(&populations), &standard, &narrower)
            .unwrap();
    let total: f64 = standard.iter().sum();
    for order in 0..5 {
        let ours = rates[order].unwrap();
        let rate: f64 = (0..6)
            .map(|age| standard[age] / total * counts[order][age] / populations[order][age])
            .sum();
        assert!((ours.rate - rate).abs() < 1e-15);
        assert!(ours.interval.low < rate && rate < ours.interval.high);
        let shorter = tiwari[order].unwrap().interval;
        assert_eq!(shorter.low, ours.interval.low);
        assert!(shorter.high < ours.interval.high);
    }
    let first = rates[0].unwrap();
    assert!((1e5 * first.crude - 56.3).abs() < 0.05, "{first:?}");
    assert!((1e5 * first.rate - 92.3).abs() < 0.05, "{first:?}");
}

/// Milk expenditure in 43 areas of four regions: You & Chapman (2006), *Survey
/// Methodology* 32; direct estimate, its standard error, region.
const MILK: [(f64, f64, u8); 43] = [
    (1.099, 0.163, 1),
    (1.075, 0.080, 1),
    (1.105, 0.083, 1),
    (0.628, 0.109, 1),
    (0.753, 0.119, 1),
    (0.981, 0.141, 1),
    (1.257, 0.202, 1),
    (1.095, 0.127, 2),
    (1.405, 0.168, 2),
    (1.356, 0.178, 2),
    (0.615, 0.100, 2),
    (1.460, 0.201, 2),
    (1.338, 0.148, 2),
    (0.854, 0.143, 2),
    (1.176, 0.149, 3),
    (1.111, 0.145, 3),
    (1.257, 0.135, 3),
    (1.430, 0.172, 3),
    (1.278, 0.137, 3),
    (1.292, 0.163, 3),
    (1.002, 0.125, 3),
    (1.183, 0.247, 3),
    (1.044, 0.140, 3),
    (1.267, 0.171, 3),
    (1.193, 0.106, 3),
    (0.791, 0.121, 4),
    (0.795, 0.121, 4),
    (0.759, 0.259, 4),
    (0.796, 0.106, 4),
    (0.565, 0.089, 4),
    (0.886, 0.225, 4),
    (0.952, 0.205, 4),
    (0.807, 0.119, 4),
    (0.582, 0.067, 4),
    (0.684, 0.106, 4),
    (0.787, 0.126, 4),
    (0.440, 0.092, 4),
    (0.759, 0.132, 4),
    (0.770, 0.100, 4),
    (0.800, 0.113, 4),
    (0.756, 0.083, 4),
    (0.865, 0.121, 4),
    (0.640, 0.129, 4),
];

/// Estimates and mean squared errors of the first eight milk areas by the R
/// package sae (`mseFH`), as given by the tests of the Python package samplics.
/// sae stops at a precision of 10⁻⁴, hence the tolerance.
#[test]
fn fay_herriot_agrees_with_the_milk_example() {
    let estimates: Vec<_> = MILK.iter().map(|(y, _, _)| Some(*y)).collect();
    let errors: Vec<_> = MILK.iter().map(|(_, error, _)| Some(*error)).collect();
    let regions: Vec<Vec<_>> = (2..=4)
        .map(|region| {
            MILK.iter()
                .map(|(_, _, own)| Some(f64::from(u8::from(*own == region))))
                .collect()
        })
        .collect();
    let covariates: Vec<&[Option<f64>]> = regions.iter().map(Vec::as_slice).collect();
    let figures = SurveyFigures {
        estimates: &estimates,
        standard_errors: &errors,
        covariates: &covariates,
    };
    let run = |method| {
        fay_herriot(
            &figures,
            &FayHerriotParams::new(method, AreaInterval::Normal, 0.95).unwrap(),
        )
        .unwrap()
    };
    let reml = run(BetweenAreaVariance::Reml);
    let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-4;
    for (ours, theirs) in
        reml.coefficients
            .iter()
            .zip([0.968_189_0, 0.132_780_1, 0.226_946_2, -0.241_301_1])
    {
        assert!(close(*ours, theirs), "{ours} {theirs}");
    }
    for (ours, theirs) in
        reml.coefficient_errors
            .iter()
            .zip([0.069_362_08, 0.103_000_72, 0.092_329_81, 0.081_617_07])
    {
        assert!(close(*ours, theirs), "{ours} {theirs}");
    }
    let published = [
        (
            BetweenAreaVariance::Reml,
            [
                1.021_970_3,
                1.047_601_8,
                1.067_951_3,
                0.760_817_0,
                0.846_157_4,
                0.974_372_7,
                1.058_452_3,
                1.097_776_2,
            ],
            [
                0.013_460_220,
                0.005_372_876,
                0.005_701_990,
                0.008_541_740,
                0.009_579_594,
                0.011_670_632,
                0.015_926_137,
                0.010_586_518,
            ],
        ),
        (
            BetweenAreaVariance::MaximumLikelihood,
            [
                1.016_173_3,
                1.043_696_8,
                1.062_816_8,
                0.775_348_9,
                0.855_490_3,
                0.973_585_7,
                1.047_478_6,
                1.095_343_6,
            ],
            [
                0.013_579_953,
                0.005_512_868,
                0.005_850_584,
                0.008_735_454,
                0.009_774_528,
                0.011_840_745,
                0.015_934_511,
                0.010_821_811,
            ],
        ),
        (
            BetweenAreaVariance::FayHerriot,
            [
                1.017_975, 1.044_963, 1.064_480, 0.770_692, 0.852_512, 0.973_826, 1.050_856,
                1.096_165,
            ],
            [
                0.012_757_016,
                0.005_314_467,
                0.005_632_201,
                0.008_323_471,
                0.009_283_520,
                0.011_178_151,
                0.014_867_662,
                0.010_252_709,
            ],
        ),
    ];
    for (method, values, mean_squared_errors) in published {
        let result = run(method);
        for (area, (value, error)) in values.into_iter().zip(mean_squared_errors).enumerate() {
            let ours = result.areas[area].unwrap();
            assert!(
                close(ours.value, value),
                "{method:?} {area}: {ours:?} {value}"
            );
            let apart = (ours.mean_squared_error - error).abs();
            assert!(apart < 2e-5, "{method:?} {area}: {ours:?} {error}");
        }
    }
}

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

/// P(k) ∝ e^(−ε|k|): the difference of two geometric variables.
fn discrete_laplace(random: &mut ChaCha8Rng, epsilon: f64) -> i64 {
    let mut geometric =
        || -> i64 { (-f64::ln(1.0 - random.random::<f64>()) / epsilon).floor() as i64 };
    geometric() - geometric()
}

fn query() -> PosteriorQuery {
    PosteriorQuery::new(0.95, None).unwrap()
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

/// What protection makes of a count.
type Protection = fn(&mut ChaCha8Rng, u64) -> CountEvidence;

fn noisy(random: &mut ChaCha8Rng, count: u64, epsilon: f64) -> CountEvidence {
    CountEvidence::Noisy {
        value: count as f64 + discrete_laplace(random, epsilon) as f64,
        variance: discrete_laplace_variance(epsilon, 1.0).unwrap(),
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

fn band(count: u64) -> CountEvidence {
    let low = count / 5 * 5;
    CountEvidence::Band { low, high: low + 4 }
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

/// The likelihood written out, and its maximum by trying.
#[test]
fn the_maximum_on_the_sudden_infant_deaths_is_that_of_the_likelihood_written_out() {
    let Some(folder) = shared("oracles/nc_sids") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let data: Vec<(u64, f64)> = units["cases"]
        .iter()
        .zip(&units["pop"])
        .map(|(y, n)| (y.unwrap() as u64, n.unwrap()))
        .collect();
    let written_out = |mean: f64, dispersion: f64| -> f64 {
        data.iter()
            .map(|(y, n)| {
                let mu = mean * n;
                let mut log = -(1.0 / dispersion) * (1.0 + dispersion * mu).ln();
                for k in 0..*y {
                    let k = k as f64;
                    log += ((1.0 / dispersion + k) / (k + 1.0)).ln();
                    log += (dispersion * mu / (1.0 + dispersion * mu)).ln();
                }
                log
            })
            .sum()
    };
    let evidence: Vec<_> = data
        .iter()
        .map(|(y, _)| Some(CountEvidence::Exact(*y)))
        .collect();
    let params = PoissonGammaParams {
        query: query(),
        uncertainty: PriorUncertainty::Ignored,
    };
    let result = poisson_gamma(&evidence, &units["pop"], &params).unwrap();
    let (mean, dispersion) = (result.prior.mean(), result.prior.relative_variance());
    let top = written_out(mean, dispersion);
    assert!(
        (result.log_likelihood - top).abs() < 1e-9 * top.abs(),
        "{top} {result:?}"
    );
    for (a, b) in [
        (1.001, 1.0),
        (0.999, 1.0),
        (1.0, 1.001),
        (1.0, 0.999),
        (1.2, 2.0),
        (1.0, 0.01),
    ] {
        assert!(written_out(mean * a, dispersion * b) < top);
    }
    // The units in another order, and exposures in thousands.
    let backwards: Vec<_> = evidence.iter().rev().copied().collect();
    let thousands: Vec<_> = units["pop"]
        .iter()
        .rev()
        .map(|n| n.map(|n| n / 1000.0))
        .collect();
    let other = poisson_gamma(&backwards, &thousands, &params).unwrap();
    for (ours, theirs) in result.rates.iter().zip(other.rates.iter().rev()) {
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!((1000.0 * ours.mean - theirs.mean).abs() < 1e-7 * theirs.mean);
        let (a, b) = (ours.interval.unwrap(), theirs.interval.unwrap());
        assert!((1000.0 * a.high - b.high).abs() < 1e-7 * b.high);
    }
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
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
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
        })
    };
    assert_eq!(run(1), run(2));
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
    let mut spread: Vec<f64> = probability_map(&counts, &exposures)
        .unwrap()
        .into_iter()
        .map(|map| {
            let map = map.unwrap();
            map.at_least - random.random::<f64>() * (map.at_least + map.at_most - 1.0)
        })
        .collect();
    spread.sort_by(f64::total_cmp);
    let n = spread.len() as f64;
    let distance = spread
        .iter()
        .enumerate()
        .map(|(i, p)| (p - (i as f64 + 0.5) / n).abs() + 0.5 / n)
        .fold(0.0, f64::max);
    // 1.63/√n is the 1 % point.
    assert!(distance < 1.63 / n.sqrt(), "{distance}");
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
