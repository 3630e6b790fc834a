//! Mann-Kendall and Sen against pymannkendall, scipy and R's Kendall.

use proptest::prelude::*;
use safeground_stats::space_time::{
    AutocorrelatedParams, CombinedParams, Dependence, MannKendall, MannKendallParams,
    NullDistribution, PreWhitening, SenSlopeParams, SpaceTimeCube, VarianceCorrection,
    autocorrelated_mann_kendall, cube_trends, mann_kendall, pre_whitened_mann_kendall,
    regional_mann_kendall, seasonal_mann_kendall, seasonal_sen_slope, sen_slope,
};

use super::{all_present, assert_close};
use crate::oracle::{columns, shared};
use crate::threads::on_any_threads;

const TIGHT: f64 = 1e-10;

/// Income of a state over the mean of the 48 states, 1929 to 2009.
fn relative_incomes() -> Option<Vec<Vec<f64>>> {
    let path = shared("oracles/us_income/units.csv")?;
    let units = columns(path);
    let mut incomes = vec![Vec::new(); 48];
    for year in 1929..=2009 {
        let column = &units[&year.to_string()];
        let mean = column.iter().flatten().sum::<f64>() / 48.0;
        for (state, income) in column.iter().enumerate() {
            incomes[state].push(income.unwrap() / mean);
        }
    }
    Some(incomes)
}

fn rounded_incomes() -> Option<Vec<Vec<f64>>> {
    let path = shared("oracles/us_income/rounded_rel_last12.csv")?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(path)
        .unwrap();
    Some(
        reader
            .records()
            .map(|row| row.unwrap().iter().map(|x| x.parse().unwrap()).collect())
            .collect(),
    )
}

fn test_with(values: &[Option<f64>], distribution: NullDistribution) -> MannKendall {
    mann_kendall(values, &MannKendallParams { distribution }).unwrap()
}

fn corrected(values: &[Option<f64>], correction: VarianceCorrection) -> MannKendall {
    let params = AutocorrelatedParams::new(correction, None).unwrap();
    autocorrelated_mann_kendall(values, &params).unwrap().test
}

const HAMED_RAO: VarianceCorrection = VarianceCorrection::HamedRao { significance: 0.05 };

/// pymannkendall reads p as 2(1 − Φ), whose error is that of numbers near 1.
fn assert_same_p(ours: f64, theirs: f64, what: &str) {
    let gap = (ours - theirs).abs();
    assert!(gap <= TIGHT * theirs + 4e-16, "{what}: {ours} {theirs}");
}

#[test]
fn every_column_of_pymannkendall_and_scipy_is_met() {
    let (Some(incomes), Some(rounded), Some(path)) = (
        relative_incomes(),
        rounded_incomes(),
        shared("oracles/us_income/mk_pymannkendall.csv"),
    ) else {
        return;
    };
    let oracle = columns(path);
    let late: Vec<Vec<f64>> = incomes.iter().map(|x| x[51..].to_vec()).collect();
    let series: Vec<&Vec<f64>> = incomes.iter().chain(&late).chain(&rounded).collect();
    // The file lists the whole series, 1980 to 2009, and the rounded ones, in
    // the order in which it was written.
    let n = &oracle["n"];
    let order: Vec<&Vec<f64>> = match n[0] {
        Some(81.0) => series,
        _ => panic!("the file has another order"),
    };
    let mut compared = 0;
    for (row, x) in order.iter().enumerate() {
        let theirs = |column: &str| oracle[column][row].unwrap();
        assert_eq!(x.len() as f64, theirs("n"));
        let values = all_present(x);
        let test = test_with(&values, NullDistribution::NormalWithContinuity);
        assert_eq!(test.s as f64, theirs("S"), "row {row}");
        for (name, ours) in [
            ("var_s", test.variance),
            ("z", test.z),
            ("tau", test.tau_a),
            ("scipy_tau_b", test.tau_b),
        ] {
            assert_close(ours, theirs(name), TIGHT, &format!("{name} of row {row}"));
        }
        assert_same_p(test.p, theirs("p"), "p");
        let line = sen_slope(&values, &SenSlopeParams::new(0.95).unwrap()).unwrap();
        assert_close(line.slope, theirs("slope"), TIGHT, "slope");
        assert_close(line.intercept, theirs("intercept"), TIGHT, "intercept");
        assert!(line.low <= line.slope && line.slope <= line.high);
        let hamed_rao = corrected(&values, HAMED_RAO);
        assert_close(hamed_rao.z, theirs("hamed_rao_z"), TIGHT, "Hamed-Rao");
        assert_same_p(hamed_rao.p, theirs("hamed_rao_p"), "Hamed-Rao p");
        let yue_wang = corrected(&values, VarianceCorrection::YueWang);
        assert_close(yue_wang.z, theirs("yue_wang_z"), TIGHT, "Yue-Wang");
        // scipy is exact without ties up to 33 values, and normal without
        // continuity correction elsewhere.
        let scipy = if x.len() <= 33 && test.tau_a == test.tau_b {
            test_with(&values, NullDistribution::Exact)
        } else {
            test_with(&values, NullDistribution::Normal)
        };
        assert_eq!(scipy.exact, x.len() <= 33 && test.tau_a == test.tau_b);
        assert_close(scipy.p, theirs("scipy_p"), TIGHT, &format!("scipy p {row}"));
        compared += 1;
    }
    assert_eq!(compared, 144);
}

