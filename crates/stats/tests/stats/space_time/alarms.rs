//! Farrington, EARS, CUSUM and EWMA.

use std::f64::consts::TAU;

use proptest::prelude::*;
use safeground_stats::space_time::{
    AfterAlarm, CountResidual, CusumParams, CusumThresholdParams, EarsMethod, EarsParams,
    EwmaChartParams, FarringtonParams, FarringtonThreshold, HeadStart, count_residuals,
    cusum_threshold, ears, ewma_chart, farrington, poisson_cusum,
};

use super::{all_present, assert_close};
use crate::threads::on_any_threads;

/// Counts with trend, season and two outbreaks, without random numbers.
fn counts(n: usize, per_year: usize) -> Vec<f64> {
    let mut counts: Vec<f64> = (0..n)
        .map(|t| {
            let (time, year) = (t as f64, per_year as f64);
            let mean =
                9.0 * (0.002 * time * 52.0 / year).exp() * (1.0 + 0.4 * (TAU * time / year).sin());
            (mean * (0.1 + 1.8 * ((t * 37 + 11) % 23) as f64 / 22.0)).trunc()
        })
        .collect();
    counts[n - 60] += 40.0;
    counts[(2 * n - 110) % n] += 35.0;
    counts
}

struct Expected {
    now: usize,
    mean: f64,
    upper: f64,
    p: f64,
    dispersion: f64,
    trend: Option<f64>,
}

fn assert_alarms(counts: &[f64], params: &FarringtonParams, expected: &[Expected]) {
    let alarms = farrington(&all_present(counts), None, params).unwrap();
    for e in expected {
        let what = format!("period {}", e.now);
        let ours = alarms[e.now].unwrap();
        assert_close(ours.expected, e.mean, 1e-8, &what);
        assert_close(ours.upper, e.upper, 1e-8, &what);
        assert_close(ours.p, e.p, 1e-7, &what);
        assert_close(ours.dispersion, e.dispersion, 1e-8, &what);
        assert_eq!(ours.trend.is_some(), e.trend.is_some(), "{what}");
        if let (Some(ours), Some(theirs)) = (ours.trend, e.trend) {
            assert_close(ours, theirs, 1e-8, &what);
        }
        assert_eq!(ours.alarm, counts[e.now] > e.upper);
        assert_eq!(ours.alarm, ours.score > 1.0);
    }
}

/// The figures are those of a twin written in Python on statsmodels' GLM and
/// scipy's distributions.
#[test]
fn farrington_agrees_with_a_twin_on_statsmodels() {
    let weekly = counts(52 * 7, 52);
    assert_eq!(weekly.iter().sum::<f64>(), 4670.0);
    assert_alarms(
        &weekly,
        &FarringtonParams::original(52, 0.025),
        &[
            Expected {
                now: 315,
                mean: 13.029658897809501,
                upper: 30.591894579322037,
                p: 0.711906588461938,
                dispersion: 4.35931295090471,
                trend: None,
            },
            Expected {
                now: 363,
                mean: 19.04667639979299,
                upper: 41.751899140649314,
                p: 0.6227699754446703,
                dispersion: 4.356981491797319,
                trend: Some(0.0031048923588644054),
            },
            Expected {
                now: 304,
                mean: 7.504938916853636,
                upper: 19.660807423271795,
                p: 8.852089393114546e-9,
                dispersion: 3.4644353263878624,
                trend: None,
            },
        ],
    );
    let improved = FarringtonParams::improved(52, 0.005);
    assert_alarms(
        &weekly,
        &improved,
        &[
            Expected {
                now: 334,
                mean: 20.709526693606875,
                upper: 53.0,
                p: 0.13260822852730433,
                dispersion: 4.506511594746297,
                trend: Some(0.0021079379243368617),
            },
            Expected {
                now: 304,
                mean: 10.309186097066167,
                upper: 34.0,
                p: 0.00012894290075272737,
                dispersion: 4.239873230424171,
                trend: Some(0.0020212009745037627),
            },
        ],
    );
    let upper_mean = FarringtonParams {
        threshold: FarringtonThreshold::NegativeBinomialUpperMean,
        ..improved
    };
    assert_alarms(
        &weekly,
        &upper_mean,
        &[Expected {
            now: 304,
            mean: 10.309186097066167,
            upper: 43.0,
            p: 0.001086503234669283,
            dispersion: 4.239873230424171,
            trend: Some(0.0020212009745037627),
        }],
    );
    let monthly = FarringtonParams {
        half_window: 1,
        seasonal_levels: 4,
        reweight_above: Some(2.58),
        ..FarringtonParams::original(12, 0.01)
    };
    assert_alarms(
        &counts(12 * 9, 12),
        &monthly,
        &[
            Expected {
                now: 84,
                mean: 17.078773923639012,
                upper: 45.78265777763868,
                p: 0.2914268404112865,
                dispersion: 5.196178911350438,
                trend: Some(0.010050058711661551),
            },
            Expected {
                now: 107,
                mean: 17.391724624896884,
                upper: 50.19778816408547,
                p: 0.3504143477538526,
                dispersion: 6.558732751787637,
                trend: Some(0.010615235884248874),
            },
        ],
    );
}

