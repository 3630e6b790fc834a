//! Decomposition, seasonal index, log-linear trend and rates over time.

use std::f64::consts::TAU;

use proptest::prelude::*;
use safeground_stats::rates::poisson_interval;
use safeground_stats::space_time::{
    ChangepointParams, CombinedParams, CusumThresholdParams, DecompositionParams, EarsMethod,
    EarsParams, FarringtonParams, HolidayWindow, LogLinearParams, Penalty, SeasonalIndexParams,
    SeasonalWindow, SpaceTimeCube, cusum_threshold, ears, farrington, log_linear_trend,
    moving_holiday, poisson_changepoints, rate_series, roger_test, seasonal_decomposition,
    seasonal_index, seasonal_mann_kendall, standardised_series,
};

use super::{all_present, assert_close};

fn seasonal_values() -> Vec<Option<f64>> {
    let mut values: Vec<_> = (0..60)
        .map(|t: i32| {
            let time = f64::from(t);
            100.0 + 0.5 * time + 10.0 * (TAU * time / 12.0).sin() + f64::from(t * 7 % 5) - 2.0
        })
        .map(Some)
        .collect();
    values[25] = values[25].map(|x| x + 30.0);
    values
}

/// statsmodels 0.15.0, `STL(period=12, seasonal=.., robust=..)` with one inner
/// and 15 outer iterations when robust, two and none otherwise.
#[test]
fn stl_agrees_with_statsmodels() {
    for (robust, cycles, expected) in [
        (
            false,
            7,
            [
                99.30142300107711,
                116.7108249949596,
                -0.13227501538046776,
                12.71895814534749,
                -3.3275518897997216,
                17.90654900410331,
                1.0,
            ],
        ),
        (
            false,
            13,
            [
                98.7135854976736,
                116.71454658593338,
                0.09649424292816712,
                10.91533482710496,
                -4.153155065407074,
                19.50245675509875,
                1.0,
            ],
        ),
        (
            true,
            7,
            [
                100.12160013335237,
                115.5768838890258,
                -2.069162084996538,
                5.2906441852986354,
                -3.346802969101079,
                28.010124810965095,
                0.0,
            ],
        ),
        (
            true,
            13,
            [
                100.16298026576632,
                115.21390989697049,
                -2.040588072496684,
                5.680318637316127,
                -2.1606204397558404,
                27.53350824873597,
                0.0,
            ],
        ),
    ] {
        let mut params = DecompositionParams::new(12, SeasonalWindow::Cycles(cycles)).unwrap();
        params.robust = robust;
        let parts = seasonal_decomposition(&seasonal_values(), &params).unwrap();
        let ours = [
            parts.trend[0],
            parts.trend[30],
            parts.seasonal[0],
            parts.seasonal[25],
            parts.seasonal[59],
            parts.remainder[25],
            parts.weights[25],
        ];
        for (which, (ours, theirs)) in ours.into_iter().zip(expected).enumerate() {
            // Relative to the series, whose parts are differences of it.
            assert!(
                (ours - theirs).abs() < 1e-8,
                "robust {robust}, {cycles} cycles, figure {which}: {ours} {theirs}"
            );
        }
    }
}

#[test]
fn parts_add_up_and_a_periodic_season_repeats() {
    let values = seasonal_values();
    for exact in [true, false] {
        let mut params = DecompositionParams::new(12, SeasonalWindow::Periodic).unwrap();
        params.exact = exact;
        let parts = seasonal_decomposition(&values, &params).unwrap();
        for (t, value) in values.iter().enumerate() {
            let sum = parts.trend[t] + parts.seasonal[t] + parts.remainder[t];
            assert!((sum - value.unwrap()).abs() < 1e-10);
            assert_eq!(parts.seasonal[t], parts.seasonal[t % 12]);
        }
        assert!(parts.seasonal_strength.unwrap() > 0.7);
    }
}

#[test]
fn gaps_and_short_series_are_refused() {
    let params = DecompositionParams::new(12, SeasonalWindow::Periodic).unwrap();
    let mut values = seasonal_values();
    assert!(seasonal_decomposition(&values[..23], &params).is_err());
    values[4] = None;
    let error = seasonal_decomposition(&values, &params).unwrap_err();
    assert!(error.to_string().contains("period 4"), "{error}");
    assert!(DecompositionParams::new(1, SeasonalWindow::Periodic).is_err());
    assert!(DecompositionParams::new(12, SeasonalWindow::Cycles(8)).is_err());
}