/// R's Kendall works in single precision, and its p-value is 2(1 − Φ) in
/// single precision too: right to about 2⁻²³ of 1.
#[test]
fn ties_agree_with_r_kendall() {
    let (Some(series), Some(path)) = (
        rounded_incomes(),
        shared("oracles/us_income/mk_Kendall_rounded12.csv"),
    ) else {
        return;
    };
    let oracle = columns(path);
    for (row, x) in series.iter().enumerate() {
        let theirs = |column: &str| oracle[column][row].unwrap();
        let test = test_with(&all_present(x), NullDistribution::NormalWithContinuity);
        assert_eq!(test.s as f64, theirs("S"));
        assert_close(test.variance, theirs("varS"), 1e-6, "variance");
        assert_close(test.tau_b, theirs("tau"), 1e-6, "tau");
        let denominator = test.s as f64 / test.tau_b;
        assert_close(denominator, theirs("D"), 1e-6, "denominator");
        assert!(
            (test.p - theirs("sl")).abs() < 5e-7,
            "{} {}",
            test.p,
            theirs("sl")
        );
    }
    assert_eq!(series.len(), 48);
}

/// Without ties too, R's Kendall uses the normal approximation: the exact
/// p-value that its help page promises is not what it gives for ten values.
#[test]
fn r_kendall_is_not_exact_without_ties() {
    let Some(folder) = shared("oracles/bos_ecometric") else {
        return;
    };
    let (places, gi_star, _) = super::hotspots::bins(&folder);
    let oracle = columns(folder.join("sfdep_ehsa_thr05.csv"));
    let (mut normal, mut exact) = (0, 0);
    for (row, place) in super::hotspots::order_of_sfdep(&folder)
        .into_iter()
        .enumerate()
    {
        let z: Vec<_> = (0..10).map(|t| gi_star[t * places + place]).collect();
        let theirs = oracle["p_value"][row].unwrap();
        let test = test_with(&z, NullDistribution::NormalWithContinuity);
        normal += usize::from((test.p - theirs).abs() < 1e-6);
        let test = test_with(&z, NullDistribution::Exact);
        exact += usize::from(test.exact && (test.p - theirs).abs() < 1e-6);
        assert_close(test.tau_b, oracle["tau"][row].unwrap(), 1e-6, "tau");
    }
    assert_eq!(normal, places);
    // S = ±1 and 0 give p = 1 either way.
    assert!(exact < places / 5, "{exact} of {places}");
}

/// A rising series with a few ties, made up; what pymannkendall 1.4.3 and
/// scipy 1.17.1 say of it.
const MADE_UP: [f64; 24] = [
    12.0, 15.5, 11.25, 14.0, 19.0, 16.0, 13.75, 20.5, 22.0, 19.0, 26.0, 17.25, 24.0, 28.5, 21.25,
    30.0, 27.0, 33.0, 29.75, 35.5, 27.0, 31.0, 37.0, 34.25,
];

#[test]
fn pre_whitening_agrees_with_pymannkendall() {
    let values = all_present(&MADE_UP);
    for (whitening, s, z, p) in [
        (
            PreWhitening::Plain,
            79,
            2.0600155980294477,
            0.0393970496843572,
        ),
        (
            PreWhitening::TrendFree,
            201,
            5.2820912769985835,
            1.2771753477025527e-7,
        ),
    ] {
        let result = pre_whitened_mann_kendall(&values, whitening).unwrap();
        assert_eq!(result.test.s, s);
        assert_eq!(result.test.n, 23);
        assert_close(result.test.variance, 1433.6666666666667, TIGHT, "variance");
        assert_close(result.test.z, z, TIGHT, "z");
        assert_same_p(result.test.p, p, "p");
        assert_close(result.slope, 1.0297619047619047, TIGHT, "slope");
    }
}

