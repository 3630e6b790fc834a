//! p-values are uniform without effect, intervals cover, alarms keep to α.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Poisson, StandardNormal};
use safeground_stats::space_time::{
    AutocorrelatedParams, CombinedParams, CusumParams, CusumThresholdParams, FarringtonParams,
    FarringtonThreshold, LogLinearParams, MannKendallParams, NullDistribution, PreWhitening,
    SeasonalIndexParams, SenSlopeParams, VarianceCorrection, autocorrelated_mann_kendall,
    cusum_threshold, farrington, log_linear_trend, mann_kendall, poisson_cusum,
    pre_whitened_mann_kendall, roger_test, seasonal_index, seasonal_mann_kendall, sen_slope,
};

use crate::uniform::gap_from_uniform;

/// KS distance times √n that 1 % of uniform samples exceed.
const LIMIT: f64 = 1.63;

fn noise(random: &mut ChaCha8Rng, n: usize) -> Vec<Option<f64>> {
    (0..n)
        .map(|_| Some(StandardNormal.sample(random)))
        .collect()
}

#[test]
fn mann_kendall_p_values_are_uniform_without_trend() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let plain = MannKendallParams {
        distribution: NullDistribution::Normal,
    };
    let corrected = MannKendallParams::default();
    let mut p_values = Vec::new();
    let mut rejected = 0;
    for _ in 0..2000 {
        let values = noise(&mut random, 60);
        p_values.push(mann_kendall(&values, &plain).unwrap().p);
        rejected += usize::from(mann_kendall(&values, &corrected).unwrap().p <= 0.05);
    }
    let distance = gap_from_uniform(p_values);
    assert!(distance < LIMIT, "{distance}");
    // 100 expected, standard error 10.
    assert!((70..=130).contains(&rejected), "{rejected}");
}

/// S takes few values, so that p is uniform at those values only: the chance
/// of p ≤ u is u for each u that occurs.
#[test]
fn exact_p_values_of_short_series_are_what_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let params = MannKendallParams {
        distribution: NullDistribution::Exact,
    };
    let mut p_values: Vec<f64> = (0..4000)
        .map(|_| mann_kendall(&noise(&mut random, 8), &params).unwrap().p)
        .collect();
    p_values.sort_unstable_by(f64::total_cmp);
    let n = p_values.len() as f64;
    for (at, p) in p_values.iter().enumerate() {
        let last = p_values.get(at + 1).is_none_or(|next| next > p);
        if last && *p < 1.0 {
            let share = (at + 1) as f64 / n;
            assert!((share - p).abs() < LIMIT / n.sqrt(), "{p} {share}");
        }
    }
}

#[test]
fn seasonal_p_values_are_uniform_with_and_without_correlation() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let mut independent = Vec::new();
    let mut correlated = Vec::new();
    let mut params = CombinedParams::independent();
    params.distribution = NullDistribution::Normal;
    for _ in 0..1000 {
        let values = noise(&mut random, 12 * 15);
        independent.push(seasonal_mann_kendall(&values, 12, &params).unwrap().p);
        // Each year shifts all its months together.
        let shared = noise(&mut random, 40);
        let years: Vec<_> = (0..4 * 40)
            .map(|t| {
                let own: f64 = StandardNormal.sample(&mut random);
                Some(own + shared[t / 4].unwrap())
            })
            .collect();
        let test = seasonal_mann_kendall(&years, 4, &CombinedParams::correlated()).unwrap();
        correlated.push(test.p);
    }
    let distance = gap_from_uniform(independent);
    assert!(distance < LIMIT, "independent: {distance}");
    let distance = gap_from_uniform(correlated);
    assert!(distance < LIMIT, "correlated: {distance}");
}

/// The interval has approximate ranks; over 4,000 series its coverage is known
/// to ±0.7 %.
#[test]
fn the_interval_of_sens_slope_covers_95_percent() {
    let mut random = ChaCha8Rng::seed_from_u64(14);
    let params = SenSlopeParams::new(0.95).unwrap();
    let covered = (0..4000)
        .filter(|_| {
            let values: Vec<_> = noise(&mut random, 30)
                .into_iter()
                .enumerate()
                .map(|(t, x)| x.map(|x| x + 0.3 * t as f64))
                .collect();
            let line = sen_slope(&values, &params).unwrap();
            line.low <= 0.3 && 0.3 <= line.high
        })
        .count();
    let share = covered as f64 / 4000.0;
    assert!((share - 0.95).abs() < 0.01, "{share}");
}

/// With first-order correlation the plain test rejects far too often; the
/// corrections bring it back towards 5 %.
#[test]
fn corrections_tame_serial_correlation() {
    let mut random = ChaCha8Rng::seed_from_u64(15);
    let hamed_rao =
        AutocorrelatedParams::new(VarianceCorrection::HamedRao { significance: 0.05 }, Some(3))
            .unwrap();
    let (mut plain, mut corrected, mut whitened) = (0, 0, 0);
    for _ in 0..500 {
        let mut x = 0.0;
        let values: Vec<_> = (0..80)
            .map(|_| {
                let shock: f64 = StandardNormal.sample(&mut random);
                x = 0.5 * x + shock;
                Some(x)
            })
            .collect();
        let at_five = |p: f64| usize::from(p <= 0.05);
        plain += at_five(
            mann_kendall(&values, &MannKendallParams::default())
                .unwrap()
                .p,
        );
        corrected += at_five(
            autocorrelated_mann_kendall(&values, &hamed_rao)
                .unwrap()
                .test
                .p,
        );
        whitened += at_five(
            pre_whitened_mann_kendall(&values, PreWhitening::Plain)
                .unwrap()
                .test
                .p,
        );
    }
    assert!(plain > 90, "{plain} of 500");
    assert!(
        corrected < 70 && corrected < plain / 2,
        "{corrected} of 500"
    );
    assert!(whitened < 50, "{whitened} of 500");
}