#[test]
fn farrington_does_not_depend_on_threads() {
    let counts = all_present(&counts(52 * 7, 52));
    let params = FarringtonParams::improved(52, 0.005);
    on_any_threads(|| farrington(&counts, None, &params).unwrap());
}

#[test]
fn an_outbreak_is_found_and_early_periods_are_undefined() {
    let counts = counts(52 * 7, 52);
    let params = FarringtonParams::improved(52, 0.005);
    let alarms = farrington(&all_present(&counts), None, &params).unwrap();
    assert!(alarms[..5 * 52 + 3].iter().all(Option::is_none));
    assert!(alarms[5 * 52 + 3..].iter().all(Option::is_some));
    assert!(alarms[304].unwrap().alarm);
}

/// Doubling the exposure of the present doubles what is expected.
#[test]
fn exposure_is_an_offset() {
    let counts = all_present(&counts(52 * 6, 52));
    let mut params = FarringtonParams::original(52, 0.01);
    params.reweight_above = None;
    let mut people = vec![Some(1000.0); counts.len()];
    people[311] = Some(2000.0);
    let plain = farrington(&counts, None, &params).unwrap()[311].unwrap();
    let doubled = farrington(&counts, Some(&people), &params).unwrap()[311].unwrap();
    assert_close(doubled.expected, 2.0 * plain.expected, 1e-9, "expected");
    people[311] = Some(0.0);
    assert!(farrington(&counts, Some(&people), &params).is_err());
}

#[test]
fn first_cases_ever_are_an_alarm_and_not_undefined() {
    let mut counts = vec![Some(0.0); 12 * 6];
    counts[71] = Some(6.0);
    for mut params in [
        FarringtonParams::original(12, 0.01),
        FarringtonParams::improved(12, 0.01),
    ] {
        params.half_window = 1;
        params.seasonal_levels = params.seasonal_levels.min(4);
        let alarms = farrington(&counts, None, &params).unwrap();
        let last = alarms[71].unwrap();
        assert!(last.alarm && last.p < 0.01, "{last:?}");
        let quiet = alarms[70].unwrap();
        assert!(!quiet.alarm && quiet.p == 1.0, "{quiet:?}");
    }
}

#[test]
fn missing_periods_leave_the_model_and_have_no_alarm() {
    let mut counts = all_present(&counts(52 * 7, 52));
    let params = FarringtonParams::improved(52, 0.01);
    for gap in [40, 100, 101, 363] {
        counts[gap] = None;
    }
    let alarms = farrington(&counts, None, &params).unwrap();
    assert!(alarms[363].is_none());
    assert!(alarms[362].is_some());
}