#[test]
fn corrections_with_few_lags_agree_with_pymannkendall() {
    let values = all_present(&MADE_UP);
    for (correction, lags, variance, z) in [
        (HAMED_RAO, None, 546.6775161826198, 8.853290996890953),
        (HAMED_RAO, Some(3), 228.23713768115917, 13.701786287269199),
        (
            VarianceCorrection::YueWang,
            None,
            72.15617657645102,
            24.368768886302824,
        ),
        (
            VarianceCorrection::YueWang,
            Some(3),
            375.16721548045376,
            10.68705158047223,
        ),
    ] {
        let params = AutocorrelatedParams::new(correction, lags).unwrap();
        let result = autocorrelated_mann_kendall(&values, &params).unwrap();
        assert_close(result.test.variance, variance, TIGHT, "variance");
        assert_close(result.test.z, z, TIGHT, "z");
    }
}

#[test]
fn seasonal_and_regional_tests_agree_with_pymannkendall() {
    let values = all_present(&MADE_UP);
    let independent = CombinedParams::independent();
    let correlated = CombinedParams::correlated();
    let test = seasonal_mann_kendall(&values, 4, &independent).unwrap();
    assert_eq!(test.s, 51);
    assert_close(test.variance, 112.33333333333333, TIGHT, "variance");
    assert_close(test.z, 4.717540977918292, TIGHT, "z");
    assert_same_p(test.p, 2.3871233021388605e-6, "p");
    assert_close(test.tau, 0.85, TIGHT, "tau");
    let test = seasonal_mann_kendall(&values, 4, &correlated).unwrap();
    assert_close(test.variance, 411.66666666666663, TIGHT, "variance");
    assert_close(test.z, 2.5136066962597354, TIGHT, "z");
    assert_same_p(test.p, 0.011950362331301978, "p");
    let line = seasonal_sen_slope(&values, 4, &SenSlopeParams::new(0.95).unwrap()).unwrap();
    assert_close(line.slope, 3.875, TIGHT, "slope");
    assert_close(line.intercept, 11.859375, TIGHT, "intercept");
    // Four places of six periods lie in the cube as four seasons do in the
    // series.
    let rounded: Vec<_> = MADE_UP.iter().map(|x| Some(x.round_ties_even())).collect();
    let cube = SpaceTimeCube::new(4, 6, &rounded).unwrap();
    let test = regional_mann_kendall(&cube, &independent).unwrap();
    assert_eq!(test.s, 50);
    assert_close(test.variance, 111.33333333333333, TIGHT, "variance");
    assert_close(test.z, 4.643906573508241, TIGHT, "z");
    let test = regional_mann_kendall(&cube, &correlated).unwrap();
    assert_close(test.variance, 403.3333333333333, TIGHT, "variance");
    assert_close(test.z, 2.489647988659846, TIGHT, "z");
}

#[test]
fn gaps_agree_with_pymannkendall_where_it_keeps_their_place() {
    let mut values = all_present(&MADE_UP);
    for gap in [3, 9, 17] {
        values[gap] = None;
    }
    let test = test_with(&values, NullDistribution::NormalWithContinuity);
    assert_eq!(test.s, 159);
    assert_close(test.variance, 1095.6666666666667, TIGHT, "variance");
    assert_close(test.z, 4.7732904578445465, TIGHT, "z");
    let params = SenSlopeParams::new(0.95).unwrap();
    let line = sen_slope(&values, &params).unwrap();
    assert_close(line.slope, 1.0, TIGHT, "slope");
    assert_close(line.intercept, 12.0, TIGHT, "intercept");
    let test = seasonal_mann_kendall(&values, 4, &CombinedParams::independent()).unwrap();
    assert_eq!(test.s, 39);
    assert_close(test.variance, 81.0, TIGHT, "variance");
    let line = seasonal_sen_slope(&values, 4, &params).unwrap();
    assert_close(line.slope, 3.708333333333333, TIGHT, "slope");
    assert_close(line.intercept, 12.875, TIGHT, "intercept");
}