/// With complete years the index is the month's share of all cases.
#[test]
fn the_index_of_complete_years_is_the_share_of_cases() {
    let counts: Vec<f64> = (0..48)
        .map(|t| f64::from(5 + t % 12 * (1 + t / 12) % 9))
        .collect();
    let params = SeasonalIndexParams::new(12, 0.95).unwrap();
    let result = seasonal_index(&all_present(&counts), None, &params).unwrap();
    let total: f64 = counts.iter().sum();
    let mut sum = 0.0;
    for (month, index) in result.indices.iter().enumerate() {
        let share: f64 = counts.iter().skip(month).step_by(12).sum::<f64>() / total;
        let index = index.unwrap();
        assert_close(index.index, 12.0 * share, 1e-9, "index");
        assert!(index.low < index.index && index.index < index.high);
        sum += index.index;
    }
    assert!((sum - 12.0).abs() < 1e-9);
}

/// A wedding month missing in the busiest year does not pull its index down.
#[test]
fn missing_months_and_trends_do_not_tilt_the_index() {
    let season = [1.0, 2.0, 4.0, 1.0];
    let counts: Vec<_> = (0..20)
        .map(|t| Some(1000.0 * season[t % 4] * 1.5_f64.powi((t / 4) as i32)))
        .collect();
    let mut gapped = counts.clone();
    gapped[18] = None;
    gapped.pop();
    let params = SeasonalIndexParams::new(4, 0.95).unwrap();
    let result = seasonal_index(&gapped, None, &params).unwrap();
    for (index, season) in result.indices.iter().zip(season) {
        assert_close(index.unwrap().index, season / 2.0, 1e-9, "index");
    }
}

#[test]
fn a_month_without_cases_has_index_zero_and_an_upper_limit() {
    let mut counts: Vec<_> = (0..36).map(|t| Some(f64::from(3 + t % 4))).collect();
    for year in 0..3 {
        counts[12 * year + 5] = Some(0.0);
    }
    let params = SeasonalIndexParams::new(12, 0.95).unwrap();
    let result = seasonal_index(&counts, None, &params).unwrap();
    let index = result.indices[5].unwrap();
    assert_eq!((index.index, index.low), (0.0, 0.0));
    assert!(index.high > 0.0 && index.high < 1.0, "{index:?}");
    let never: Vec<_> = (0..36)
        .map(|t| (t % 12 != 5).then(|| f64::from(3 + t % 4)))
        .collect();
    assert!(seasonal_index(&never, None, &params).unwrap().indices[5].is_none());
    assert!(seasonal_index(&[Some(0.0); 36], None, &params).is_err());
    assert!(seasonal_index(&counts[..12], None, &params).is_err());
}

#[test]
fn a_known_trend_season_and_holiday_are_found_whatever_the_exposure() {
    // Months of 30 days; a holiday that moves by 11 days a year, as lunar
    // calendars do.
    let starts: Vec<i64> = (0..=96).map(|m| 30 * m).collect();
    let holidays: Vec<i64> = (0..8).map(|year| 360 * year + 200 - 11 * year).collect();
    let window = HolidayWindow {
        days_before: 5,
        days_after: 5,
    };
    let holiday = moving_holiday(&starts, &holidays, window, 12).unwrap();
    let mut counts = Vec::new();
    let mut people = Vec::new();
    for (month, share) in holiday.iter().enumerate() {
        let time = month as f64;
        let exposure = 1e5 * (1.0 + 0.3 * (time / 7.0).sin());
        let log_rate = -4.0 + 0.05 * time / 12.0 + 0.2 * (TAU * time / 12.0).sin() + 0.5 * share;
        counts.push(Some(exposure * log_rate.exp()));
        people.push(Some(exposure));
    }
    let mut params = LogLinearParams::new(12.0, 0.95).unwrap();
    params.harmonics = 1;
    let regressor = all_present(&holiday);
    let fit = log_linear_trend(&counts, Some(&people), &[&regressor], &params).unwrap();
    assert_close(fit.yearly.ratio, 0.05_f64.exp(), 1e-9, "yearly");
    assert_close(fit.regressors[0].ratio, 0.5_f64.exp(), 1e-9, "holiday");
    assert!(fit.yearly.low < fit.yearly.ratio && fit.yearly.ratio < fit.yearly.high);
    assert_close(fit.peak_to_trough.unwrap(), 0.4_f64.exp(), 1e-9, "season");
    assert_close(
        fit.expected[7].unwrap(),
        counts[7].unwrap(),
        1e-9,
        "expected",
    );
    assert_eq!(fit.dispersion, 1.0);
}

#[test]
fn terms_that_depend_on_each_other_are_refused() {
    let counts: Vec<_> = (0..20).map(|t| Some(f64::from(t % 5))).collect();
    let params = LogLinearParams::new(12.0, 0.95).unwrap();
    let constant = vec![Some(1.0); 20];
    assert!(log_linear_trend(&counts, None, &[&constant], &params).is_err());
    assert!(log_linear_trend(&[Some(0.0); 20], None, &[], &params).is_err());
    assert!(log_linear_trend(&counts[..2], None, &[], &params).is_err());
}