#[test]
fn farrington_parameters_are_checked() {
    let counts = [Some(1.0); 10];
    let wrong: [fn(&mut FarringtonParams); 7] = [
        |p| p.alpha = 0.0,
        |p| p.alpha = f64::NAN,
        |p| p.years_back = 0,
        |p| p.periods_per_year = 0,
        |p| p.seasonal_levels = 60,
        |p| p.reweight_above = Some(0.0),
        |p| p.trend_significance = 1.5,
    ];
    for change in wrong {
        let mut params = FarringtonParams::original(52, 0.01);
        change(&mut params);
        assert!(farrington(&counts, None, &params).is_err());
    }
}

#[test]
fn ears_limits_are_the_definitions_written_out() {
    let y = [
        3.0, 5.0, 2.0, 4.0, 6.0, 3.0, 5.0, 4.0, 9.0, 12.0, 15.0, 14.0,
    ];
    let counts = all_present(&y);
    let moments = |part: &[f64]| {
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        let squares: f64 = part.iter().map(|x| (x - mean).powi(2)).sum();
        (mean, (squares / (part.len() as f64 - 1.0)).sqrt())
    };
    let c1 = ears(&counts, &EarsParams::usual(EarsMethod::C1)).unwrap();
    assert!(c1[6].is_none());
    let (mean, deviation) = moments(&y[1..8]);
    let ours = c1[8].unwrap();
    assert_close(
        ours.upper,
        mean + 3.090232306167813 * deviation,
        1e-12,
        "C1",
    );
    assert!(ours.alarm);
    let c2 = ears(&counts, &EarsParams::usual(EarsMethod::C2)).unwrap();
    assert!(c2[8].is_none());
    let standard = |now: usize| {
        let (mean, deviation) = moments(&y[now - 9..now - 2]);
        (y[now] - mean) / deviation
    };
    assert_close(
        c2[10].unwrap().statistic.unwrap(),
        standard(10),
        1e-12,
        "C2",
    );
    let c3 = ears(&counts, &EarsParams::usual(EarsMethod::C3)).unwrap();
    assert!(c3[10].is_none());
    let sum: f64 = (9..=11).map(|t| (standard(t) - 1.0).max(0.0)).sum();
    let ours = c3[11].unwrap();
    assert_close(ours.statistic.unwrap(), sum, 1e-12, "C3");
    assert!(ours.alarm && ours.upper == 0.0, "the two before suffice");
    let calm = [3.0, 5.0, 2.0, 4.0, 6.0, 3.0, 5.0, 4.0, 3.0, 2.0, 5.0, 4.0];
    let last = |count: f64| {
        let mut counts = all_present(&calm);
        counts[11] = Some(count);
        ears(&counts, &EarsParams::usual(EarsMethod::C3)).unwrap()[11].unwrap()
    };
    let upper = last(4.0).upper;
    assert!(!last(upper - 1e-9).alarm && last(upper + 1e-9).alarm);
    // A baseline that does not vary: the limit is its mean, as in R.
    let flat = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0];
    let alarm = ears(&all_present(&flat), &EarsParams::usual(EarsMethod::C1)).unwrap()[7].unwrap();
    assert!(alarm.alarm && alarm.statistic.is_none());
    assert!(EarsParams::new(EarsMethod::C1, 2, 0.0, 0.01).is_err());
}