#[test]
fn the_interval_of_the_slope_agrees_with_scipy() {
    let quarter: Vec<f64> = MADE_UP
        .iter()
        .map(|x| (x / 4.0).round_ties_even())
        .collect();
    for (x, confidence, low, high) in [
        (&MADE_UP[..], 0.9, 0.8333333333333334, 1.2),
        (&MADE_UP[..], 0.95, 0.8, 1.2352941176470589),
        (&MADE_UP[..], 0.99, 0.75, 1.3333333333333333),
        (&quarter[..], 0.9, 0.21428571428571427, 0.29411764705882354),
        (&quarter[..], 0.95, 0.2, 0.3),
        (&quarter[..], 0.99, 0.18181818181818182, 0.3333333333333333),
    ] {
        let params = SenSlopeParams::new(confidence).unwrap();
        let line = sen_slope(&all_present(x), &params).unwrap();
        assert_close(line.low, low, TIGHT, "low");
        assert_close(line.high, high, TIGHT, "high");
    }
}

#[test]
fn exact_p_values_agree_with_scipy() {
    for (order, p) in [
        (vec![3, 1, 2, 5, 4, 8, 6, 7], 0.03115079365079365),
        (
            vec![2, 1, 4, 3, 6, 5, 12, 7, 9, 8, 10, 11],
            0.0004988835110362888,
        ),
    ] {
        let values: Vec<_> = order.into_iter().map(|x| Some(f64::from(x))).collect();
        assert_close(test_with(&values, NullDistribution::Exact).p, p, 1e-12, "p");
    }
}