#[test]
fn rates_have_exact_limits_and_need_a_denominator() {
    let points = rate_series(
        &[Some(5.0), Some(0.0), None, Some(2.0)],
        &[Some(10.0), Some(4.0), Some(3.0), Some(0.0)],
        0.95,
    )
    .unwrap();
    let exact = poisson_interval(5);
    let first = points[0].unwrap();
    assert_close(first.interval.low * 10.0, exact.low, 1e-9, "low");
    assert_close(first.interval.high * 10.0, exact.high, 1e-9, "high");
    assert_eq!(points[1].unwrap().interval.low, 0.0);
    assert!(points[2].is_none() && points[3].is_none());
    assert!(rate_series(&[Some(1.0)], &[Some(1.0)], 1.0).is_err());
}

/// Rates by age stay the same while people grow older: the crude rate rises
/// and the standardised ratio stays at 1.
#[test]
fn ageing_does_not_pass_for_a_trend() {
    let (mut counts, mut people) = (Vec::new(), Vec::new());
    for year in 0..10 {
        let old = 100.0 + 50.0 * f64::from(year);
        counts.extend([Some(0.01 * 1000.0), Some(0.1 * old)]);
        people.extend([Some(1000.0), Some(old)]);
    }
    let counts = SpaceTimeCube::new(2, 10, &counts).unwrap();
    let people = SpaceTimeCube::new(2, 10, &people).unwrap();
    for ratio in standardised_series(&counts, &people, 0.95).unwrap() {
        let ratio = ratio.unwrap();
        assert_close(ratio.rate, 1.0, 1e-12, "ratio");
        assert!(ratio.interval.low < 1.0 && ratio.interval.high > 1.0);
    }
}

/// Parameters that no series can meet are refused or leave all undefined.
#[test]
fn absurd_parameters_do_not_panic() {
    let counts: Vec<_> = (0..30).map(|t| Some(f64::from(t % 5))).collect();
    let huge = usize::MAX;
    let params = DecompositionParams::new(huge, SeasonalWindow::Periodic).unwrap();
    assert!(seasonal_decomposition(&counts, &params).is_err());
    let params = SeasonalIndexParams::new(huge, 0.95).unwrap();
    assert!(seasonal_index(&counts, None, &params).is_err());
    let mut params = LogLinearParams::new(1e300, 0.95).unwrap();
    let _ = log_linear_trend(&counts, None, &[], &params);
    params.harmonics = huge;
    assert!(log_linear_trend(&counts, None, &[], &params).is_err());
    assert!(roger_test(&[1.0; 12], None, huge).is_err());
    let mut params = FarringtonParams::original(52, 0.01);
    params.half_window = huge;
    assert!(farrington(&counts, None, &params).is_err());
    params = FarringtonParams::original(52, 0.01);
    (params.years_back, params.recent_excluded) = (huge, huge);
    assert_eq!(farrington(&counts, None, &params).unwrap(), [None; 30]);
    let params = ChangepointParams::new(Penalty::Bic, huge).unwrap();
    assert_eq!(
        poisson_changepoints(&counts, &[Some(1.0); 30], &params)
            .unwrap()
            .len(),
        1
    );
    let params = EarsParams::new(EarsMethod::C3, huge, 0.0, 0.01).unwrap();
    assert_eq!(ears(&counts, &params).unwrap(), [None; 30]);
    let params = CombinedParams::correlated();
    let _ = seasonal_mann_kendall(&counts, huge, &params);
    assert!(cusum_threshold(&[1e300], &CusumThresholdParams::new(2.0, 0.1, 1).unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn seasonal_methods_never_panic(
        counts in prop::collection::vec(
            prop::option::of(prop_oneof![
                4 => (0_u32..20).prop_map(f64::from),
                1 => Just(0.0), 1 => Just(1e300), 1 => Just(f64::NAN),
            ]),
            0..40,
        ),
        period in 2_usize..9,
    ) {
        let params = SeasonalIndexParams::new(period, 0.95).unwrap();
        let _ = seasonal_index(&counts, None, &params);
        let _ = seasonal_index(&counts, Some(&counts), &params);
        for window in [SeasonalWindow::Periodic, SeasonalWindow::Cycles(7)] {
            let mut params = DecompositionParams::new(period, window).unwrap();
            let _ = seasonal_decomposition(&counts, &params);
            params.robust = true;
            let _ = seasonal_decomposition(&counts, &params);
        }
        let mut params = LogLinearParams::new(period as f64, 0.95).unwrap();
        params.harmonics = 1;
        let _ = log_linear_trend(&counts, None, &[], &params);
        let _ = log_linear_trend(&counts, Some(&counts), &[&counts], &params);
    }
}