fn poisson_years(random: &mut ChaCha8Rng, periods: usize, mean: f64) -> Vec<Option<f64>> {
    let poisson = Poisson::new(mean).unwrap();
    (0..periods).map(|_| Some(poisson.sample(random))).collect()
}

#[test]
fn farrington_false_alarms_are_near_alpha() {
    let mut random = ChaCha8Rng::seed_from_u64(16);
    for (threshold, mean, low, high) in [
        (FarringtonThreshold::TwoThirdsPower, 20.0, 0.040, 0.062),
        // A count is above a whole-numbered limit with at most the chance α.
        (FarringtonThreshold::NegativeBinomial, 20.0, 0.025, 0.058),
        (
            FarringtonThreshold::NegativeBinomialUpperMean,
            20.0,
            0.002,
            0.04,
        ),
    ] {
        let params = FarringtonParams {
            threshold,
            least_cases: 0.0,
            ..FarringtonParams::original(52, 0.05)
        };
        let params = FarringtonParams {
            reweight_above: Some(2.58),
            ..params
        };
        let (mut alarms, mut judged) = (0, 0);
        for _ in 0..30 {
            let counts = poisson_years(&mut random, 52 * 8, mean);
            for alarm in farrington(&counts, None, &params)
                .unwrap()
                .into_iter()
                .flatten()
            {
                judged += 1;
                alarms += usize::from(alarm.alarm);
            }
        }
        let share = f64::from(u32::try_from(alarms).unwrap()) / f64::from(judged);
        eprintln!("{threshold:?}: {share:.4} of {judged} quiet periods alarm at 0.05");
        assert!((low..=high).contains(&share), "{threshold:?}: {share}");
    }
}

#[test]
fn the_simulated_cusum_threshold_keeps_its_chance_of_a_false_alarm() {
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let expected: Vec<f64> = (0..52).map(|t| 5.0 + 3.0 * f64::from(t % 4)).collect();
    let params = CusumThresholdParams::new(1.5, 0.1, 1).unwrap();
    let threshold = cusum_threshold(&expected, &params).unwrap();
    let chart = CusumParams::new(1.5, threshold).unwrap();
    let means: Vec<_> = expected.iter().copied().map(Some).collect();
    let alarmed = (0..2000)
        .filter(|_| {
            let counts: Vec<_> = expected
                .iter()
                .map(|mean| Some(Poisson::new(*mean).unwrap().sample(&mut random)))
                .collect();
            poisson_cusum(&counts, &means, &chart)
                .unwrap()
                .iter()
                .flatten()
                .any(|point| point.alarm)
        })
        .count();
    // 200 expected, standard error 13 and that of the threshold.
    assert!((150..=250).contains(&alarmed), "{alarmed}");
}

#[test]
fn roger_p_values_are_uniform_without_season_whatever_the_exposure() {
    let mut random = ChaCha8Rng::seed_from_u64(18);
    let days = [
        31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0,
    ];
    for harmonics in [1, 2] {
        let p_values = (0..2000)
            .map(|_| {
                let counts: Vec<f64> = days
                    .iter()
                    .map(|days| Poisson::new(*days).unwrap().sample(&mut random))
                    .collect();
                roger_test(&counts, Some(&days), harmonics).unwrap().p
            })
            .collect();
        let distance = gap_from_uniform(p_values);
        assert!(distance < LIMIT, "{harmonics}: {distance}");
    }
}

#[test]
fn seasonal_index_and_trend_intervals_cover_95_percent() {
    let mut random = ChaCha8Rng::seed_from_u64(19);
    let season = [0.5, 1.0, 1.5, 1.0];
    let index_params = SeasonalIndexParams::new(4, 0.95).unwrap();
    let trend_params = LogLinearParams::new(4.0, 0.95).unwrap();
    let (mut index_covered, mut trend_covered) = (0, 0);
    for _ in 0..1500 {
        // Overdispersed: the Poisson mean itself varies by a gamma-like factor.
        let counts: Vec<_> = (0..40)
            .map(|t| {
                let wobble = 0.6 + 0.8 * random.random::<f64>();
                let mean = 40.0 * season[t % 4] * wobble;
                Some(Poisson::new(mean).unwrap().sample(&mut random))
            })
            .collect();
        let result = seasonal_index(&counts, None, &index_params).unwrap();
        for (index, truth) in result.indices.iter().zip(season) {
            let index = index.unwrap();
            index_covered += usize::from(index.low <= truth && truth <= index.high);
        }
        let flat: Vec<_> = (0..40)
            .map(|_| {
                let mean = 30.0 * (0.5 + random.random::<f64>());
                Some(Poisson::new(mean).unwrap().sample(&mut random))
            })
            .collect();
        let fit = log_linear_trend(&flat, None, &[], &trend_params).unwrap();
        trend_covered += usize::from(fit.yearly.low <= 1.0 && 1.0 <= fit.yearly.high);
    }
    let share = index_covered as f64 / 6000.0;
    assert!((share - 0.95).abs() < 0.015, "index: {share}");
    let share = trend_covered as f64 / 1500.0;
    assert!((share - 0.95).abs() < 0.015, "trend: {share}");
}