/// 3,000 periods have more slopes than are kept: the selected ones are those
/// of all pairs in order, for measured values, counts with ties, a line of
/// whole steps, and a straight line whose values round.
#[test]
fn a_long_series_has_the_slope_of_all_its_pairs() {
    let noise = |i: u32| (f64::from(i) * 0.754_877_666_246_692_7).fract();
    let kinds: [&dyn Fn(u32) -> f64; 4] = [
        &|i| 1e-4 * f64::from(i) + noise(i) + 1e6,
        &|i| (4.0 * noise(i).powi(3)).round(),
        &|i| f64::from(i) + (1.4 * noise(i)).round(),
        &|i| 0.1 * f64::from(i),
    ];
    let params = SenSlopeParams::new(0.9).unwrap();
    for (kind, of) in kinds.iter().enumerate() {
        let values: Vec<f64> = (0..3000).map(of).collect();
        let mut slopes = Vec::new();
        for (i, first) in values.iter().enumerate() {
            for (j, second) in values.iter().enumerate().skip(i + 1) {
                slopes.push((second - first) / (j - i) as f64);
            }
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let n = slopes.len();
        assert_eq!(n % 2, 0);
        let (below, above) = (slopes[n / 2 - 1], slopes[n / 2]);
        let median = if below == above {
            below
        } else {
            (below + above) / 2.0
        };
        let found = on_any_threads(|| sen_slope(&all_present(&values), &params).unwrap());
        assert_eq!(found.slope.to_bits(), median.to_bits(), "{kind}");
        let test = test_with(
            &all_present(&values),
            NullDistribution::NormalWithContinuity,
        );
        let margin = 1.644_853_626_951_472_7 * test.variance.sqrt();
        let rank = |rank: f64| slopes[rank.round_ties_even() as usize - 1];
        assert_eq!(found.low, rank((n as f64 - margin) / 2.0), "{kind}");
        assert_eq!(found.high, rank((n as f64 + margin) / 2.0 + 1.0), "{kind}");
    }
}

#[test]
fn a_small_trend_on_a_large_level_keeps_its_digits() {
    let values: Vec<_> = (0..30)
        .map(|t| Some(1e9 + f64::from(t) + f64::from(t * t % 5)))
        .collect();
    let shifted: Vec<_> = (0..30)
        .map(|t| Some(f64::from(t) + f64::from(t * t % 5)))
        .collect();
    let params = AutocorrelatedParams::new(VarianceCorrection::YueWang, None).unwrap();
    let a = autocorrelated_mann_kendall(&values, &params).unwrap();
    let b = autocorrelated_mann_kendall(&shifted, &params).unwrap();
    assert_close(a.test.z, b.test.z, 1e-6, "z");
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let values: Vec<Option<f64>> = (0..40 * 25)
        .map(|i: i32| (i % 11 != 4).then(|| f64::from((i * 7919) % 101)))
        .collect();
    let cube = SpaceTimeCube::new(40, 25, &values).unwrap();
    let params = CombinedParams {
        dependence: Dependence::Correlated,
        distribution: NullDistribution::NormalWithContinuity,
    };
    on_any_threads(|| {
        (
            regional_mann_kendall(&cube, &params).unwrap(),
            cube_trends(&cube, &MannKendallParams::default()),
        )
    });
}

/// S, variance and slope straight from the definitions.
fn naive(values: &[Option<f64>]) -> (i64, f64) {
    let points: Vec<(usize, f64)> = (0..values.len())
        .filter_map(|t| values[t].map(|x| (t, x)))
        .collect();
    let mut s = 0;
    let mut slopes = Vec::new();
    for (i, (t, x)) in points.iter().enumerate() {
        for (u, y) in &points[i + 1..] {
            s += i64::from(y > x) - i64::from(y < x);
            slopes.push((y - x) / (u - t) as f64);
        }
    }
    slopes.sort_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let median = if slopes.len() % 2 == 1 {
        slopes[middle]
    } else {
        (slopes[middle - 1] + slopes[middle]) / 2.0
    };
    (s, median)
}

fn series() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::weighted(0.85, -50_i32..50), 5..70).prop_map(|x| {
        x.into_iter()
            .map(|v| v.map(|v| f64::from(v) / 4.0))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn trend_and_slope_are_the_definitions_written_out(values in series()) {
        let params = SenSlopeParams::new(0.9).unwrap();
        let Ok(test) = mann_kendall(&values, &MannKendallParams::default()) else {
            return Ok(());
        };
        let (s, slope) = naive(&values);
        prop_assert_eq!(test.s, s);
        let line = sen_slope(&values, &params).unwrap();
        prop_assert!((line.slope - slope).abs() < 1e-12);
        prop_assert!(line.low <= line.slope && line.slope <= line.high);
    }

    #[test]
    fn reversal_mirrors_and_scale_and_offset_do_not_matter(
        values in series(),
        offset in -1000_i32..1000,
    ) {
        let Ok(test) = mann_kendall(&values, &MannKendallParams::default()) else {
            return Ok(());
        };
        let reversed: Vec<_> = values.iter().rev().copied().collect();
        let back = test_with(&reversed, NullDistribution::NormalWithContinuity);
        prop_assert_eq!(back.s, -test.s);
        prop_assert_eq!(back.p, test.p);
        let moved: Vec<_> = values
            .iter()
            .map(|v| v.map(|x| 4.0 * x + f64::from(offset)))
            .collect();
        prop_assert_eq!(test_with(&moved, NullDistribution::NormalWithContinuity), test);
        let params = SenSlopeParams::new(0.95).unwrap();
        let (a, b) = (sen_slope(&values, &params).unwrap(), sen_slope(&moved, &params).unwrap());
        prop_assert!((4.0 * a.slope - b.slope).abs() < 1e-9);
        prop_assert!((4.0 * a.high - b.high).abs() < 1e-9);
    }

    #[test]
    fn one_season_is_the_plain_test(values in series()) {
        let Ok(test) = mann_kendall(&values, &MannKendallParams::default()) else {
            return Ok(());
        };
        for dependence in [Dependence::Independent, Dependence::Correlated] {
            let params = CombinedParams {
                dependence,
                distribution: NullDistribution::NormalWithContinuity,
            };
            let seasonal = seasonal_mann_kendall(&values, 1, &params).unwrap();
            prop_assert_eq!(seasonal.s, test.s);
            prop_assert!((seasonal.z - test.z).abs() < 1e-12);
        }
    }

    #[test]
    fn no_input_panics(
        values in prop::collection::vec(
            prop::option::of(prop_oneof![
                Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY),
                Just(1e300), Just(-1e300), Just(5e-324), -3.0..3.0f64,
            ]),
            0..12,
        ),
        period in 0_usize..15,
    ) {
        let line = SenSlopeParams::new(0.95).unwrap();
        let _ = mann_kendall(&values, &MannKendallParams::default());
        let _ = sen_slope(&values, &line);
        let _ = seasonal_sen_slope(&values, period, &line);
        let _ = seasonal_mann_kendall(&values, period, &CombinedParams::correlated());
        for correction in [HAMED_RAO, VarianceCorrection::YueWang] {
            let params = AutocorrelatedParams::new(correction, None).unwrap();
            let _ = autocorrelated_mann_kendall(&values, &params);
        }
        let _ = pre_whitened_mann_kendall(&values, PreWhitening::Plain);
        let _ = pre_whitened_mann_kendall(&values, PreWhitening::TrendFree);
    }
}