/// Lucas (1985) puts the chart as C = max(0, C + y − k) with
/// k = (μ₁ − μ₀)/(ln μ₁ − ln μ₀).
#[test]
fn the_chart_is_that_of_lucas_up_to_scale() {
    let y = [2.0, 3.0, 5.0, 6.0, 4.0, 7.0, 1.0];
    let (in_control, out_of_control) = (3.0_f64, 6.0_f64);
    let k = (out_of_control - in_control) / (out_of_control.ln() - in_control.ln());
    let mut params = CusumParams::new(2.0, 3.0).unwrap();
    params.after_alarm = AfterAlarm::Continue;
    let chart = poisson_cusum(&all_present(&y), &[Some(3.0); 7], &params).unwrap();
    let mut lucas = 0.0_f64;
    for (count, point) in y.iter().zip(&chart) {
        lucas = (lucas + count - k).max(0.0);
        let point = point.unwrap();
        assert!((point.value - lucas * 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(point.alarm, point.value > 3.0);
    }
    params.head_start = HeadStart::Half;
    let fast = poisson_cusum(&all_present(&y), &[Some(3.0); 7], &params).unwrap();
    let first = fast[0].unwrap().value;
    assert!((first - (1.5 + 2.0 * 2.0_f64.ln() - 3.0).max(0.0)).abs() < 1e-12);
    assert!(fast[2].unwrap().value >= chart[2].unwrap().value);
}

#[test]
fn missing_periods_leave_the_charts_where_they_were() {
    let params = CusumParams::new(2.0, 100.0).unwrap();
    let counts = [Some(9.0), None, Some(9.0)];
    let chart = poisson_cusum(&counts, &[Some(3.0); 3], &params).unwrap();
    assert!(chart[1].is_none());
    let dense = poisson_cusum(&[Some(9.0); 2], &[Some(3.0); 2], &params).unwrap();
    assert_eq!(chart[2], dense[1]);
    let params = EwmaChartParams::new(0.2, 3.0).unwrap();
    let residuals = count_residuals(&counts, &[Some(3.0); 3], CountResidual::Pearson).unwrap();
    let chart = ewma_chart(&residuals, &params).unwrap();
    assert!(chart[1].is_none() && chart[2].unwrap().value > chart[0].unwrap().value);
}

/// The limits widen from L λ √φ to their steady value.
#[test]
fn ewma_limits_start_at_the_first_residual() {
    let params = EwmaChartParams::new(0.25, 3.0).unwrap();
    let chart = |r: f64| ewma_chart(&[Some(r)], &params).unwrap()[0].unwrap();
    assert!(!chart(2.99).alarm && chart(3.01).alarm && chart(-3.01).alarm);
    for residual in [
        CountResidual::Pearson,
        CountResidual::Rossi,
        CountResidual::Anscombe,
    ] {
        let r =
            count_residuals(&[Some(7.0), Some(9.0)], &[Some(7.0), Some(0.0)], residual).unwrap();
        assert!(r[0].unwrap().abs() < 1e-12 && r[1].is_none());
    }
}

#[test]
fn the_simulated_threshold_does_not_depend_on_threads() {
    let expected: Vec<f64> = (0..52).map(|t| 4.0 + f64::from(t % 5)).collect();
    let mut params = CusumThresholdParams::new(1.5, 0.05, 7).unwrap();
    params.simulations = 999;
    on_any_threads(|| cusum_threshold(&expected, &params).unwrap());
    assert!(cusum_threshold(&[0.0; 5], &params).is_err());
    assert!(CusumThresholdParams::new(1.0, 0.05, 7).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn alarms_never_panic(
        counts in prop::collection::vec(
            prop::option::of(prop_oneof![
                4 => (0_u32..30).prop_map(f64::from),
                1 => Just(0.0), 1 => Just(1e12), 1 => Just(f64::NAN),
            ]),
            0..90,
        ),
        levels in 1_usize..5,
        method in 0..3,
    ) {
        let params = FarringtonParams {
            half_window: 1,
            seasonal_levels: levels,
            threshold: [
                FarringtonThreshold::TwoThirdsPower,
                FarringtonThreshold::NegativeBinomial,
                FarringtonThreshold::NegativeBinomialUpperMean,
            ][method as usize],
            ..FarringtonParams::original(12, 0.01)
        };
        if let Ok(alarms) = farrington(&counts, None, &params) {
            for alarm in alarms.into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&alarm.p), "{:?}", alarm);
                prop_assert!(alarm.dispersion >= 1.0);
            }
        }
        for method in [EarsMethod::C1, EarsMethod::C2, EarsMethod::C3] {
            let _ = ears(&counts, &EarsParams::usual(method));
        }
        let _ = poisson_cusum(&counts, &counts, &CusumParams::new(0.5, 3.0).unwrap());
    }
}
